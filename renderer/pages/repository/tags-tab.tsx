import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { artifactListQuery } from '../../api/artifacts.ts';
import type { Page } from '../../api/client.ts';
import type { Artifact } from '../../api/types.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { DataPage } from '../../ui/data-page.tsx';
import type { Column } from '../../ui/table.tsx';
import { Digest } from '../../ui/digest.tsx';
import { FilterField, FilterRow } from '../../ui/filter-row.tsx';
import { ArtifactLink } from '../../ui/links.tsx';
import { Size } from '../../ui/size.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import type { RepositoryTabProps, TagRow } from './tabs.ts';
import { DeleteTagsDialog } from './delete-dialogs.tsx';

const route = getRouteApi('/i/$instance/projects/$project/repos/$repo');

/** A tag with the artifact it names. */
export function TagsTab({ project, repo, may }: RepositoryTabProps) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const setFilter = (q: string | undefined): void =>
    void navigate({ search: (previous) => ({ ...previous, q }), replace: true });
  const words = search.q?.toLowerCase();
  const query = useTags(project, repo, words);
  const [selected, setSelected] = useState<TagRow[]>([]);
  const [deleting, setDeleting] = useState(false);
  const clear = useCallback(() => setSelected([]), []);
  const none = words === undefined && query.data?.pages[0]?.items.length === 0;
  return (
    <>
      {!none && (
        <FilterRow>
          <FilterField
            label={t('field.filterTags')}
            value={search.q ?? ''}
            onChange={(q) => setFilter(q || undefined)}
          />
        </FilterRow>
      )}
      <DataPage
        query={query}
        columns={useColumns(project, repo)}
        idOf={(row) => row.tag.name}
        what={t('repository.tagsWhat')}
        filtered={
          words === undefined
            ? undefined
            : { text: t('state.noTagMatches'), clear: () => setFilter(undefined) }
        }
        empty={<EmptyState text={t('repository.emptyTags')} />}
        selection={
          may('tag', 'delete')
            ? { selected, onChange: setSelected, nameOf: (row) => row.tag.name }
            : undefined
        }
      />
      {selected.length > 0 && (
        <BulkBar count={selected.length} onDelete={() => setDeleting(true)} onClear={clear} />
      )}
      {deleting && (
        <DeleteTagsDialog
          project={project}
          repo={repo}
          rows={selected}
          onClose={() => setDeleting(false)}
          onDeleted={clear}
        />
      )}
    </>
  );
}

/** Tags of a repository, artifact by artifact: Harbor's API has no list of tags alone. */
function useTags(project: string, repo: string, words: string | undefined) {
  return useInfiniteQuery({
    ...artifactListQuery(project, repo, words ? { words } : { tagged: 'yes' }),
    select: (data) => ({
      ...data,
      pages: data.pages.map((page): Page<TagRow> => ({
        items: rowsOf(page.items, words),
        total: page.total,
      })),
    }),
  });
}

function rowsOf(artifacts: readonly Artifact[], words: string | undefined): TagRow[] {
  return artifacts.flatMap((artifact) =>
    (artifact.tags ?? [])
      .filter((tag) => words === undefined || tag.name.toLowerCase().includes(words))
      .map((tag) => ({ tag, artifact })),
  );
}

function useColumns(project: string, repo: string): Column<TagRow>[] {
  const { t } = useTranslation();
  return [
    {
      accessor: 'tag.name',
      title: t('artifact.tag'),
      render: ({ tag, artifact }) => (
        <ArtifactLink project={project} repo={repo} digest={artifact.digest} className="b-tags-link">
          <span className="b-chip b-mono" title={tag.name}>
            {tag.name}
          </span>
        </ArtifactLink>
      ),
    },
    {
      accessor: 'artifact.digest',
      title: t('artifact.digest'),
      width: 134,
      render: ({ artifact }) => <Digest digest={artifact.digest} />,
    },
    {
      accessor: 'artifact.size',
      title: t('artifact.size'),
      width: 88,
      textAlign: 'right',
      render: ({ artifact }) => <Size bytes={artifact.size} />,
    },
    {
      accessor: 'tag.pull_time',
      title: t('artifact.pulled'),
      width: 120,
      render: ({ tag }) => <Ago time={tag.pull_time} />,
    },
    {
      accessor: 'tag.push_time',
      title: t('artifact.pushed'),
      width: 120,
      render: ({ tag }) => <Ago time={tag.push_time} />,
    },
  ];
}
