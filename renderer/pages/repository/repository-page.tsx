import { useDisclosure } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { artifactListQuery } from '../../api/artifacts.ts';
import { flatten } from '../../api/paging.ts';
import { projectQuery, useRights } from '../../api/projects.ts';
import { repositoryQuery } from '../../api/repositories.ts';
import { useBoot } from '../../api/session.ts';
import { localInstance as instance } from '../../instance/local.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ProjectLink, ProjectsLink } from '../../ui/links.tsx';
import { MoreMenu } from '../../ui/more-menu.tsx';
import { PageHeader, type PageTab, PageTabs } from '../../ui/page-header.tsx';
import { isMissing, NotFound } from '../../ui/states.tsx';
import { PushCommands } from '../project/push-commands.tsx';
import type { RepositorySearch } from '../../search.ts';
import { ArtifactsTab } from './artifacts-tab.tsx';
import { lazyPart } from '../../frame/page-code.tsx';

const DeleteRepositoriesDialog = lazyPart(
  async () => (await import('../project/delete-repositories-dialog.tsx')).DeleteRepositoriesDialog,
);
const AboutTab = lazyPart(async () => (await import('./about-tab.tsx')).AboutTab);
const TagsTab = lazyPart(async () => (await import('./tags-tab.tsx')).TagsTab);

const route = getRouteApi('/i/$instance/projects/$project/repos/$repo');

export function RepositoryPage() {
  const { t } = useTranslation();
  const { project, repo } = route.useParams();
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const projectId = useQuery(projectQuery(project));
  const may = useRights(projectId.data?.project_id);
  const artifacts = useInfiniteQuery(artifactListQuery(project, repo, {}));
  // The public may list artifacts, but not read the repository itself.
  const repository = useQuery({ ...repositoryQuery(project, repo), enabled: may('repository', 'read') }).data;
  const [deleting, { open, close }] = useDisclosure(false);
  if (isMissing(projectId.error) || isMissing(artifacts.error)) return <NotFound />;
  const all = flatten(artifacts.data);
  const total = all.isTotalKnown ? all.total : undefined;
  const tabs = tabsOf({ project, repo, tab, total, isKnown: repository !== undefined, t });
  const given = { project, projectId: projectId.data?.project_id, repo, total, may };
  return (
    <>
      <PageHeader
        crumbs={[<ProjectsLink key="projects" />, <ProjectLink key="project" project={project} />]}
        title={repo}
        lead={repository?.description ? firstLine(repository.description) : undefined}
        actions={
          <>
            {may('repository', 'push') && <PushCommands project={project} repo={repo} />}
            {may('repository', 'delete') && repository && (
              <MoreMenu item={t('repository.delete')} onItem={open} />
            )}
          </>
        }
      />
      <PageTabs
        label={t('repository.tabs', { name: repo })}
        tabs={tabs}
        right={<Reference project={project} repo={repo} />}
      />
      {tab === 'tags' && <TagsTab {...given} />}
      {tab === 'about' && repository && (
        <AboutTab key={repository.description} project={project} repository={repository} may={may} />
      )}
      {tab === undefined && <ArtifactsTab {...given} />}
      {deleting && repository && (
        <DeleteRepositoriesDialog
          project={project}
          repositories={[repository]}
          onClose={close}
          onDeleted={() =>
            void navigate({ to: '/i/$instance/projects/$project', params: { instance, project } })
          }
        />
      )}
    </>
  );
}

interface TabOptions {
  project: string;
  repo: string;
  tab: RepositorySearch['tab'];
  total: number | undefined;
  /** Whether the caller may read the repository itself. */
  isKnown: boolean;
  t: TFunction;
}

function tabsOf({ project, repo, tab, total, isKnown, t }: TabOptions): PageTab[] {
  const link = {
    to: '/i/$instance/projects/$project/repos/$repo',
    params: { instance, project, repo },
  } as const;
  const tabs: PageTab[] = [
    { label: t('repository.tabArtifacts'), count: total, active: tab === undefined, link },
    {
      label: t('repository.tabTags'),
      active: tab === 'tags',
      link: { ...link, search: { tab: 'tags' } } as typeof link,
    },
  ];
  if (isKnown)
    tabs.push({
      label: t('repository.tabAbout'),
      active: tab === 'about',
      link: { ...link, search: { tab: 'about' } } as typeof link,
    });
  return tabs;
}

/** A description may be a whole page of Markdown: its first line stands below the title. */
const firstLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/^[#>*\s-]+/, '').trim())
    .find((line) => line !== '') ?? '';

/** The repository's name as clients type it. */
function Reference({ project, repo }: { project: string; repo: string }) {
  const reference = `${useBoot().registry_host}/${project}/${repo}`;
  return (
    <>
      <span className="b-mono b-cut">{reference}</span>
      <CopyButton value={reference} what="what.reference" />
    </>
  );
}
