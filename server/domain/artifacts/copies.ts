import type { ProjectScope } from '../../access/scope.ts';
import type { Tx } from '../../db/database.ts';
import type { Digest } from '../../lib/digest.ts';
import { notFound } from '../../lib/errors.ts';
import { requiredBlobs } from '../../lib/manifest.ts';
import { insertArtifact, markAccessory } from './artifact-store.ts';
import type { Accessory, AccessoryType } from './accessories.ts';
import { checkChange } from './change-guard.ts';
import type { CopyItem, CopySource } from './copy-source.ts';
import { linkBlobsOf, putTags, selectByDigests, selectExtraAttrs } from './copy-store.ts';
import { lockListing, release } from './listed-store.ts';
import { fullName } from './locate.ts';
import { openRepository } from './open-repository.ts';
import { checkBlobs } from './pushing.ts';
import type { RecordDeps } from './record-deps.ts';
import { selectPresent, type PartRow } from './relations-store.ts';
import { changeArtifactCount, type RepositoryRow } from './repository-store.ts';

interface Copy {
  readonly scope: ProjectScope;
  /** Name without the project: where to. */
  readonly repository: string;
  readonly source: CopySource;
  /** `project/repository` that it is from. */
  readonly from: string;
}

function accessoryAt(row: PartRow): Accessory | undefined {
  if (row.accessory_subject === null) return undefined;
  return { subject: row.accessory_subject as Digest, type: row.accessory_type as AccessoryType };
}

/** What was listed by itself, since its subject is gone, is so here too unless the subject is here. */
async function releaseOrphans(tx: Tx, repositoryId: number, fresh: readonly CopyItem[]): Promise<void> {
  const subjects = fresh.flatMap(({ row, manifest }) =>
    row.accessory_subject === null && manifest.subject ? [manifest.subject.digest] : [],
  );
  const present = await selectPresent(tx, repositoryId, subjects);
  for (const subject of subjects) if (!present.has(subject)) await release(tx, repositoryId, subject);
}

/** Links the blobs that the new artifacts need; throws as a push without them does. */
async function linkBlobs(
  tx: Tx,
  copy: Copy,
  at: { repository: RepositoryRow; items: readonly CopyItem[]; nowMs: number },
): Promise<void> {
  const { repository, items, nowMs } = at;
  const named = items.flatMap(({ manifest }) =>
    manifest.kind === 'image' ? [manifest.config, ...manifest.layers] : [],
  );
  const digests = [...new Set(named.map((descriptor) => descriptor.digest))];
  await linkBlobsOf(tx, { from: copy.source.repository.id, to: repository.id, digests, nowMs });
  const required = items.flatMap(({ manifest }) => requiredBlobs(manifest));
  await checkBlobs(tx, repository.id, { required, allowsSparse: copy.scope.project.allowsSparse });
}

async function recordCopy(deps: RecordDeps, tx: Tx, copy: Copy, items: readonly CopyItem[]): Promise<void> {
  const { scope, source, from } = copy;
  const { root } = source;
  const full = fullName(scope, copy);
  const [tag] = root.tags;
  const resource = tag === undefined ? `${full}@${root.row.digest}` : `${full}:${tag}`;
  await deps.audit.record(tx, {
    actor: scope,
    operation: 'create',
    resourceType: 'artifact',
    resource,
    projectId: scope.projectId,
    description: `copy artifact: ${from}@${root.row.digest} to ${full}`,
    change: { after: { digest: root.row.digest, tags: root.tags, from } },
  });
  for (const { row, tags, manifest } of items) {
    const payload = {
      projectId: scope.projectId,
      projectName: scope.project.name,
      repositoryName: copy.repository,
      digest: row.digest,
      tags,
      mediaType: manifest.mediaType,
    };
    await deps.outbox.record(tx, { kind: 'artifact.pushed', payload });
  }
}

/**
 * Writes the source into another repository: what is there already is left, blobs are linked, tags of the artifact and of
 * all that is new are set (Harbor's rule). Throws as a push does, and `not_found` where the source went meanwhile.
 */
export async function copyInTx(deps: RecordDeps, tx: Tx, copy: Copy): Promise<void> {
  const { scope, source } = copy;
  const nowMs = deps.clock.now();
  const repository = await openRepository(deps, tx, { scope, repository: copy.repository });
  await lockListing(tx, repository.id);
  const { root } = source;
  const still = await selectByDigests(tx, source.repository.id, [root.row.digest]);
  if (!still.has(root.row.digest)) throw notFound('artifact', `${copy.from}@${root.row.digest}`);
  const digests = source.items.map((item) => item.row.digest);
  const there = await selectByDigests(tx, repository.id, digests);
  const fresh = source.items.filter((item) => !there.has(item.row.digest));
  const tagged = source.items.filter((item) => item === root || !there.has(item.row.digest));
  const touches = { tags: tagged.flatMap((item) => item.tags) };
  await checkChange(deps.changeGuards, tx, { scope, change: { kind: 'push', repository, touches } });
  await linkBlobs(tx, copy, { repository, items: fresh, nowMs });
  const ids = new Map([...there.values()].map((row) => [row.digest, row.id]));
  for (const { row, bytes, manifest } of fresh) {
    const id = await insertArtifact(tx, scope, {
      repositoryId: repository.id,
      digest: row.digest as Digest,
      manifest,
      bytes,
      extraAttrs: await selectExtraAttrs(tx, row.id),
      accessory: accessoryAt(row),
      nowMs,
    });
    ids.set(row.digest, id);
  }
  await releaseOrphans(tx, repository.id, fresh);
  for (const { row } of source.items) {
    const known = there.get(row.digest);
    const accessory = accessoryAt(row);
    if (known && accessory) await markAccessory(tx, known, accessory);
  }
  for (const { row, tags } of tagged) {
    const artifactId = ids.get(row.digest);
    if (artifactId !== undefined)
      await putTags(tx, { repositoryId: repository.id, artifactId }, { names: tags, nowMs });
  }
  await changeArtifactCount(tx, repository.id, { by: fresh.length, nowMs });
  await recordCopy(deps, tx, copy, tagged);
}
