import type { ProjectScope } from '../../access/scope.ts';
import type { Tx } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { ensureRepository, type RepositoryRow } from './repository-store.ts';

export interface OpenRepositoryDeps {
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** Finds the repository, or makes it at its first content, with the event and the row in the audit log. */
export async function openRepository(
  deps: OpenRepositoryDeps,
  tx: Tx,
  at: { scope: ProjectScope; repository: string },
): Promise<RepositoryRow> {
  const { scope, repository } = at;
  const { row, created } = await ensureRepository(tx, scope, { name: repository, nowMs: deps.clock.now() });
  if (!created) return row;
  const { projectId, project } = scope;
  await deps.audit.record(tx, {
    actor: scope,
    operation: 'create',
    resourceType: 'repository',
    resource: `${project.name}/${repository}`,
    projectId,
  });
  const payload = { projectId, projectName: project.name, repositoryName: repository };
  await deps.outbox.record(tx, { kind: 'repository.created', payload });
  return row;
}
