import type { TextKey } from './en.ts';
import { activity } from './zh-cn/activity.ts';
import { archives } from './zh-cn/archives.ts';
import { artifacts } from './zh-cn/artifacts.ts';
import { audit } from './zh-cn/audit.ts';
import { frame } from './zh-cn/frame.ts';
import { labels } from './zh-cn/labels.ts';
import { overview } from './zh-cn/overview.ts';
import { palette } from './zh-cn/palette.ts';
import { profile } from './zh-cn/profile.ts';
import { projects } from './zh-cn/projects.ts';
import { settings } from './zh-cn/settings.ts';
import { users } from './zh-cn/users.ts';
import { welcome } from './zh-cn/welcome.ts';
import { words } from './zh-cn/words.ts';

type ChineseKey = Exclude<TextKey, `${string}_one`>;

/** Simplified Chinese texts: the same keys as English, but only the one plural form Chinese has. */
export const zhCn: Record<ChineseKey, string> = {
  ...activity,
  ...archives,
  ...artifacts,
  ...audit,
  ...frame,
  ...labels,
  ...overview,
  ...palette,
  ...profile,
  ...projects,
  ...settings,
  ...users,
  ...welcome,
  ...words,
};
