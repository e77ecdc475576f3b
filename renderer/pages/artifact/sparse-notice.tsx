import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ArtifactContent } from '../../api/types.ts';
import { platformName } from '../repository/artifact-facts.ts';

const mostNamed = 8;

/** Says which platforms an index names that were never pushed here, and what that means for who pulls. */
export function SparseNotice({ content }: { content: ArtifactContent }) {
  const { t } = useTranslation();
  const missing = content.platforms.filter((entry) => !entry.stored);
  if (missing.length === 0) return null;
  const names = missing
    .slice(0, mostNamed)
    .map((entry) => platformName(entry) || entry.digest.slice(0, 'sha256:'.length + 12))
    .join(t('list.separator'));
  return (
    <p className="b-sparse" role="note">
      <IconAlertTriangle size={16} stroke={1.75} />
      <span>
        {missing.length === content.platforms.length
          ? t('artifact.sparseAll', { count: missing.length, names })
          : t('artifact.sparseSome', { count: missing.length, total: content.platforms.length, names })}
        {missing.length > mostNamed && ` (+${missing.length - mostNamed})`}
      </span>
    </p>
  );
}
