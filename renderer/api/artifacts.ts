import { queryOptions } from '@tanstack/react-query';
import { berthApi, call, callPage, repositorySegment } from './client.ts';
import { keys } from './keys.ts';
import { fuzzy, keysetQuery, type KeysetBody } from './paging.ts';
import { repositoriesPath } from './repositories.ts';
import type { Artifact, ArtifactContent, NamedTag } from './types.ts';

export interface ArtifactFilter {
  /** Part of a tag, or the beginning of a digest. */
  words?: string | undefined;
  tagged?: 'yes' | 'no' | undefined;
  /** Harbor's type of an artifact: IMAGE, CHART, ... */
  type?: string | undefined;
  /** An architecture, or system/architecture. */
  platform?: string | undefined;
  /** Id of a label that it carries. */
  label?: number | undefined;
  /** Pushed within so many days. */
  pushedDays?: number | undefined;
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

const berthRepositoryPath = (project: string, repo: string): string =>
  `${berthApi}/projects/${encodeURIComponent(project)}/repositories/${repositorySegment(repo)}`;

export const artifactListQuery = (project: string, repo: string, filter: ArtifactFilter) =>
  keysetQuery<Artifact>(
    keys.artifactList(project, repo, filter),
    async (request, signal) => {
      const query = { ...request, q: artifactQuery(filter), sort: filter.sort };
      const path = `${berthRepositoryPath(project, repo)}/artifacts`;
      const page = await call<KeysetBody<Artifact>>(path, { query, signal });
      return { ...page, items: page.items.map(slim) };
    },
    { counts: true },
  );

/** What a list shows of an artifact: a hundred thousand of them lie in memory, each with its whole config otherwise. */
function slim(artifact: Artifact): Artifact {
  const { architecture, os } = artifact.extra_attrs;
  const references = artifact.references?.map((child) => ({ ...child, annotations: {} })) ?? null;
  return { ...artifact, extra_attrs: { architecture, os }, annotations: {}, addition_links: {}, references };
}

/** Tags of a repository with the artifacts that they name, the newest first unless sorted by name. */
export const tagListQuery = (
  project: string,
  repo: string,
  filter: { words?: string | undefined; sort?: string | undefined },
) =>
  keysetQuery<NamedTag>(
    keys.tagList(project, repo, filter),
    (request, signal) => {
      const query = { ...request, q: filter.words && `name=${fuzzy(filter.words)}`, sort: filter.sort };
      return call<KeysetBody<NamedTag>>(`${berthRepositoryPath(project, repo)}/tags`, { query, signal });
    },
    { counts: true },
  );

function artifactQuery(filter: ArtifactFilter): string | undefined {
  const { words, tagged, type, platform, label, pushedDays } = filter;
  const parts: string[] = [];
  if (words) parts.push(`${looksLikeDigest(words) ? 'digest' : 'tags'}=${fuzzy(words)}`);
  if (tagged) parts.push(tagged === 'yes' ? 'tags=*' : 'tags=nil');
  if (type) parts.push(`type=${encodeURIComponent(type)}`);
  if (platform) parts.push(`platform=${encodeURIComponent(platform)}`);
  if (label) parts.push(`labels=(${label})`);
  if (pushedDays) parts.push(`push_time=[${new Date(Date.now() - pushedDays * dayMs).toISOString()}~]`);
  return parts.length === 0 ? undefined : parts.join(',');
}

const dayMs = 24 * 3600 * 1000;

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
