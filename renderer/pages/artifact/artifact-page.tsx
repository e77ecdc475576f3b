import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphQuery } from '../../api/artifact-details.ts';
import { artifactQueryOptions } from '../../api/artifacts.ts';
import { projectQuery, useRights } from '../../api/projects.ts';
import type { Artifact } from '../../api/types.ts';
import { formatCount, isNever, shortDigest } from '../../ui/format.ts';
import { ProjectLink, ProjectsLink, RepositoryLink } from '../../ui/links.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { FailedState, isMissing, NotFound, SkeletonRows } from '../../ui/states.tsx';
import { useAgo } from '../../ui/time.tsx';
import { ArtifactActions } from './artifact-actions.tsx';
import { ArtifactBody } from './artifact-body.tsx';
import { ArtifactTags } from './artifact-tags.tsx';
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
  const held = { artifact, place, may };
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
        beside={<ArtifactTags {...held} />}
        lead={<PullLine artifact={artifact} place={place} />}
        actions={<ArtifactActions {...held} />}
      />
      <ArtifactBody {...held} />
    </>
  );
}

function PullLine({
  artifact,
  place,
}: {
  artifact: Artifact;
  place: { project: string; repo: string; digest: string };
}) {
  const { t, i18n } = useTranslation();
  const pulled = useAgo(artifact.pull_time);
  const pushed = useAgo(artifact.push_time);
  const count = useQuery(graphQuery(place)).data?.pull_count;
  const times =
    count === undefined ? '' : t('artifact.pulledTimes', { count, times: formatCount(count, i18n.language) });
  return (
    <>
      <span>
        {isNever(artifact.pull_time)
          ? t('artifact.neverPulled')
          : count
            ? t('artifact.pulledTimesAt', { times, ago: pulled })
            : t('artifact.pulledAt', { ago: pulled })}
      </span>
      <span>{t('artifact.pushedAt', { ago: pushed })}</span>
    </>
  );
}
