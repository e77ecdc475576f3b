import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Tag } from '../api/types.ts';

/** Tags of an artifact as chips; more than `most` are counted, and named in the tooltip. */
export function TagChips({ tags, most = 3 }: { tags: readonly Tag[]; most?: number }) {
  const { t } = useTranslation();
  if (tags.length === 0) return <span className="b-dim">{t('artifact.untagged')}</span>;
  const shown = tags.slice(0, most);
  const rest = tags.slice(most);
  return (
    <span className="b-chips">
      {shown.map((tag) => (
        <span key={tag.name} className="b-chip b-mono" title={tag.name}>
          {tag.name}
        </span>
      ))}
      {rest.length > 0 && (
        <Tooltip label={rest.map((tag) => tag.name).join(', ')} maw={320}>
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
