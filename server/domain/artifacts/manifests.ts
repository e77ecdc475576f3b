import type { ProjectScope } from '../../access/scope.ts';
import type { Tx } from '../../db/database.ts';
import type { Digest } from '../../lib/digest.ts';
import { AppError } from '../../lib/errors.ts';
import type { Reference } from '../../lib/reference.ts';
import type { Activity, Puller } from './activity.ts';
import {
  findArtifact,
  findManifest,
  findParents,
  findTag,
  removeArtifact,
  removeTag,
  type StoredManifest,
} from './artifact-store.ts';
import { lockListing, RELEASED_AT_ONCE, releaseSome } from './listed-store.ts';
import { createManifestCache } from './manifest-cache.ts';
import type { RepositoryMarks } from './repository-marks.ts';
import { checkChange } from './change-guard.ts';
import {
  preparePush,
  pushInTx,
  pushWhole,
  readLinkedConfig,
  type PushDeps,
  type PushedManifest,
  type PushResult,
  type WholeImage,
} from './pushing.ts';
import { checkGuards, type PushGuard } from './push-guard.ts';
import { changeArtifactCount, findRepository, type RepositoryRow } from './repository-store.ts';

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
  /** The same for an image whose blobs are in storage and linked nowhere so far; see {@link WholeImage}. */
  pushWhole(scope: ProjectScope, image: WholeImage): Promise<void>;
  /** Removes the tag, or the manifest with all its tags; `unsupported` while an index lists it. */
  remove(scope: ProjectScope, at: { repository: string; reference: Reference }): Promise<void>;
}

export interface ManifestDeps extends PushDeps {
  /** Asked before a manifest is taken. */
  readonly guards: readonly PushGuard[];
  readonly activity: Activity;
  readonly marks: RepositoryMarks;
}

const unknownManifest = (scope: ProjectScope, repository: string, reference: Reference): AppError => {
  const name = reference.kind === 'tag' ? `:${reference.tag}` : `@${reference.digest}`;
  return new AppError('manifest_unknown', `${scope.project.name}/${repository}${name} is not here`);
};

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
      const { repository } = pushed;
      const push = await preparePush(scope, pushed, (manifest) =>
        readLinkedConfig(deps, scope, { repository, manifest }),
      );
      await deps.db.tx((tx) => pushInTx(deps, tx, push));
      return { digest: push.digest, subject: push.manifest.subject?.digest ?? null };
    },
    async pushWhole(scope, image) {
      await checkGuards(
        deps.guards,
        image.manifests.reduce((sum, { bytes }) => sum + bytes.byteLength, 0),
      );
      await pushWhole(deps, scope, image);
    },
    async remove(scope, at) {
      // In several transactions where very much is let go of, so that others write in between.
      while (!(await deps.db.tx((tx) => removeInTx(deps, tx, { scope, ...at }))));
    },
  };
}
