import type { ProjectScope } from '../../access/scope.ts';
import type { Tx } from '../../db/database.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import { findTag, putTag, removeTag } from './artifact-store.ts';
import { checkChange } from './change-guard.ts';
import { fullName, requireLockedArtifact, type ArtifactAt, type Located } from './locate.ts';
import type { RecordDeps } from './record-deps.ts';

interface TagChange {
  readonly scope: ProjectScope;
  readonly at: ArtifactAt;
  readonly name: string;
}

async function recordChange(
  deps: RecordDeps,
  tx: Tx,
  { scope, at, name, row, operation }: TagChange & Located & { operation: 'create' | 'delete' },
): Promise<void> {
  const told = { artifact_id: row.id, digest: row.digest };
  await deps.audit.record(tx, {
    actor: scope,
    operation,
    resourceType: 'tag',
    resource: `${fullName(scope, at)}:${name}`,
    projectId: scope.projectId,
    change: operation === 'create' ? { after: told } : { before: told },
  });
  const payload = {
    projectId: scope.projectId,
    projectName: scope.project.name,
    repositoryName: at.repository,
    digest: row.digest,
    tag: name,
  };
  await deps.outbox.record(tx, { kind: operation === 'create' ? 'tag.created' : 'tag.deleted', payload });
}

/** See `Records.createTag`. */
export async function createTagInTx(deps: RecordDeps, tx: Tx, asked: TagChange): Promise<void> {
  const { scope, at, name } = asked;
  const located = await requireLockedArtifact(tx, scope, at);
  const { repository, row } = located;
  if (await findTag(tx, repository.id, name))
    throw new AppError('conflict', `tag ${fullName(scope, at)}:${name} exists already`);
  const change = { kind: 'push', repository, touches: { tags: [name] } } as const;
  await checkChange(deps.changeGuards, tx, { scope, change });
  await putTag(tx, repository.id, { name, artifactId: row.id, nowMs: deps.clock.now() });
  await recordChange(deps, tx, { ...asked, ...located, operation: 'create' });
}

/** See `Records.deleteTag`. */
export async function deleteTagInTx(deps: RecordDeps, tx: Tx, asked: TagChange): Promise<void> {
  const { scope, at, name } = asked;
  const located = await requireLockedArtifact(tx, scope, at);
  const { repository, row } = located;
  const existing = await findTag(tx, repository.id, name);
  if (existing?.artifact_id !== row.id)
    throw notFound('tag', `${fullName(scope, at)}:${name} of ${row.digest}`);
  const change = { kind: 'delete', repository, touches: { tags: [name] } } as const;
  await checkChange(deps.changeGuards, tx, { scope, change });
  await removeTag(tx, repository.id, name);
  await recordChange(deps, tx, { ...asked, ...located, operation: 'delete' });
}
