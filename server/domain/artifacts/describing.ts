import type { ProjectScope } from '../../access/scope.ts';
import type { Tx } from '../../db/database.ts';
import { AppError } from '../../lib/errors.ts';
import { fullName, requireLockedRepository, type RepositoryAt } from './locate.ts';
import type { RecordDeps } from './record-deps.ts';
import { setDescription } from './repository-store.ts';

/** Characters of a repository's description. */
const MAX_DESCRIPTION = 65_536;

/** The description in a request; throws `bad_request` for one that is too long. */
export function readDescription(text: string | null | undefined): string {
  const description = text ?? '';
  if (description.length > MAX_DESCRIPTION)
    throw new AppError('bad_request', `the description is longer than ${MAX_DESCRIPTION} characters`);
  return description;
}

/** Sets the description of a repository; the same one again changes nothing, and is not told. */
export async function describeRepositoryInTx(
  deps: RecordDeps,
  tx: Tx,
  asked: { scope: ProjectScope; at: RepositoryAt; description: string },
): Promise<void> {
  const { scope, at, description } = asked;
  // Two at once: the second waits here, and tells what the first has set as what was before.
  const { id, description: before } = await requireLockedRepository(tx, scope, at);
  if (before === description) return;
  await setDescription(tx, scope, { id, description, nowMs: deps.clock.now() });
  await deps.audit.record(tx, {
    actor: scope,
    operation: 'update',
    resourceType: 'repository',
    resource: fullName(scope, at),
    projectId: scope.projectId,
    change: { before: { description: before }, after: { description } },
  });
  const payload = {
    projectId: scope.projectId,
    projectName: scope.project.name,
    repositoryName: at.repository,
  };
  await deps.outbox.record(tx, { kind: 'repository.updated', payload });
}
