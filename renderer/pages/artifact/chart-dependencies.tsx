import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { dependenciesQuery } from '../../api/artifact-details.ts';
import type { ArtifactPlace } from '../../api/artifacts.ts';
import { EmptyState, FailedState, SkeletonRows } from '../../ui/states.tsx';

/** Other charts that this one needs. */
export function ChartDependencies({ place }: { place: ArtifactPlace }) {
  const { t } = useTranslation();
  const query = useQuery(dependenciesQuery(place));
  if (query.isError && !query.data) {
    return (
      <FailedState
        what={t('artifact.tabDependencies')}
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    );
  }
  if (!query.data) return <SkeletonRows />;
  if (query.data.length === 0) return <EmptyState text={t('artifact.noDependencies')} />;
  return (
    <div className="b-panel b-steps">
      <table>
        <thead>
          <tr>
            <th className="b-first-cell">{t('artifact.dependencyName')}</th>
            <th>{t('artifact.version')}</th>
            <th className="b-wide-cell">{t('artifact.dependencyFrom')}</th>
            <th>{t('artifact.dependencyWhen')}</th>
          </tr>
        </thead>
        <tbody>
          {query.data.map((needed, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- a chart may need the same one twice, and never changes
            <tr key={index}>
              <td className="b-first-cell b-cut" title={needed.name}>
                {needed.alias === undefined
                  ? needed.name
                  : t('artifact.dependencyAs', { name: needed.name, alias: needed.alias })}
              </td>
              <td className="b-cut">{needed.version}</td>
              <td className="b-cut" title={needed.repository}>
                {needed.repository === '' ? (
                  <span className="b-dim">{t('artifact.dependencyInside')}</span>
                ) : (
                  needed.repository
                )}
              </td>
              <td className="b-cut">
                {needed.condition ?? needed.tags?.join(t('list.separator')) ?? (
                  <span className="b-dim">{t('artifact.dependencyAlways')}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
