import type { ProjectScope } from '../../access/scope.ts';
import type { Database, Tx } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { digestAlgorithm, digestOf, type Digest } from '../../lib/digest.ts';
import { AppError } from '../../lib/errors.ts';
import { parseManifest, requiredBlobs, type Descriptor, type Manifest } from '../../lib/manifest.ts';
import type { Reference } from '../../lib/reference.ts';
import type { BlobStorage } from '../../storage/port.ts';
import { accessoryOf } from './accessories.ts';
import type { Activity, Puller } from './activity.ts';
import { findLinkedBlob, findLinkedSizes } from './blob-store.ts';
import {
  fillExtraAttrs,
  findArtifact,
  findManifest,
  findParents,
  findTag,
  insertArtifact,
  markAccessory,
  putTag,
  removeArtifact,
  removeTag,
  type StoredManifest,
} from './artifact-store.ts';
import { readExtraAttrs } from './extra-attrs.ts';
import { openRepository } from './open-repository.ts';
import { lockListing, RELEASED_AT_ONCE, releaseSome } from './listed-store.ts';
import { createManifestCache } from './manifest-cache.ts';
import type { RepositoryMarks } from './repository-marks.ts';
import { readConfigJson } from './image-config.ts';
import { checkChange, type ChangeGuard } from './change-guard.ts';
import { checkGuards, type PushGuard } from './push-guard.ts';
import { changeArtifactCount, findRepository, type RepositoryRow } from './repository-store.ts';

export interface PushedManifest {
  readonly repository: string;
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
  /** The digest in the URL, when it was pushed by digest. */
  readonly digest?: Digest | undefined;
  readonly tags: readonly string[];
}

export interface PushResult {
  readonly digest: Digest;
  readonly subject: Digest | null;
}

export interface ManifestService {
  /** The manifest's bytes; throws `manifest_unknown`. */
  get(scope: ProjectScope, at: { repository: string; reference: Reference }): Promise<StoredManifest>;
  /** Gives what counts a pull of what {@link get} answered, as often as it is answered. */
  pullCounter(
    scope: ProjectScope,
    at: { repository: string; reference: Reference; manifest: StoredManifest },
  ): (by: Puller) => void;
  /** Takes a manifest with its tags, all or nothing; durable when it resolves. */
  push(scope: ProjectScope, pushed: PushedManifest): Promise<PushResult>;
  /** Removes the tag, or the manifest with all its tags; `unsupported` while an index lists it. */
  remove(scope: ProjectScope, at: { repository: string; reference: Reference }): Promise<void>;
}

export interface ManifestDeps {
  /** Asked before a manifest is taken. */
  readonly guards: readonly PushGuard[];
  /** Asked before tags change. */
  readonly changeGuards: readonly ChangeGuard[];
  readonly db: Database;
  readonly storage: BlobStorage;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  readonly activity: Activity;
  readonly marks: RepositoryMarks;
  readonly clock: Clock;
}

const unknownManifest = (scope: ProjectScope, repository: string, reference: Reference): AppError => {
  const name = reference.kind === 'tag' ? `:${reference.tag}` : `@${reference.digest}`;
  return new AppError('manifest_unknown', `${scope.project.name}/${repository}${name} is not here`);
};

/**
 * Refuses what a manifest requires where its config or layers have other sizes here than it says, or are not in the repository: sparse
 * images, which a partial mirror has, are taken only where the project allows them.
 */
export async function checkBlobs(
  tx: Tx,
  repositoryId: number,
  { required, allowsSparse }: { required: readonly Descriptor[]; allowsSparse: boolean },
): Promise<void> {
  const sizes = await findLinkedSizes(tx, repositoryId, [...new Set(required.map((item) => item.digest))]);
  const missing = [...new Set(required.filter((item) => !sizes.has(item.digest)).map((item) => item.digest))];
  if (missing.length > 0 && !allowsSparse) {
    const detail = missing.map((digest) => ({ digest }));
    throw new AppError(
      'manifest_blob_unknown',
      'the manifest names a blob that was not pushed to this repository',
      { detail },
    );
  }
  const wrong = required.find((item) => sizes.has(item.digest) && sizes.get(item.digest) !== item.sizeBytes);
  if (wrong) {
    throw new AppError(
      'manifest_invalid',
      `the manifest says ${wrong.digest} has ${wrong.sizeBytes} bytes, but it has ${sizes.get(wrong.digest)}`,
    );
  }
}

interface PushInTx {
  readonly scope: ProjectScope;
  readonly pushed: PushedManifest;
  readonly manifest: Manifest;
  readonly digest: Digest;
  readonly extraAttrs: Readonly<Record<string, unknown>>;
}

async function pushInTx(deps: ManifestDeps, tx: Tx, push: PushInTx): Promise<void> {
  const { scope, pushed, manifest, digest } = push;
  const nowMs = deps.clock.now();
  const repository = await openRepository(deps, tx, { scope, repository: pushed.repository });
  await lockListing(tx, repository.id);
  const change = { kind: 'push', repository, touches: { tags: pushed.tags } } as const;
  await checkChange(deps.changeGuards, tx, { scope, change });
  await checkBlobs(tx, repository.id, {
    required: requiredBlobs(manifest),
    allowsSparse: scope.project.allowsSparse,
  });
  const accessory = accessoryOf(manifest, pushed.tags);
  const existing = await findArtifact(tx, repository.id, digest);
  if (existing && existing.media_type !== manifest.mediaType) {
    throw new AppError(
      'manifest_invalid',
      `${digest} is here as ${existing.media_type} and cannot be ${manifest.mediaType} as well`,
    );
  }
  const artifactId =
    existing?.id ??
    (await insertArtifact(tx, scope, {
      repositoryId: repository.id,
      digest,
      manifest,
      bytes: pushed.bytes,
      extraAttrs: push.extraAttrs,
      accessory,
      nowMs,
    }));
  if (existing) await fillExtraAttrs(tx, existing, push.extraAttrs);
  if (existing && accessory) await markAccessory(tx, existing, accessory);
  await changeArtifactCount(tx, repository.id, { by: existing ? 0 : 1, nowMs });
  const replaced = new Map<string, string>();
  for (const name of pushed.tags) {
    const { previousDigest } = await putTag(tx, repository.id, { name, artifactId, nowMs });
    if (previousDigest !== undefined) replaced.set(name, previousDigest);
  }
  await recordPush(deps, tx, { ...push, replaced });
}

/** `replaced` has the digests that the tags named before, where they named another. */
async function recordPush(
  deps: ManifestDeps,
  tx: Tx,
  push: PushInTx & { readonly replaced: ReadonlyMap<string, string> },
): Promise<void> {
  const { scope, pushed, manifest, digest } = push;
  const full = `${scope.project.name}/${pushed.repository}`;
  const tags = pushed.tags.length > 0 ? pushed.tags : [undefined];
  for (const tag of tags) {
    const previous = tag === undefined ? undefined : push.replaced.get(tag);
    await deps.audit.record(tx, {
      actor: scope,
      operation: 'create',
      resourceType: 'artifact',
      resource: tag === undefined ? `${full}@${digest}` : `${full}:${tag}`,
      projectId: scope.projectId,
      change: { ...(previous === undefined ? {} : { before: { digest: previous } }), after: { digest } },
    });
  }
  await deps.outbox.record(tx, {
    kind: 'artifact.pushed',
    payload: {
      projectId: scope.projectId,
      projectName: scope.project.name,
      repositoryName: pushed.repository,
      digest,
      tags: pushed.tags,
      mediaType: manifest.mediaType,
    },
  });
}

async function removeByTag(
  deps: ManifestDeps,
  tx: Tx,
  at: { scope: ProjectScope; repository: RepositoryRow; tag: string },
): Promise<void> {
  const { scope, repository } = at;
  const tag = await findTag(tx, repository.id, at.tag);
  if (!tag) throw unknownManifest(scope, repository.name, { kind: 'tag', tag: at.tag });
  const change = { kind: 'delete', repository, touches: { tags: [at.tag] } } as const;
  await checkChange(deps.changeGuards, tx, { scope, change });
  await removeTag(tx, repository.id, at.tag);
  const artifact = await tx
    .selectFrom('artifact')
    .select('digest')
    .where('id', '=', tag.artifact_id)
    .executeTakeFirstOrThrow();
  const resource = `${scope.project.name}/${repository.name}:${at.tag}`;
  await deps.audit.record(tx, {
    actor: scope,
    operation: 'delete',
    resourceType: 'tag',
    resource,
    projectId: scope.projectId,
    change: { before: { digest: artifact.digest } },
  });
  await deps.outbox.record(tx, {
    kind: 'tag.deleted',
    payload: {
      projectId: scope.projectId,
      projectName: scope.project.name,
      repositoryName: repository.name,
      digest: artifact.digest,
      tag: at.tag,
    },
  });
}

/**
 * The manifest alone goes: what refers to it stays, as the referrers API has it. False where so much belongs to it that
 * only a part of that was let go of, and this is to be called again.
 */
async function removeByDigest(
  deps: ManifestDeps,
  tx: Tx,
  at: { scope: ProjectScope; repository: RepositoryRow; digest: Digest },
): Promise<boolean> {
  const { scope, repository, digest } = at;
  const artifact = await findArtifact(tx, repository.id, digest);
  if (!artifact) throw unknownManifest(scope, repository.name, { kind: 'digest', digest });
  const parents = await findParents(tx, repository.id, digest);
  if (parents.length > 0) {
    const detail = parents.map((parent) => ({ index: parent }));
    throw new AppError('unsupported', `${digest} is part of the index ${parents[0]}: delete that first`, {
      detail,
    });
  }
  const change = { kind: 'delete', repository, touches: { artifactIds: [artifact.id] } } as const;
  await checkChange(deps.changeGuards, tx, { scope, change });
  if ((await releaseSome(tx, repository.id, digest)) === RELEASED_AT_ONCE) return false;
  await removeArtifact(tx, repository.id, artifact.id);
  await changeArtifactCount(tx, repository.id, { by: -1, nowMs: deps.clock.now() });
  const resource = `${scope.project.name}/${repository.name}@${digest}`;
  await deps.audit.record(tx, {
    actor: scope,
    operation: 'delete',
    resourceType: 'artifact',
    resource,
    projectId: scope.projectId,
  });
  await deps.outbox.record(tx, {
    kind: 'artifact.deleted',
    payload: {
      projectId: scope.projectId,
      projectName: scope.project.name,
      repositoryName: repository.name,
      digest,
    },
  });
  return true;
}

/** See `removeByDigest` for what it resolves to. */
async function removeInTx(
  deps: ManifestDeps,
  tx: Tx,
  at: { scope: ProjectScope; repository: string; reference: Reference },
): Promise<boolean> {
  const { scope, reference } = at;
  const repository = await findRepository(tx, scope, at.repository);
  if (!repository) throw unknownManifest(scope, at.repository, reference);
  await lockListing(tx, repository.id);
  if (reference.kind === 'digest')
    return removeByDigest(deps, tx, { scope, repository, digest: reference.digest });
  await removeByTag(deps, tx, { scope, repository, tag: reference.tag });
  return true;
}

/**
 * The config's JSON, read before the transaction, which must wait for no file. Only of a blob of this very repository: a
 * sparse manifest may name any digest, and must not show what a private project holds. One that cannot be read is taken
 * all the same.
 */
async function readLinkedConfig(
  deps: ManifestDeps,
  scope: ProjectScope,
  { repository, manifest }: { repository: string; manifest: Manifest },
): Promise<unknown> {
  if (manifest.kind !== 'image') return undefined;
  const { config } = manifest;
  const linked = await findLinkedBlob(deps.db.read, scope, { repository, digest: config.digest });
  return linked === undefined ? undefined : readConfigJson(deps.storage, config);
}

export function createManifestService(deps: ManifestDeps): ManifestService {
  const cache = createManifestCache(deps.marks);
  return {
    async get(scope, at) {
      const reference = at.reference.kind === 'tag' ? at.reference.tag : at.reference.digest;
      const key = { projectId: scope.projectId, repository: at.repository, reference };
      const manifest = await cache.get(key, () => findManifest(deps.db.read, scope, at));
      if (!manifest) throw unknownManifest(scope, at.repository, at.reference);
      return manifest;
    },
    pullCounter(scope, { repository, reference, manifest }) {
      const name = reference.kind === 'tag' ? `:${reference.tag}` : `@${reference.digest}`;
      const pull = {
        artifactId: manifest.artifactId,
        repositoryId: manifest.repositoryId,
        tagId: manifest.tagId,
        projectId: scope.projectId,
        resource: `${scope.project.name}/${repository}${name}`,
        principal: scope.principal,
      };
      return (by) => deps.activity.pulled(pull, by);
    },
    async push(scope, pushed) {
      await checkGuards(deps.guards, pushed.bytes.byteLength);
      const manifest = parseManifest(pushed.bytes, pushed.contentType);
      const digest = digestOf(pushed.bytes, pushed.digest ? digestAlgorithm(pushed.digest) : 'sha256');
      if (pushed.digest && pushed.digest !== digest) {
        throw new AppError('digest_invalid', `the manifest has the digest ${digest}, not ${pushed.digest}`);
      }
      const config = await readLinkedConfig(deps, scope, { repository: pushed.repository, manifest });
      const extraAttrs = readExtraAttrs(manifest, config);
      await deps.db.tx((tx) => pushInTx(deps, tx, { scope, pushed, manifest, digest, extraAttrs }));
      return { digest, subject: manifest.subject?.digest ?? null };
    },
    async remove(scope, at) {
      // In several transactions where very much is let go of, so that others write in between.
      while (!(await deps.db.tx((tx) => removeInTx(deps, tx, { scope, ...at }))));
    },
  };
}
