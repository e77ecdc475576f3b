import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { tagListQuery } from '../../api/artifacts.ts';
import { flatten } from '../../api/paging.ts';
import type { NamedTag } from '../../api/types.ts';
import type { RepositorySearch } from '../../search.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { DataPage } from '../../ui/data-page.tsx';
import { Digest } from '../../ui/digest.tsx';
import { FilterField, FilterRow } from '../../ui/filter-row.tsx';
import { ArtifactLink } from '../../ui/links.tsx';
import { useSelectAll } from '../../ui/select-all.ts';
import { useSelected } from '../../ui/selected.ts';
import { Size } from '../../ui/size.tsx';
import { EmptyState } from '../../ui/states.tsx';
import type { Column } from '../../ui/table.tsx';
import { Ago } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import { DeleteTagsDialog } from './delete-dialogs.tsx';
import type { RepositoryTabProps } from './tabs.ts';

const route = getRouteApi('/i/$instance/projects/$project/repos/$repo');

const nameOf = (tag: NamedTag): string => tag.name;

const tagSorts = ['name', '-name', 'push_time', '-push_time'] as const;

/** The tags of a repository, each with the artifact that it names. */
export function TagsTab({ project, repo, may }: RepositoryTabProps) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: RepositorySearch): void =>
    void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true });
  const words = search.q;
  const sort = tagSorts.find((each) => each === search.sort) ?? '-push_time';
  const list = tagListQuery(project, repo, { words, sort });
  const query = useInfiniteQuery(list);
  const { selected, setSelected, clear, drop } = useSelected<NamedTag>(nameOf);
  const [deleting, setDeleting] = useState<readonly NamedTag[] | null>(null);
  const selectAll = useSelectAll({ query, queryKey: list.queryKey, selected, onChange: setSelected });
  const all = flatten(query.data);
  const none = words === undefined && all.rows?.length === 0;
  const mayDelete = may('tag', 'delete');
  const ask = (row: NamedTag): void =>
    setDeleting(selected.some(({ name }) => name === row.name) ? selected : [row]);
  return (
    <>
      {!none && (
        <FilterRow
          right={all.isTotalKnown && <span aria-live="polite">{t('count.tags', { count: all.total })}</span>}
        >
          <FilterField
            label={t('field.filterTags')}
            value={words ?? ''}
            onChange={(q) => set({ q: q || undefined })}
          />
        </FilterRow>
      )}
      <DataPage
        query={query}
        columns={useColumns(project, repo)}
        idOf={nameOf}
        what={t('repository.tagsWhat')}
        filtered={
          words === undefined
            ? undefined
            : { text: t('state.noTagMatches'), clear: () => set({ q: undefined }) }
        }
        empty={<EmptyState text={t('repository.emptyTags')} />}
        selection={mayDelete ? { selected, onChange: setSelected, nameOf } : undefined}
        sort={{
          value: sort,
          onChange: (value) => set({ sort: value as RepositorySearch['sort'] }),
        }}
        keys={{
          copyOf: ({ name }) => `${project}/${repo}:${name}`,
          onCopied: (text) => toast(t('table.copied.toast', { text })),
          ...(mayDelete && { onDelete: ask }),
        }}
      />
      {selected.length > 0 && (
        <BulkBar
          count={selected.length}
          selectAll={selectAll}
          onDelete={() => setDeleting(selected)}
          onClear={clear}
        />
      )}
      {deleting && (
        <DeleteTagsDialog
          project={project}
          repo={repo}
          rows={deleting}
          onClose={() => setDeleting(null)}
          onStarted={drop}
          onDeleted={drop}
        />
      )}
    </>
  );
}

function useColumns(project: string, repo: string): Column<NamedTag>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        accessor: 'name',
        title: t('artifact.tag'),
        sortable: true,
        render: ({ name, digest }) => (
          <ArtifactLink project={project} repo={repo} digest={digest} className="b-tags-link">
            <span className="b-chip b-mono" title={name}>
              {name}
            </span>
          </ArtifactLink>
        ),
      },
      {
        accessor: 'digest',
        title: t('artifact.digest'),
        width: 134,
        render: ({ digest }) => <Digest digest={digest} />,
      },
      {
        accessor: 'size',
        title: t('artifact.size'),
        width: 88,
        textAlign: 'right',
        render: ({ size }) => <Size bytes={size} />,
      },
      {
        accessor: 'pull_time',
        title: t('artifact.pulled'),
        width: 120,
        render: ({ pull_time: time }) => <Ago time={time} />,
      },
      {
        accessor: 'push_time',
        title: t('artifact.pushed'),
        width: 120,
        sortable: true,
        render: ({ push_time: time }) => <Ago time={time} />,
      },
    ],
    [t, project, repo],
  );
}
