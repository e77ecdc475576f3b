import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Tag } from '../api/types.ts';

/** A tooltip names this many; hundreds of tags would cover the page. */
const mostNamed = 10;

/** A short name is never cut; a long one keeps a few letters beside its neighbours. */
const leastWidth = (name: string): string => `min(48px, ${name.length}ch + 13px)`;

/** Tags of an artifact as chips; more than `most` are counted, and named in the tooltip. */
export function TagChips({ tags, most = 3 }: { tags: readonly Tag[]; most?: number }) {
  const { t } = useTranslation();
  if (tags.length === 0) return <span className="b-dim">{t('artifact.untagged')}</span>;
  const shown = tags.slice(0, most);
  const rest = tags.slice(most);
  const names = rest
    .slice(0, mostNamed)
    .map((tag) => tag.name)
    .join(', ');
  const unnamed = rest.length - mostNamed;
  return (
    <span className="b-chips">
      {shown.map((tag) => (
        <span
          key={tag.name}
          className="b-chip b-mono"
          title={tag.name}
          style={{ minWidth: leastWidth(tag.name) }}
        >
          {tag.name}
        </span>
      ))}
      {rest.length > 0 && (
        <Tooltip
          label={unnamed > 0 ? t('artifact.tagsAndMore', { names, count: unnamed }) : names}
          maw={320}
          className="b-break"
        >
          <span
            className="b-dim"
            tabIndex={0}
            role="note"
            aria-label={t('artifact.moreTags', { count: rest.length })}
          >
            +{rest.length}
          </span>
        </Tooltip>
      )}
    </span>
  );
}
