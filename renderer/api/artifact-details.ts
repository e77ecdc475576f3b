import { queryOptions } from '@tanstack/react-query';
import { type ArtifactPlace, artifactPath, artifactsPath, berthArtifactPath } from './artifacts.ts';
import { call, callPage, callText, harborApi } from './client.ts';
import { keys } from './keys.ts';
import type { ArtifactGraph, Project } from './types.ts';

/** What belongs to an artifact and what it belongs to. */
export const graphQuery = (place: ArtifactPlace) =>
  queryOptions({
    queryKey: [...keys.artifact(place), 'graph'],
    queryFn: ({ signal }) => call<ArtifactGraph>(`${berthArtifactPath(place)}/graph`, { signal }),
  });

export type DocumentName = 'manifest' | 'config';

/** Where the very bytes are downloaded. */
export const documentPath = (place: ArtifactPlace, name: DocumentName): string =>
  `${berthArtifactPath(place)}/${name}`;

/** The manifest or the config as text; neither ever changes, so it is fetched once. */
export const documentQuery = (place: ArtifactPlace, name: DocumentName) =>
  queryOptions({
    queryKey: [...keys.artifact(place), name],
    queryFn: ({ signal }) => callText(documentPath(place, name), { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export type ChartPart = 'readme.md' | 'values.yaml';

const additionPath = (place: ArtifactPlace, name: string): string =>
  `${artifactPath(place)}/additions/${name}`;

export const chartTextQuery = (place: ArtifactPlace, name: ChartPart) =>
  queryOptions({
    queryKey: [...keys.artifact(place), name],
    queryFn: ({ signal }) => callText(additionPath(place, name), { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** What a chart needs, as Helm writes it in Chart.yaml. */
export interface ChartDependency {
  name: string;
  version?: string;
  repository: string;
  condition?: string;
  tags?: string[];
  alias?: string;
}

export const dependenciesQuery = (place: ArtifactPlace) =>
  queryOptions({
    queryKey: [...keys.artifact(place), 'dependencies'],
    queryFn: ({ signal }) =>
      call<ChartDependency[] | null>(additionPath(place, 'dependencies'), { signal }).then(
        (dependencies) => dependencies ?? [],
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Throws ApiError 409 when the artifact carries the label. */
export function addLabel(place: ArtifactPlace, id: number): Promise<void> {
  return call(`${artifactPath(place)}/labels`, { method: 'POST', body: { id } });
}

export function removeLabel(place: ArtifactPlace, id: number): Promise<void> {
  return call(`${artifactPath(place)}/labels/${id}`, { method: 'DELETE' });
}

/** Copies an artifact with its tags, its platforms and what belongs to it. Nothing is sent twice: layers are shared. */
export function copyArtifact(from: ArtifactPlace, to: { project: string; repo: string }): Promise<void> {
  return call(artifactsPath(to.project, to.repo), {
    method: 'POST',
    query: { from: `${from.project}/${from.repo}@${from.digest}` },
  });
}

/** Names of ten projects that have the words in them, to choose from. */
export const projectNamesQuery = (words: string) =>
  queryOptions({
    queryKey: [...keys.projects, 'names', words],
    queryFn: async ({ signal }) => {
      const query = { name: words.trim(), page: 1, page_size: 10 };
      const page = await callPage<Project>(`${harborApi}/projects`, { query, signal });
      return page.items.map((project) => project.name);
    },
  });
