import { queryOptions } from '@tanstack/react-query';
import { berthApi, call, callPage, repositorySegment } from './client.ts';
import { keys } from './keys.ts';
import { fuzzy, pagedQuery } from './paging.ts';
import { repositoriesPath } from './repositories.ts';
import type { Artifact, ArtifactContent } from './types.ts';

export interface ArtifactFilter {
  /** Part of a tag, or the beginning of a digest. */
  words?: string | undefined;
  tagged?: 'yes' | 'no' | undefined;
  sort?: string | undefined;
}

export interface ArtifactPlace {
  project: string;
  repo: string;
  digest: string;
}

export const artifactsPath = (project: string, repo: string): string =>
  `${repositoriesPath(project)}/${repositorySegment(repo)}/artifacts`;

export const artifactPath = (place: ArtifactPlace): string =>
  `${artifactsPath(place.project, place.repo)}/${encodeURIComponent(place.digest)}`;

export const berthArtifactPath = (place: ArtifactPlace): string =>
  `${berthApi}/projects/${encodeURIComponent(place.project)}/repositories/${repositorySegment(place.repo)}/artifacts/${encodeURIComponent(place.digest)}`;

export const artifactListQuery = (project: string, repo: string, filter: ArtifactFilter) =>
  pagedQuery<Artifact>(keys.artifactList(project, repo, filter), (request, signal) =>
    callPage(artifactsPath(project, repo), {
      query: { ...request, with_tag: true, q: artifactQuery(filter), sort: filter.sort },
      signal,
    }),
  );

function artifactQuery({ words, tagged }: ArtifactFilter): string | undefined {
  const parts: string[] = [];
  if (words) parts.push(`${looksLikeDigest(words) ? 'digest' : 'tags'}=${fuzzy(words)}`);
  if (tagged) parts.push(tagged === 'yes' ? 'tags=*' : 'tags=nil');
  return parts.length === 0 ? undefined : parts.join(',');
}

/** Twelve hexadecimal digits are what a table shows of a digest; fewer are more likely a tag. */
function looksLikeDigest(words: string): boolean {
  return /^(sha256:[0-9a-f]*|[0-9a-f]{12,})$/.test(words.trim());
}

export const artifactQueryOptions = (place: ArtifactPlace) =>
  queryOptions({
    queryKey: keys.artifact(place),
    queryFn: ({ signal }) =>
      call<Artifact>(artifactPath(place), { query: { with_tag: true, with_label: true }, signal }),
  });

/** Layers, build steps and platforms. A manifest never changes, so it is fetched once. */
export const contentQuery = (place: ArtifactPlace) =>
  queryOptions({
    queryKey: [...keys.artifact(place), 'content'],
    queryFn: ({ signal }) => call<ArtifactContent>(`${berthArtifactPath(place)}/content`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Deletes an artifact and all its tags. Throws ApiError 412 when an index holds it or a rule keeps it. */
export function deleteArtifact(place: ArtifactPlace): Promise<void> {
  return call(artifactPath(place), { method: 'DELETE' });
}

/** Throws ApiError 409 when another artifact of the repository has the tag. */
export function createTag(place: ArtifactPlace, name: string): Promise<void> {
  return call(`${artifactPath(place)}/tags`, { method: 'POST', body: { name } });
}

export function deleteTag(place: ArtifactPlace, name: string): Promise<void> {
  return call(`${artifactPath(place)}/tags/${encodeURIComponent(name)}`, { method: 'DELETE' });
}

/** The newest artifact of a repository, if it has any. */
export async function newestArtifact(project: string, repo: string): Promise<Artifact | undefined> {
  const page = await callPage<Artifact>(artifactsPath(project, repo), {
    query: { page: 1, page_size: 1, with_tag: true },
  });
  return page.items[0];
}

export const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Whether the artifact is a list of platforms. */
export function isIndex(artifact: Artifact): boolean {
  return /image\.index|manifest\.list/.test(artifact.manifest_media_type ?? artifact.media_type ?? '');
}
