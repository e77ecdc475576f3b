import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type DocumentName, documentPath, documentQuery } from '../../api/artifact-details.ts';
import type { ArtifactPlace } from '../../api/artifacts.ts';
import type { ArtifactContent } from '../../api/types.ts';
import { hasStatus } from '../../api/errors.ts';
import { EmptyState, FailedState, SkeletonRows } from '../../ui/states.tsx';
import { TextPanel } from '../../ui/text-panel.tsx';

const route = getRouteApi('/i/$instance/projects/$project/repos/$repo/$digest');

type Part = 'index' | 'manifest' | 'config';

export interface RawTabProps {
  place: ArtifactPlace;
  isIndex: boolean;
  /** The chosen platform of an index. */
  platform: ArtifactContent['platforms'][number] | undefined;
}

/** The manifest and the config as they were pushed; of an index its own and those of the chosen platform. */
export function RawTab({ place, isIndex, platform }: RawTabProps) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const { part: asked } = route.useSearch();
  const parts: Part[] = isIndex
    ? platform
      ? ['index', 'manifest', 'config']
      : ['index']
    : ['manifest', 'config'];
  const first = parts[0] ?? 'manifest';
  const part = parts.find((name) => name === asked) ?? first;
  const name: DocumentName = part === 'config' ? 'config' : 'manifest';
  const of = part === 'index' || !platform ? place : { ...place, digest: platform.digest };
  const query = useQuery(documentQuery(of, name));
  const choose = (next: string): void => {
    const other = next === 'config' ? 'config' : 'manifest';
    void navigate({
      search: (search) => ({ ...search, part: next === first ? undefined : other }),
      replace: true,
    });
  };
  const choice = (
    <SegmentedControl
      aria-label={t('artifact.rawChoice')}
      value={part}
      onChange={choose}
      data={parts.map((value) => ({ value, label: t(`artifact.raw.${value}`) }))}
    />
  );
  const title = t(`artifact.raw.${part}`);
  if (query.data !== undefined) {
    return (
      <TextPanel
        title={title}
        head={choice}
        text={formatted(query.data)}
        exact={query.data}
        language="json"
        download={documentPath(of, name)}
      />
    );
  }
  return (
    <>
      <div className="b-panel-bar b-raw-choice">{choice}</div>
      {hasStatus(query.error, 404) ? (
        <EmptyState text={t('artifact.rawAbsent')} />
      ) : query.isError ? (
        <FailedState what={title} error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <SkeletonRows />
      )}
    </>
  );
}

/** JSON on lines of its own; what is none is shown as it is. */
function formatted(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
