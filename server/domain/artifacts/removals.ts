import type { ProjectScope } from '../../access/scope.ts';
import type { Db, Tx } from '../../db/database.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import { findParents, removeArtifact } from './artifact-store.ts';
import { checkChange } from './change-guard.ts';
import {
  fullName,
  requireLockedArtifact,
  requireLockedRepository,
  type ArtifactAt,
  type RepositoryAt,
} from './locate.ts';
import type { RecordDeps } from './record-deps.ts';
import {
  MAX_PARTS,
  selectBelonging,
  selectNeeded,
  selectPresent,
  selectTagNames,
  type PartRow,
} from './relations-store.ts';
import { changeArtifactCount, removeRepository } from './repository-store.ts';

/** Whether a tag is one by which cosign and others find what belongs to the subject: it is no name that a person gave. */
function isFallbackTag(name: string, subject: string): boolean {
  const mark = subject.replace(':', '-');
  return name.startsWith(mark) && /^(?:\.[a-z]+)?$/.test(name.slice(mark.length));
}
/** With more tags than this, one of them is a person's. */
const MAX_FALLBACK_TAGS = 10;

/** Those of the accessories that nobody named. */
async function withoutName(db: Db, accessories: readonly PartRow[]): Promise<PartRow[]> {
  const tagged = accessories.filter((row) => row.tag_count > 0 && row.tag_count <= MAX_FALLBACK_TAGS);
  const names = await selectTagNames(
    db,
    tagged.map((row) => row.id),
  );
  return accessories.filter(
    (row) =>
      row.tag_count <= MAX_FALLBACK_TAGS &&
      (names.get(row.id) ?? []).every((name) => isFallbackTag(name, row.accessory_subject ?? '')),
  );
}

/** An index may hold indexes, and a signature may be signed: how deep a deletion follows. */
const MAX_DEPTH = 16;

/** Those of `waiting` that no index needs which stays, and that belong to nothing that stays. */
async function selectFree(
  db: Db,
  repositoryId: number,
  { waiting, doomed }: { waiting: readonly PartRow[]; doomed: ReadonlyMap<string, PartRow> },
): Promise<PartRow[]> {
  const besides = [...doomed.values()].map((row) => row.id);
  const digests = waiting.map((row) => row.digest);
  const needed = await selectNeeded(db, repositoryId, { digests, besides });
  const subjects = waiting.flatMap((row) => row.accessory_subject ?? []);
  const staying = await selectPresent(
    db,
    repositoryId,
    [...new Set(subjects)].filter((digest) => !doomed.has(digest)),
  );
  return waiting.filter((row) => !needed.has(row.digest) && !staying.has(row.accessory_subject ?? ''));
}

/**
 * The artifact, with what belongs to it and with its children that have no tag. What an index lists that stays is kept, and
 * what belongs to what stays, and what belongs to it but was given a name by somebody. `gone` counts as deleted before.
 * Throws `precondition` for more than one transaction should take.
 */
export async function collectDoomed(
  db: Db,
  repositoryId: number,
  { root, gone }: { root: PartRow; gone?: ReadonlyMap<string, PartRow> },
): Promise<PartRow[]> {
  const doomed = new Map<string, PartRow>([...(gone ?? []), [root.digest, root]]);
  // Looked at again in each round: the index that lists it may go later than what else led to it.
  const waiting = new Map<string, PartRow>();
  let layer: readonly PartRow[] = [root];
  for (let depth = 0; depth < MAX_DEPTH && layer.length > 0; depth++) {
    const { accessories, children } = await selectBelonging(db, repositoryId, layer);
    if (
      Math.max(accessories.length, children.length, doomed.size - (gone?.size ?? 0) + waiting.size) >
      MAX_PARTS
    )
      throw new AppError(
        'precondition',
        `over ${MAX_PARTS} artifacts belong to ${root.digest}: delete some of them first, or it alone through /v2, or the repository`,
      );
    const unnamed = await withoutName(db, accessories);
    for (const row of [...unnamed, ...children.filter((child) => child.tag_count === 0)])
      if (!doomed.has(row.digest)) waiting.set(row.digest, row);
    layer = await selectFree(db, repositoryId, { waiting: [...waiting.values()], doomed });
    for (const row of layer) {
      doomed.set(row.digest, row);
      waiting.delete(row.digest);
    }
  }
  return [...doomed.values()].filter((row) => !gone?.has(row.digest));
}

async function recordRemoval(
  deps: RecordDeps,
  tx: Tx,
  gone: { scope: ProjectScope; repository: string; row: PartRow; tags: readonly string[] },
): Promise<void> {
  const { scope, repository, row, tags } = gone;
  await deps.audit.record(tx, {
    actor: scope,
    operation: 'delete',
    resourceType: 'artifact',
    resource: `${fullName(scope, gone)}@${row.digest}`,
    projectId: scope.projectId,
    change: { before: { digest: row.digest, tags } },
  });
  await deps.outbox.record(tx, {
    kind: 'artifact.deleted',
    payload: {
      projectId: scope.projectId,
      projectName: scope.project.name,
      repositoryName: repository,
      digest: row.digest,
    },
  });
}

/** See `Records.deleteArtifact`. */
export async function deleteArtifactInTx(
  deps: RecordDeps,
  tx: Tx,
  { scope, at }: { scope: ProjectScope; at: ArtifactAt },
): Promise<void> {
  const { repository, row } = await requireLockedArtifact(tx, scope, at);
  const parents = await findParents(tx, repository.id, row.digest);
  if (parents.length > 0)
    throw new AppError('referenced', `${row.digest} is part of the index ${parents[0]}: delete that first`);
  const doomed = await collectDoomed(tx, repository.id, { root: row });
  const artifactIds = doomed.map((artifact) => artifact.id);
  const change = { kind: 'delete', repository, touches: { artifactIds } } as const;
  await checkChange(deps.changeGuards, tx, { scope, change });
  const tags = await selectTagNames(tx, artifactIds);
  // What belongs to another before that one: else it would be listed by itself for this moment.
  for (const artifact of doomed.toReversed()) {
    await removeArtifact(tx, repository.id, artifact.id);
    await recordRemoval(deps, tx, {
      scope,
      repository: repository.name,
      row: artifact,
      tags: tags.get(artifact.id) ?? [],
    });
  }
  await changeArtifactCount(tx, repository.id, { by: -doomed.length, nowMs: deps.clock.now() });
}

/** See `Records.deleteRepository`. */
export async function deleteRepositoryInTx(
  deps: RecordDeps,
  tx: Tx,
  { scope, at }: { scope: ProjectScope; at: RepositoryAt },
): Promise<void> {
  const repository = await requireLockedRepository(tx, scope, at);
  await checkChange(deps.changeGuards, tx, {
    scope,
    change: { kind: 'delete', repository, touches: 'everything' },
  });
  if (!(await removeRepository(tx, scope, repository.id))) throw notFound('repository', fullName(scope, at));
  await deps.audit.record(tx, {
    actor: scope,
    operation: 'delete',
    resourceType: 'repository',
    resource: fullName(scope, at),
    projectId: scope.projectId,
    change: {
      before: { description: repository.description, artifact_count: repository.artifact_count },
    },
  });
  const payload = {
    projectId: scope.projectId,
    projectName: scope.project.name,
    repositoryName: repository.name,
    repositoryId: repository.id,
  };
  await deps.outbox.record(tx, { kind: 'repository.deleted', payload });
}
