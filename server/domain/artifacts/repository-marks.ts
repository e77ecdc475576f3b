import type { Outbox } from '../../events/outbox.ts';
import type { DomainEvent } from '../../events/catalogue.ts';
import { createMarks, type Mark } from '../../lib/freshness.ts';

const MAX_REPOSITORIES = 10_000;

/** Tells whether anything in a repository changed since it was looked at: what memory may keep of it. */
export interface RepositoryMarks {
  of(projectId: number, repository: string): Mark;
}

/** Marks that turn stale in the moment a change is durable, before it is answered. */
export function createRepositoryMarks(outbox: Pick<Outbox, 'onDurable'>): RepositoryMarks {
  const marks = createMarks(MAX_REPOSITORIES);
  const keyOf = (projectId: number, repository: string): string => `${projectId}/${repository}`;
  outbox.onDurable(({ payload }: DomainEvent) => {
    if ('repositoryName' in payload) marks.change(keyOf(payload.projectId, payload.repositoryName));
  });
  return { of: (projectId, repository) => marks.of(keyOf(projectId, repository)) };
}
