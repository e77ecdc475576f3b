import type { ProjectScope } from '../../access/scope.ts';
import type { Database, Tx } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { digestAlgorithm, digestOf, type Digest } from '../../lib/digest.ts';
import { AppError } from '../../lib/errors.ts';
import { parseManifest, requiredBlobs, type Descriptor, type Manifest } from '../../lib/manifest.ts';
import type { BlobStorage } from '../../storage/port.ts';
import { accessoryOf } from './accessories.ts';
import { fillExtraAttrs, findArtifact, insertArtifact, markAccessory, putTag } from './artifact-store.ts';
import { findLinkedBlob, findLinkedSizes, linkBlob } from './blob-store.ts';
import { checkChange, type ChangeGuard } from './change-guard.ts';
import { readExtraAttrs } from './extra-attrs.ts';
import { readConfigJson } from './image-config.ts';
import { lockListing } from './listed-store.ts';
import { openRepository } from './open-repository.ts';
import { changeArtifactCount } from './repository-store.ts';

/** What a push is written with. */
export interface PushDeps {
  readonly db: Database;
  readonly storage: BlobStorage;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  /** Asked before tags change. */
  readonly changeGuards: readonly ChangeGuard[];
}

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

export interface PreparedPush {
  readonly scope: ProjectScope;
  readonly pushed: PushedManifest;
  readonly manifest: Manifest;
  readonly digest: Digest;
  readonly extraAttrs: Readonly<Record<string, unknown>>;
}

/** Writes the manifest and its tags; throws where a guard refuses, or what it needs is not in the repository. */
export async function pushInTx(deps: PushDeps, tx: Tx, push: PreparedPush): Promise<void> {
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
  deps: PushDeps,
  tx: Tx,
  push: PreparedPush & { readonly replaced: ReadonlyMap<string, string> },
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

/**
 * The config's JSON, read before the transaction, which must wait for no file. Only of a blob of this very repository: a
 * sparse manifest may name any digest, and must not show what a private project holds. One that cannot be read is taken
 * all the same.
 */
export async function readLinkedConfig(
  deps: Pick<PushDeps, 'db' | 'storage'>,
  scope: ProjectScope,
  { repository, manifest }: { repository: string; manifest: Manifest },
): Promise<unknown> {
  if (manifest.kind !== 'image') return undefined;
  const { config } = manifest;
  const linked = await findLinkedBlob(deps.db.read, scope, { repository, digest: config.digest });
  return linked === undefined ? undefined : readConfigJson(deps.storage, config);
}

/** What is known of a manifest before the transaction. `readConfig` gives its config's JSON, where that may be read. */
export async function preparePush(
  scope: ProjectScope,
  pushed: PushedManifest,
  readConfig: (manifest: Manifest) => Promise<unknown>,
): Promise<PreparedPush> {
  const manifest = parseManifest(pushed.bytes, pushed.contentType);
  const digest = digestOf(pushed.bytes, pushed.digest ? digestAlgorithm(pushed.digest) : 'sha256');
  if (pushed.digest && pushed.digest !== digest) {
    throw new AppError('digest_invalid', `the manifest has the digest ${digest}, not ${pushed.digest}`);
  }
  const extraAttrs = readExtraAttrs(manifest, await readConfig(manifest));
  return { scope, pushed, manifest, digest, extraAttrs };
}

/** An image with all that it needs, whose blobs are in storage already. */
export interface WholeImage {
  readonly repository: string;
  /** The caller has shown that it has their bytes. */
  readonly blobs: readonly { readonly digest: Digest; readonly sizeBytes: number }[];
  /** Children before the indexes that list them. */
  readonly manifests: readonly Omit<PushedManifest, 'repository'>[];
}

/** Takes the image, all or nothing, as if its blobs and then its manifests were pushed. Throws as a push does. */
export async function pushWhole(deps: PushDeps, scope: ProjectScope, image: WholeImage): Promise<void> {
  const { repository, blobs } = image;
  const mayRead = new Set(blobs.map((blob) => blob.digest));
  const prepared: PreparedPush[] = [];
  for (const each of image.manifests)
    prepared.push(
      await preparePush(scope, { ...each, repository }, async (manifest) =>
        manifest.kind === 'image' && mayRead.has(manifest.config.digest)
          ? readConfigJson(deps.storage, manifest.config)
          : undefined,
      ),
    );
  await deps.db.tx(async (tx) => {
    const { id } = await openRepository(deps, tx, { scope, repository });
    await lockListing(tx, id);
    const nowMs = deps.clock.now();
    for (const blob of blobs) await linkBlob(tx, id, { ...blob, nowMs });
    for (const push of prepared) await pushInTx(deps, tx, push);
  });
}
