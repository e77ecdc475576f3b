import { queryOptions } from '@tanstack/react-query';
import { call, callPage, harborApi, repositorySegment } from './client.ts';
import { keys } from './keys.ts';
import { fuzzy, pagedQuery } from './paging.ts';
import type { Repository } from './types.ts';

export interface RepositoryFilter {
  name?: string | undefined;
  sort?: string | undefined;
}

export const repositoriesPath = (project: string): string =>
  `${harborApi}/projects/${encodeURIComponent(project)}/repositories`;

export const repositoryListQuery = (project: string, filter: RepositoryFilter) =>
  pagedQuery<Repository>(keys.repositoryList(project, filter), (request, signal) =>
    callPage(repositoriesPath(project), {
      query: { ...request, q: filter.name && `name=${fuzzy(filter.name)}`, sort: filter.sort },
      signal,
    }),
  );

export const repositoryQuery = (project: string, repo: string) =>
  queryOptions({
    queryKey: keys.repository(project, repo),
    queryFn: ({ signal }) =>
      call<Repository>(`${repositoriesPath(project)}/${repositorySegment(repo)}`, { signal }),
  });

/** Deletes a repository with all its artifacts. */
export function deleteRepository(project: string, repo: string): Promise<void> {
  return call(`${repositoriesPath(project)}/${repositorySegment(repo)}`, { method: 'DELETE' });
}

/** The repository's name without its project. */
export function nameInProject(repository: Repository): string {
  return repository.name.slice(repository.name.indexOf('/') + 1);
}
