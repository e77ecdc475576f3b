import { queryOptions } from '@tanstack/react-query';
import { berthApi, call } from './client.ts';
import { keys } from './keys.ts';
import type { DeletionPreview } from './types.ts';

/** What a person is about to delete in a project. */
export type Doomed = { repository: string; digests: readonly string[] } | { repositories: readonly string[] };

/** As many as one question may name. */
export const mostPreviewed = 100;

/** What would go and stay, and which bytes become free; nothing is deleted. Of the first hundred, where there are more. */
export const deletionPreviewQuery = (project: string, doomed: Doomed) => {
  const body =
    'digests' in doomed
      ? { repository: doomed.repository, digests: doomed.digests.slice(0, mostPreviewed) }
      : { repositories: doomed.repositories.slice(0, mostPreviewed) };
  return queryOptions({
    queryKey: keys.deletion(project, body),
    queryFn: ({ signal }) =>
      call<DeletionPreview>(`${berthApi}/projects/${encodeURIComponent(project)}/deletions/preview`, {
        method: 'POST',
        body,
        signal,
      }),
    // It is true for the moment only.
    staleTime: 0,
    gcTime: 0,
  });
};
