import type { ProjectScope } from '../../access/scope.ts';
import type { Tx } from '../../db/database.ts';
import type { RepositoryRow } from './repository-store.ts';

/** What is about to be done to tags of a repository. */
export interface RepositoryChange {
  /** `push` sets tags (a push, a copy, a new tag), `delete` takes tags away, alone or with their artifacts. */
  readonly kind: 'push' | 'delete';
  readonly repository: Pick<RepositoryRow, 'id' | 'name'>;
  /** The tags themselves, or all tags of these artifacts, or of the whole repository. */
  readonly touches:
    | { readonly tags: readonly string[] }
    | { readonly artifactIds: readonly number[] }
    | 'everything';
}

/** Says whether tags may change: the place of immutability. Guards are asked in order; the first that refuses is told. */
export interface ChangeGuard {
  /** Rejects with `precondition` and a sentence for the person. Asked in the transaction of the change, before it. */
  check(tx: Tx, scope: ProjectScope, change: RepositoryChange): Promise<void>;
}

/** Asks each guard in turn. */
export async function checkChange(
  guards: readonly ChangeGuard[],
  tx: Tx,
  { scope, change }: { scope: ProjectScope; change: RepositoryChange },
): Promise<void> {
  for (const guard of guards) await guard.check(tx, scope, change);
}
