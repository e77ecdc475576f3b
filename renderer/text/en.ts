import { activity } from './en/activity.ts';
import { archives } from './en/archives.ts';
import { artifacts } from './en/artifacts.ts';
import { audit } from './en/audit.ts';
import { frame } from './en/frame.ts';
import { labels } from './en/labels.ts';
import { overview } from './en/overview.ts';
import { palette } from './en/palette.ts';
import { profile } from './en/profile.ts';
import { projects } from './en/projects.ts';
import { settings } from './en/settings.ts';
import { users } from './en/users.ts';
import { welcome } from './en/welcome.ts';
import { words } from './en/words.ts';

/** English texts, a file for each area. Keys are flat; `_one` and `_other` are plural forms chosen by `count`. */
export const en = {
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
} as const;

export type TextKey = keyof typeof en;
