import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import type { useRights } from '../../api/projects.ts';
import { deleteRepository, nameInProject, repositoryListQuery } from '../../api/repositories.ts';
import type { Repository } from '../../api/types.ts';
import { useInstance } from '../../instance/local.ts';
import { ClientCommands } from '../../ui/client-commands.tsx';
import type { Client } from '../../ui/commands.ts';
import { DataPage } from '../../ui/data-page.tsx';
import type { Column } from '../../ui/table.tsx';
import { DeleteDialog } from '../../ui/delete-dialog.tsx';
import { FilterField, FilterRow } from '../../ui/filter-row.tsx';
import { formatCount } from '../../ui/format.ts';
import { RepositoryLink } from '../../ui/links.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
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
  const query = useInfiniteQuery(repositoryListQuery(project, { name: search.q, sort }));
  const [deleting, setDeleting] = useState<Repository | null>(null);
  const columns = useColumns(project, may('repository', 'delete') ? setDeleting : undefined);
  const none = search.q === undefined && query.data?.pages[0]?.items.length === 0;
  return (
    <>
      {!none && (
        <FilterRow>
          <FilterField
            label={t('field.filterRepositories')}
            value={search.q ?? ''}
            onChange={(q) => set({ q: q || undefined })}
          />
        </FilterRow>
      )}
      <DataPage
        query={query}
        columns={columns}
        idOf={(repository) => repository.id}
        what={t('project.repositoriesWhat')}
        filtered={
          search.q === undefined
            ? undefined
            : { text: t('state.noRepositoryMatches'), clear: () => set({ q: undefined }) }
        }
        empty={<NoRepositories project={project} mayPush={may('repository', 'push')} />}
        sort={{ value: sort, onChange: (value) => set({ sort: value as typeof search.sort }) }}
      />
      {deleting && (
        <DeleteRepositoryDialog project={project} repository={deleting} onClose={() => setDeleting(null)} />
      )}
    </>
  );
}

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
  onDelete: ((repository: Repository) => void) | undefined,
): Column<Repository>[] {
  const { t, i18n } = useTranslation();
  const count = (value: number | undefined) => (
    <span className="b-num">{formatCount(value ?? 0, i18n.language)}</span>
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
          onItem={() => onDelete(repository)}
        />
      ),
    });
  }
  return columns;
}

export interface DeleteRepositoryDialogProps {
  project: string;
  repository: Repository;
  onClose: () => void;
  onDeleted?: () => void;
}

export function DeleteRepositoryDialog({
  project,
  repository,
  onClose,
  onDeleted,
}: DeleteRepositoryDialogProps) {
  const { t } = useTranslation();
  const instance = useInstance();
  const queryClient = useQueryClient();
  const repo = nameInProject(repository);
  const artifacts = t('count.artifacts', { count: repository.artifact_count ?? 0 });
  return (
    <DeleteDialog
      title={t('delete.repositoryTitle', { place: repository.name })}
      intro={t('delete.repositoryIntro', { instance: instance.name })}
      items={[
        { id: repo, name: repo, fate: t('delete.goes'), remove: () => deleteRepository(project, repo) },
      ]}
      sum={t('delete.repositorySum', { artifacts })}
      verb={t('delete.repositoryVerb')}
      onClose={onClose}
      onDeleted={() => {
        toast(t('repository.deleted.toast', { name: repository.name }));
        onDeleted?.();
        void queryClient.invalidateQueries({ queryKey: keys.project(project) });
      }}
    />
  );
}
