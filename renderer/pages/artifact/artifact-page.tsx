import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { artifactQueryOptions, contentQuery } from '../../api/artifacts.ts';
import { projectQuery, useRights } from '../../api/projects.ts';
import type { Artifact, ArtifactContent } from '../../api/types.ts';
import { isNever, shortDigest } from '../../ui/format.ts';
import { ProjectLink, ProjectsLink, RepositoryLink } from '../../ui/links.tsx';
import { PageHeader, PageTabs } from '../../ui/page-header.tsx';
import { FailedState, isMissing, NotFound, SkeletonRows } from '../../ui/states.tsx';
import { useAgo } from '../../ui/time.tsx';
import { localInstance as instance } from '../../instance/local.ts';
import { platformName } from '../repository/artifact-facts.ts';
import { ArtifactActions } from './artifact-actions.tsx';
import { ArtifactTags } from './artifact-tags.tsx';
import { Details } from './details.tsx';
import { Layers } from './layers.tsx';
import { PlatformSwitch } from './platform-switch.tsx';
import { Referrers } from './referrers.tsx';
import './artifact.css';

const route = getRouteApi('/i/$instance/projects/$project/repos/$repo/$digest');

export function ArtifactPage() {
  const { t } = useTranslation();
  const { project, repo, digest } = route.useParams();
  const query = useQuery(artifactQueryOptions({ project, repo, digest }));
  const projectId = useQuery(projectQuery(project)).data?.project_id;
  const may = useRights(projectId);
  const artifact = query.data;
  if (isMissing(query.error)) return <NotFound />;
  if (query.isError && !artifact) {
    return <FailedState what={t('artifact.what')} error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (!artifact) return <SkeletonRows />;
  const place = { project, repo, digest: artifact.digest };
  return (
    <>
      <PageHeader
        crumbs={[
          <ProjectsLink key="projects" />,
          <ProjectLink key="project" project={project} />,
          <RepositoryLink key="repo" project={project} repo={repo} />,
        ]}
        mono
        title={`sha256:${shortDigest(artifact.digest)}`}
        beside={<ArtifactTags artifact={artifact} place={place} may={may} />}
        lead={<PullLine artifact={artifact} />}
        actions={<ArtifactActions artifact={artifact} place={place} may={may} />}
      />
      <ArtifactBody artifact={artifact} />
    </>
  );
}

function PullLine({ artifact }: { artifact: Artifact }) {
  const { t } = useTranslation();
  const pulled = useAgo(artifact.pull_time);
  const pushed = useAgo(artifact.push_time);
  return (
    <>
      <span>
        {isNever(artifact.pull_time) ? t('artifact.neverPulled') : t('artifact.pulledAt', { ago: pulled })}
      </span>
      <span>{t('artifact.pushedAt', { ago: pushed })}</span>
    </>
  );
}

/** Tabs, the chosen platform's layers, and the panels beside them. */
function ArtifactBody({ artifact }: { artifact: Artifact }) {
  const { t } = useTranslation();
  const { project, repo } = route.useParams();
  const { platform: wanted } = route.useSearch();
  const place = { project, repo, digest: artifact.digest };
  const whole = useQuery(contentQuery(place));
  // An index may list platforms that were never pushed here, and attestations as platform "unknown".
  const platforms = (whole.data?.platforms ?? []).filter(
    (entry) => entry.stored && entry.architecture !== 'unknown',
  );
  const platform = platforms.find((entry) => platformName(entry) === wanted) ?? platforms[0];
  const child = useQuery({
    ...contentQuery({ ...place, digest: platform?.digest ?? artifact.digest }),
    enabled: whole.data !== undefined,
  });
  const content: ArtifactContent | undefined = platform ? child.data : whole.data;
  const error = whole.error ?? child.error;
  const link = {
    to: '/i/$instance/projects/$project/repos/$repo/$digest',
    params: { instance, project, repo, digest: artifact.digest },
  } as const;
  return (
    <>
      <PageTabs
        label={t('artifact.tabs')}
        tabs={[{ label: t('artifact.tabLayers'), count: content?.layers.length, active: true, link }]}
        right={platform && <PlatformSwitch platforms={platforms} chosen={platform} />}
      />
      <div className="b-artifact">
        <div className="b-artifact-main">
          {error && !content ? (
            <FailedState what={t('artifact.layersWhat')} error={error} onRetry={() => void whole.refetch()} />
          ) : content ? (
            <Layers content={content} />
          ) : (
            <SkeletonRows />
          )}
        </div>
        <aside className="b-artifact-aside">
          <Details artifact={artifact} content={content} platform={platform} />
          <Referrers place={place} />
        </aside>
      </div>
    </>
  );
}
