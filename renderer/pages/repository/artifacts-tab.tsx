import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconTag } from '@tabler/icons-react';
import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { artifactListQuery } from '../../api/artifacts.ts';
import { flatten } from '../../api/paging.ts';
import type { Artifact } from '../../api/types.ts';
import type { RepositorySearch } from '../../search.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { ColumnMenu, useChosenColumns } from '../../ui/column-choice.tsx';
import { DataPage } from '../../ui/data-page.tsx';
import { type SelectAllOptions, useSelectAll } from '../../ui/select-all.ts';
import { type Selected, useSelected } from '../../ui/selected.ts';
import { EmptyState } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';
import { useArtifactColumns } from './artifact-columns.tsx';
import { nameOfArtifact } from './artifact-facts.ts';
import { ArtifactFilters, isFiltered, noFilters } from './artifact-filters.tsx';
import type { RepositoryTabProps } from './tabs.ts';
import { lazyPart } from '../../frame/page-code.tsx';

const AddLabelDialog = lazyPart(async () => (await import('./add-label-dialog.tsx')).AddLabelDialog);
const DeleteArtifactsDialog = lazyPart(
  async () => (await import('./delete-dialogs.tsx')).DeleteArtifactsDialog,
);

const route = getRouteApi('/i/$instance/projects/$project/repos/$repo');

const digestOf = (artifact: Artifact): string => artifact.digest;

/** What the address asks for. */
const filterOf = ({ q, tagged, type, platform, label, pushed, sort }: RepositorySearch) => ({
  words: q,
  tagged,
  type,
  platform,
  label,
  pushedDays: pushed && Number(pushed),
  sort: sort === 'name' || sort === '-name' ? undefined : sort,
});

/** The artifacts of a repository: filtered and sorted by the address, selected to be labelled or deleted. */
export function ArtifactsTab({ project, projectId, repo, total, may }: RepositoryTabProps) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: RepositorySearch): void =>
    void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true });
  const list = artifactListQuery(project, repo, filterOf(search));
  const query = useInfiniteQuery(list);
  const { selected, setSelected, clear, drop } = useSelected<Artifact>(digestOf);
  const [deleting, setDeleting] = useState<readonly Artifact[] | null>(null);
  const { columns, menu } = useChosenColumns('artifacts', useArtifactColumns(project, repo));
  const filtered = isFiltered(search);
  const none = !filtered && query.data?.pages[0]?.items.length === 0;
  const all = flatten(query.data);
  const found = { count: all.isTotalKnown ? all.total : null, of: total };
  const mayDelete = may('artifact', 'delete');
  const mayLabel = may('artifact-label', 'create') && projectId !== undefined;
  const ask = (row: Artifact): void =>
    setDeleting(selected.some(({ digest }) => digest === row.digest) ? selected : [row]);
  return (
    <>
      {!none && (
        <ArtifactFilters
          search={search}
          set={set}
          project={project}
          projectId={projectId}
          found={filtered && query.data ? found : undefined}
          right={<ColumnMenu {...menu} />}
        />
      )}
      <DataPage
        query={query}
        columns={columns}
        idOf={digestOf}
        what={t('repository.artifactsWhat')}
        filtered={filtered ? { text: t('state.noArtifactMatches'), clear: () => set(noFilters) } : undefined}
        empty={<EmptyState text={t('repository.empty')} />}
        selection={
          mayDelete || mayLabel ? { selected, onChange: setSelected, nameOf: nameOfArtifact } : undefined
        }
        sort={{
          value: search.sort ?? '-push_time',
          onChange: (value) => set({ sort: value as RepositorySearch['sort'] }),
        }}
        keys={{
          copyOf: ({ tags, digest }) =>
            tags?.[0] ? `${project}/${repo}:${tags[0].name}` : `${project}/${repo}@${digest}`,
          onCopied: (text) => toast(t('table.copied.toast', { text })),
          ...(mayDelete && { onDelete: ask }),
        }}
      />
      <SelectedBar
        {...{ project, projectId, repo, query, selected, setSelected, clear }}
        queryKey={list.queryKey}
        mayLabel={mayLabel}
        onDelete={mayDelete ? () => setDeleting(selected) : undefined}
      />
      {deleting && (
        <DeleteArtifactsDialog
          project={project}
          repo={repo}
          artifacts={deleting}
          onClose={() => setDeleting(null)}
          onStarted={drop}
          onDeleted={drop}
        />
      )}
    </>
  );
}

interface SelectedBarProps
  extends
    Pick<RepositoryTabProps, 'project' | 'projectId' | 'repo'>,
    Pick<Selected<Artifact>, 'selected' | 'setSelected' | 'clear'> {
  query: SelectAllOptions<Artifact>['query'];
  queryKey: QueryKey;
  mayLabel: boolean;
  onDelete: (() => void) | undefined;
}

/** The bar of what can be done with the selected artifacts; absent while none is. */
function SelectedBar(props: SelectedBarProps) {
  const { project, projectId, repo, query, queryKey, selected, setSelected, mayLabel } = props;
  const { t } = useTranslation();
  const selectAll = useSelectAll({ query, queryKey, selected, onChange: setSelected });
  const [labelling, { open, close }] = useDisclosure(false);
  if (selected.length === 0) return null;
  return (
    <>
      <BulkBar
        count={selected.length}
        bytes={selected.reduce((sum, artifact) => sum + artifact.size, 0)}
        selectAll={selectAll}
        actions={
          mayLabel && (
            <Button variant="subtle" leftSection={<IconTag size={16} stroke={1.75} />} onClick={open}>
              {t('repository.addLabel')}
            </Button>
          )
        }
        onDelete={props.onDelete}
        onClear={props.clear}
      />
      {labelling && projectId !== undefined && (
        <AddLabelDialog
          project={project}
          projectId={projectId}
          repo={repo}
          artifacts={selected}
          onClose={close}
        />
      )}
    </>
  );
}
