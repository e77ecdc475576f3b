import { queryOptions } from '@tanstack/react-query';
import { berthApi, call, harborApi, repositorySegment } from './client.ts';
import { keys } from './keys.ts';
import { fuzzy, keysetQuery, type KeysetBody } from './paging.ts';
import type { Repository } from './types.ts';

export interface RepositoryFilter {
  name?: string | undefined;
  sort?: string | undefined;
}

export const repositoriesPath = (project: string): string =>
  `${harborApi}/projects/${encodeURIComponent(project)}/repositories`;

export const repositoryListQuery = (project: string, filter: RepositoryFilter) =>
  keysetQuery<Repository>(
    keys.repositoryList(project, filter),
    (request, signal) =>
      call<KeysetBody<Repository>>(`${berthApi}/projects/${encodeURIComponent(project)}/repositories`, {
        query: { ...request, q: filter.name && `name=${fuzzy(filter.name)}`, sort: filter.sort },
        signal,
      }),
    { counts: true },
  );

export const repositoryQuery = (project: string, repo: string) =>
  queryOptions({
    queryKey: keys.repository(project, repo),
    queryFn: ({ signal }) =>
      call<Repository>(`${repositoriesPath(project)}/${repositorySegment(repo)}`, { signal }),
  });

/** Sets what people read about the repository; empty takes it away. */
export function describeRepository(project: string, repo: string, description: string): Promise<void> {
  const path = `${repositoriesPath(project)}/${repositorySegment(repo)}`;
  return call(path, { method: 'PUT', body: { description } });
}

/** Deletes a repository with all its artifacts. */
export function deleteRepository(project: string, repo: string): Promise<void> {
  return call(`${repositoriesPath(project)}/${repositorySegment(repo)}`, { method: 'DELETE' });
}

/** The repository's name without its project. */
export function nameInProject(repository: Repository): string {
  return repository.name.slice(repository.name.indexOf('/') + 1);
}
