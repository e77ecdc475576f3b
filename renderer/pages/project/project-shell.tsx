import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProjectImport, WaitingImports } from '../../archives/project-import.tsx';
import { isPublic, projectQuery, useRights } from '../../api/projects.ts';
import type { Project } from '../../api/types.ts';
import { localInstance as instance } from '../../instance/local.ts';
import { PushCommands } from './push-commands.tsx';
import { ProjectsLink } from '../../ui/links.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { PageHeader, PageTabs, type PageTab } from '../../ui/page-header.tsx';
import { FailedState, isMissing, NotFound, SkeletonRows } from '../../ui/states.tsx';
import { useAgo } from '../../ui/time.tsx';
import { DeleteProjectDialog } from '../projects/delete-project-dialog.tsx';

export interface ProjectShellProps {
  project: string;
  tab: 'repositories' | 'members' | 'labels' | 'activity' | 'settings';
  count?: number | undefined;
  actions?: ReactNode;
  children: (project: Project, may: ReturnType<typeof useRights>) => ReactNode;
}

/** Header and tabs of a project around one of its sections. */
export function ProjectShell({ project: name, tab, count, actions, children }: ProjectShellProps) {
  const { t } = useTranslation();
  const query = useQuery(projectQuery(name));
  const project = query.data;
  const may = useRights(project?.project_id);
  const [deleting, { open, close }] = useDisclosure(false);
  const tabs = useTabs({ project, tab, count, may });
  if (isMissing(query.error)) return <NotFound />;
  if (query.isError && !project) {
    return <FailedState what={t('project.what')} error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (!project) return <SkeletonRows />;
  return (
    <>
      <PageHeader
        crumbs={[<ProjectsLink key="projects" />]}
        title={name}
        beside={
          <span className="b-state-chip">{t(isPublic(project) ? 'project.public' : 'project.private')}</span>
        }
        lead={<ProjectLead project={project} />}
        actions={
          <>
            {actions}
            {may('repository', 'push') && (
              <ProjectImport project={name}>{(button) => tab === 'repositories' && button}</ProjectImport>
            )}
            {may('repository', 'push') && tab === 'repositories' && <PushCommands project={name} />}
            {may('project', 'delete') && <MoreMenu item={t('projects.delete')} onItem={open} />}
          </>
        }
      />
      <PageTabs label={t('project.tabs', { name })} tabs={tabs} />
      {may('repository', 'push') && tab === 'repositories' && <WaitingImports project={name} />}
      {children(project, may)}
      {deleting && <DeleteProjectDialog project={project} onClose={close} />}
    </>
  );
}

interface TabsOptions extends Pick<ProjectShellProps, 'tab' | 'count'> {
  project: Project | undefined;
  may: ReturnType<typeof useRights>;
}

/** The sections that this person may see, and the one that is open in any case. */
function useTabs({ project, tab, count, may }: TabsOptions): PageTab[] {
  const { t } = useTranslation();
  const to = { params: { instance, project: project?.name ?? '' } };
  const tabs = [
    {
      id: 'repositories',
      label: t('project.tabRepositories'),
      count: project?.repo_count ?? 0,
      seen: true,
      link: { to: '/i/$instance/projects/$project', ...to },
    },
    {
      id: 'members',
      label: t('project.tabMembers'),
      count: tab === 'members' ? count : undefined,
      seen: may('member', 'list'),
      link: { to: '/i/$instance/projects/$project/members', ...to },
    },
    {
      id: 'labels',
      label: t('project.tabLabels'),
      seen: may('label', 'list'),
      link: { to: '/i/$instance/projects/$project/labels', ...to },
    },
    {
      id: 'activity',
      label: t('project.tabActivity'),
      seen: may('log', 'list'),
      link: { to: '/i/$instance/projects/$project/activity', ...to },
    },
    {
      id: 'settings',
      label: t('project.tabSettings'),
      seen: may('project', 'update'),
      link: { to: '/i/$instance/projects/$project/settings', ...to },
    },
  ] as const;
  return tabs
    .map((entry) => ({ ...entry, active: entry.id === tab }))
    .filter((entry) => entry.active || entry.seen);
}

function ProjectLead({ project }: { project: Project }) {
  const { t } = useTranslation();
  const ago = useAgo(project.creation_time);
  const repositories = t('count.repositories', { count: project.repo_count ?? 0 });
  const owner = project.owner_name;
  return (
    <span>
      {owner
        ? t('project.summary', { repositories, ago, owner })
        : t('project.summaryNoOwner', { repositories, ago })}
    </span>
  );
}
