import { lazyPart } from '../../frame/page-code.tsx';
import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconLock, IconPlus, IconWorld } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { flatten } from '../../api/paging.ts';
import { isPublic, projectListQuery } from '../../api/projects.ts';
import { useBoot } from '../../api/session.ts';
import type { Project } from '../../api/types.ts';
import type { ProjectsSearch } from '../../search.ts';
import { DataPage } from '../../ui/data-page.tsx';
import type { Column } from '../../ui/table.tsx';
import { FilterChip, FilterField, FilterMenu, FilterRow } from '../../ui/filter-row.tsx';
import { formatCount } from '../../ui/format.ts';
import { ProjectLink } from '../../ui/links.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { RoleName } from '../../ui/role-name.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';

const DeleteProjectDialog = lazyPart(
  async () => (await import('./delete-project-dialog.tsx')).DeleteProjectDialog,
);
const NewProjectDialog = lazyPart(async () => (await import('./new-project-dialog.tsx')).NewProjectDialog);

const route = getRouteApi('/i/$instance/projects');

export function ProjectsPage() {
  const { t } = useTranslation();
  const { user, may_create_projects: mayCreate } = useBoot();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Partial<typeof search>): void =>
    void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true });
  const filter = { name: search.q, visibility: search.visibility, sort: search.sort ?? 'name' };
  const query = useInfiniteQuery(projectListQuery(filter));
  const { rows, total, isTotalKnown } = flatten(query.data);
  const filtered = search.q !== undefined || search.visibility !== undefined;
  const [creating, { open, close }] = useDisclosure(false);
  const [deleting, setDeleting] = useState<Project | null>(null);
  const columns = useColumns(setDeleting);
  const newProject = mayCreate && (
    <Button variant="filled" leftSection={<IconPlus size={16} stroke={1.75} />} onClick={open}>
      {t('projects.new')}
    </Button>
  );
  const none = !filtered && rows?.length === 0;
  return (
    <>
      <PageHeader
        title={t('projects.title')}
        lead={rows && isTotalKnown && <span aria-live="polite">{t('count.projects', { count: total })}</span>}
        actions={!none && newProject}
      />
      {!none && <ProjectFilters search={search} set={set} />}
      <DataPage
        query={query}
        columns={columns}
        idOf={(project) => project.project_id}
        keys={{
          copyOf: ({ name }) => name,
          onCopied: (text) => toast(t('table.copied.toast', { text })),
        }}
        what={t('projects.what')}
        filtered={
          filtered
            ? { text: t('state.noProjectMatches'), clear: () => set({ q: undefined, visibility: undefined }) }
            : undefined
        }
        empty={
          <EmptyState text={t(user ? 'projects.empty' : 'projects.emptyPublic')}>{newProject}</EmptyState>
        }
        sort={{ value: filter.sort, onChange: (sort) => set({ sort: sort as typeof search.sort }) }}
      />
      {creating && <NewProjectDialog onClose={close} />}
      {deleting && <DeleteProjectDialog project={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

function ProjectFilters({ search, set }: { search: ProjectsSearch; set: (change: ProjectsSearch) => void }) {
  const { t } = useTranslation();
  const { user } = useBoot();
  const visibilities = [
    { value: 'public', label: t('projects.public') },
    { value: 'private', label: t('projects.private') },
  ] as const;
  return (
    <FilterRow>
      <FilterField
        label={t('field.filterProjects')}
        value={search.q ?? ''}
        onChange={(q) => set({ q: q || undefined })}
      />
      {user && (
        <FilterMenu
          label={t('field.visibility')}
          value={search.visibility}
          options={visibilities}
          onChange={(visibility) => set({ visibility })}
        />
      )}
      {search.visibility && (
        <FilterChip
          label={t(`projects.${search.visibility}`)}
          onClear={() => set({ visibility: undefined })}
        />
      )}
    </FilterRow>
  );
}

function useColumns(onDelete: (project: Project) => void): Column<Project>[] {
  const { t, i18n } = useTranslation();
  const { user } = useBoot();
  const columns: Column<Project>[] = [
    {
      accessor: 'name',
      title: t('projects.name'),
      sortable: true,
      render: ({ name }) => <ProjectLink project={name} className="b-name" />,
    },
    {
      accessor: 'visibility',
      title: t('projects.visibility'),
      width: 140,
      render: (project) => <Visibility isPublic={isPublic(project)} />,
    },
    {
      accessor: 'repo_count',
      title: t('projects.repositories'),
      width: 120,
      textAlign: 'right',
      render: ({ repo_count: count }) => (
        <span className="b-num">{formatCount(count ?? 0, i18n.language)}</span>
      ),
    },
  ];
  if (user) {
    columns.push({
      accessor: 'current_user_role_id',
      title: t('projects.myRole'),
      width: 160,
      render: ({ current_user_role_id: role }) => <RoleName id={role} sysadmin={user.sysadmin} />,
    });
  }
  columns.push({
    accessor: 'creation_time',
    title: t('projects.created'),
    width: 140,
    sortable: true,
    render: ({ creation_time: time }) => <Ago time={time} />,
  });
  if (user) {
    columns.push({
      accessor: 'actions',
      title: '',
      width: 44,
      render: (project) =>
        (user.sysadmin || project.current_user_role_id === 1) && (
          <MoreMenu of={project.name} item={t('projects.delete')} onItem={() => onDelete(project)} />
        ),
    });
  }
  return columns;
}

export function Visibility({ isPublic: open }: { isPublic: boolean }) {
  const { t } = useTranslation();
  return (
    <span className="b-icon-word">
      {open ? <IconWorld size={16} stroke={1.75} /> : <IconLock size={16} stroke={1.75} />}
      {t(open ? 'projects.public' : 'projects.private')}
    </span>
  );
}
