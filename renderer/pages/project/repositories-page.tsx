import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { flatten } from '../../api/paging.ts';
import type { useRights } from '../../api/projects.ts';
import { nameInProject, repositoryListQuery } from '../../api/repositories.ts';
import type { Repository } from '../../api/types.ts';
import { ClientCommands } from '../../ui/client-commands.tsx';
import type { Client } from '../../ui/commands.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { DataPage } from '../../ui/data-page.tsx';
import type { Column } from '../../ui/table.tsx';
import { FilterField, FilterRow } from '../../ui/filter-row.tsx';
import { formatCount } from '../../ui/format.ts';
import { RepositoryLink } from '../../ui/links.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { useSelectAll } from '../../ui/select-all.ts';
import { useSelected } from '../../ui/selected.ts';
import { EmptyState } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import { DeleteRepositoriesDialog } from './delete-repositories-dialog.tsx';
import { ProjectShell } from './project-shell.tsx';

const route = getRouteApi('/i/$instance/projects/$project');

export function RepositoriesPage() {
  const { project } = route.useParams();
  return (
    <ProjectShell project={project} tab="repositories">
      {(_, may) => <Repositories project={project} may={may} />}
    </ProjectShell>
  );
}

function Repositories({ project, may }: { project: string; may: ReturnType<typeof useRights> }) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Partial<typeof search>): void =>
    void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true });
  const sort = search.sort ?? '-update_time';
  const list = repositoryListQuery(project, { name: search.q, sort });
  const query = useInfiniteQuery(list);
  const { selected, setSelected, clear, drop } = useSelected<Repository>(nameInProject);
  const [deleting, setDeleting] = useState<readonly Repository[] | null>(null);
  const selectAll = useSelectAll({ query, queryKey: list.queryKey, selected, onChange: setSelected });
  const mayDelete = may('repository', 'delete');
  const columns = useColumns(project, mayDelete ? setDeleting : undefined);
  const all = flatten(query.data);
  const none = search.q === undefined && query.data?.pages[0]?.items.length === 0;
  return (
    <>
      {!none && (
        <FilterRow
          right={
            search.q !== undefined &&
            all.isTotalKnown && (
              <span aria-live="polite">{t('count.repositories', { count: all.total })}</span>
            )
          }
        >
          <FilterField
            label={t('field.filterRepositories')}
            value={search.q ?? ''}
            onChange={(q) => set({ q: q || undefined })}
          />
        </FilterRow>
      )}
      <DataPage<Repository>
        query={query}
        columns={columns}
        idOf={idOf}
        what={t('project.repositoriesWhat')}
        filtered={
          search.q === undefined
            ? undefined
            : { text: t('state.noRepositoryMatches'), clear: () => set({ q: undefined }) }
        }
        empty={<NoRepositories project={project} mayPush={may('repository', 'push')} />}
        selection={mayDelete ? { selected, onChange: setSelected, nameOf: nameInProject } : undefined}
        keys={{
          copyOf: (repository) => repository.name,
          onCopied: (text) => toast(t('table.copied.toast', { text })),
          ...(mayDelete && {
            onDelete: (row) => setDeleting(selected.some(({ id }) => id === row.id) ? selected : [row]),
          }),
        }}
        sort={{ value: sort, onChange: (value) => set({ sort: value as typeof search.sort }) }}
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
        <DeleteRepositoriesDialog
          project={project}
          repositories={deleting}
          onClose={() => setDeleting(null)}
          onStarted={drop}
          onDeleted={drop}
        />
      )}
    </>
  );
}

const idOf = (repository: Repository): number => repository.id;

function NoRepositories({ project, mayPush }: { project: string; mayPush: boolean }) {
  const { t } = useTranslation();
  const [client, setClient] = useState<Client>('docker');
  if (!mayPush) return <EmptyState text={t('project.emptyReader', { name: project })} />;
  return (
    <EmptyState text={t('project.empty', { name: project })}>
      <ClientCommands project={project} client={client} onClient={setClient} />
    </EmptyState>
  );
}

function useColumns(
  project: string,
  onDelete: ((repositories: readonly Repository[]) => void) | undefined,
): Column<Repository>[] {
  const { t, i18n } = useTranslation();
  return useMemo(
    () => columnsOf({ project, onDelete, t, language: i18n.language }),
    [project, onDelete, t, i18n.language],
  );
}

interface ColumnOptions {
  project: string;
  onDelete: ((repositories: readonly Repository[]) => void) | undefined;
  t: TFunction;
  language: string;
}

function columnsOf({ project, onDelete, t, language }: ColumnOptions): Column<Repository>[] {
  const count = (value: number | undefined) => (
    <span className="b-num">{formatCount(value ?? 0, language)}</span>
  );
  const columns: Column<Repository>[] = [
    {
      accessor: 'name',
      title: t('project.repoName'),
      sortable: true,
      render: (repository) => (
        <RepositoryLink project={project} repo={nameInProject(repository)} className="b-name" />
      ),
    },
    {
      accessor: 'artifact_count',
      title: t('project.repoArtifacts'),
      width: 120,
      textAlign: 'right',
      render: (repository) => count(repository.artifact_count),
    },
    {
      accessor: 'pull_count',
      title: t('project.repoPulls'),
      width: 120,
      textAlign: 'right',
      render: (repository) => count(repository.pull_count),
    },
    {
      accessor: 'update_time',
      title: t('project.repoChanged'),
      width: 160,
      sortable: true,
      render: (repository) => <Ago time={repository.update_time} />,
    },
  ];
  if (onDelete) {
    columns.push({
      accessor: 'actions',
      title: '',
      width: 44,
      render: (repository) => (
        <MoreMenu
          of={nameInProject(repository)}
          item={t('repository.delete')}
          onItem={() => onDelete([repository])}
        />
      ),
    });
  }
  return columns;
}
