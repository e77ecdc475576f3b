import type { ProjectScope } from '../../access/scope.ts';
import type { Database, Db, Tx } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Digest } from '../../lib/digest.ts';
import { AppError } from '../../lib/errors.ts';
import type { Ids } from '../../lib/ids.ts';
import type { ByteRange } from '../../lib/range.ts';
import { SMALL_BLOB_BYTES, type SmallBlobStorage } from '../../storage/small-blobs.ts';
import type { Activity } from './activity.ts';
import {
  findBlobHolders,
  findLinkedBlob,
  findUpload,
  insertUpload,
  isBlobReferenced,
  linkBlob,
  listUploads,
  matchesUpload,
  removeUpload,
  touchUpload,
  unlinkBlob,
  type UploadFilter,
  type UploadRow,
} from './blob-store.ts';
import { openRepository } from './open-repository.ts';
import { findRepository } from './repository-store.ts';
import type { UploadIntake } from './upload-intake.ts';

/** Projects looked at when a mount names no source. */
const MAX_HOLDERS = 100;
/** An upload that was touched so short a time ago is not touched again. */
const TOUCH_MS = 60_000;
/** Uploads listed at once. */
const UPLOAD_PAGE = 500;

export interface UploadAt {
  readonly repository: string;
  readonly uploadId: string;
}
export interface BlobAt {
  readonly repository: string;
  readonly digest: Digest;
}
export interface MountSource {
  readonly projectId: number;
  /** Name without the project. */
  readonly repository: string;
}

export interface BlobService {
  /** Size in bytes of a blob of the repository; undefined when it is not linked there. Renews its grace time. */
  find(scope: ProjectScope, at: BlobAt): Promise<number | undefined>;
  /** The blob's bytes; ask {@link find} first. */
  read(digest: Digest, range?: ByteRange): Promise<AsyncIterable<Uint8Array>>;
  /** The whole blob, if it is in memory, which only small ones ever are. Ask {@link find} first. */
  peek(digest: Digest): Buffer | undefined;
  isSmall(sizeBytes: number): boolean;
  /** Renews the blob's grace time, as {@link find} does. */
  noteSeen(digest: Digest): void;
  /** Takes the blob out of the repository; `unsupported` while a manifest there needs it. */
  remove(scope: ProjectScope, at: BlobAt): Promise<void>;
  /** Begins an upload and resolves to its id; throws `denied` or `too_many_requests` as {@link UploadIntake.admit}. */
  startUpload(scope: ProjectScope, repository: string): Promise<string>;
  /** Bytes received; throws `upload_unknown`. */
  uploadSize(scope: ProjectScope, at: UploadAt): Promise<number>;
  /**
   * Appends at `offset`; resolves to the new size. Throws as BlobStorage.append and UploadIntake.receive do; an upload
   * that a guard refuses is dropped.
   */
  append(
    scope: ProjectScope,
    at: UploadAt,
    chunk: { offset: number; source: AsyncIterable<Uint8Array> },
  ): Promise<number>;
  /** Ends the upload as that blob of the repository: durable when it resolves. */
  finishUpload(scope: ProjectScope, at: UploadAt, digest: Digest): Promise<void>;
  cancelUpload(scope: ProjectScope, at: UploadAt): Promise<void>;
  /** Links a blob from elsewhere; false when no readable source has it. `mayPull` decides by project. */
  mount(
    scope: ProjectScope,
    at: BlobAt,
    mount: { source?: MountSource | undefined; mayPull: (projectId: number) => Promise<boolean> },
  ): Promise<boolean>;
  /** Brings storage and rows of uploads together after a crash, before requests are served. */
  settleUploads(): Promise<void>;
  /** Drops the uploads that match and that nobody is writing to; resolves to how many. Throws when the signal aborts. */
  dropUploads(where: UploadFilter, signal: AbortSignal): Promise<number>;
}

export interface BlobDeps {
  readonly db: Database;
  readonly storage: SmallBlobStorage;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  readonly activity: Activity;
  readonly intake: UploadIntake;
  readonly clock: Clock;
  readonly ids: Ids;
}

const accountOf = ({ principal }: ProjectScope): number => (principal.kind === 'user' ? principal.userId : 0);

const unknownUpload = (uploadId: string): AppError =>
  new AppError(
    'upload_unknown',
    `upload ${uploadId} is not known here: it ended, was cancelled or was idle too long; start a new one`,
  );

/** Links the blob, making the repository at its first one. */
async function linkIn(
  deps: BlobDeps,
  tx: Tx,
  link: { scope: ProjectScope; repository: string; digest: Digest; sizeBytes: number },
): Promise<void> {
  const { scope, repository } = link;
  const nowMs = deps.clock.now();
  const row = await openRepository(deps, tx, { scope, repository });
  await linkBlob(tx, row.id, { digest: link.digest, sizeBytes: link.sizeBytes, nowMs });
}

/** An upload is told by the row of the manifest that needs it; a mount takes what another repository has. */
async function recordBlob(
  deps: BlobDeps,
  tx: Tx,
  did: { scope: ProjectScope; at: BlobAt; operation: 'create' | 'delete'; description?: string },
): Promise<void> {
  const { scope, at, operation, description } = did;
  const resource = `${scope.project.name}/${at.repository}@${at.digest}`;
  await deps.audit.record(tx, {
    actor: scope,
    operation,
    resourceType: 'blob',
    resource,
    projectId: scope.projectId,
    ...(description === undefined ? {} : { description: `${description}: ${resource}` }),
  });
}

export function createBlobService(deps: BlobDeps): BlobService {
  const { db, storage, clock } = deps;

  async function requireUpload(scope: ProjectScope, at: UploadAt): Promise<UploadRow> {
    const row = await findUpload(db.read, scope, at);
    if (!row) throw unknownUpload(at.uploadId);
    return row;
  }
  async function forgetUpload(uploadId: string): Promise<void> {
    await db.quickTx((tx) => removeUpload(tx, uploadId));
  }
  async function touchFirst(uploadId: string, createdMs: number): Promise<number> {
    const nowMs = Math.max(clock.now(), createdMs + 1);
    await db.quickTx((tx) => touchUpload(tx, uploadId, nowMs));
    return nowMs;
  }
  /** Writes down that the upload goes on, where that is not known to the minute; resolves to the instant known now. */
  async function touch(uploadId: string, knownMs: number): Promise<number> {
    const nowMs = clock.now();
    if (nowMs - knownMs < TOUCH_MS) return knownMs;
    await db.quickTx((tx) => touchUpload(tx, uploadId, nowMs));
    return nowMs;
  }

  return {
    async find(scope, at) {
      const size = await findLinkedBlob(db.read, scope, at);
      if (size !== undefined) deps.activity.blobSeen(at.digest);
      return size;
    },
    read: (digest, range) => storage.read(digest, range),
    peek: (digest) => storage.peek(digest),
    isSmall: (sizeBytes) => sizeBytes <= SMALL_BLOB_BYTES,
    noteSeen: (digest) => deps.activity.blobSeen(digest),
    remove: (scope, at) =>
      db.tx(async (tx) => {
        const unknown = new AppError(
          'blob_unknown',
          `blob ${at.digest} is not in ${scope.project.name}/${at.repository}`,
        );
        const repository = await findRepository(tx, scope, at.repository);
        if (!repository) throw unknown;
        if (await isBlobReferenced(tx, repository.id, at.digest)) {
          throw new AppError(
            'unsupported',
            `blob ${at.digest} is part of an artifact in ${scope.project.name}/${at.repository}: delete that first`,
          );
        }
        if (!(await unlinkBlob(tx, repository.id, at.digest))) throw unknown;
        await recordBlob(deps, tx, { scope, at, operation: 'delete' });
        const payload = {
          projectId: scope.projectId,
          projectName: scope.project.name,
          repositoryName: at.repository,
          digest: at.digest,
        };
        await deps.outbox.record(tx, { kind: 'blob.deleted', payload });
      }),
    async startUpload(scope, repository) {
      await deps.intake.admit(accountOf(scope));
      const id = deps.ids.uuid();
      await storage.createUpload(id);
      // No promise to keep yet: a client whose upload is lost with the machine's power starts another.
      await db.quickTx((tx) => insertUpload(tx, scope, { id, repository, nowMs: clock.now() }));
      return id;
    },
    async uploadSize(scope, at) {
      await requireUpload(scope, at);
      const size = await storage.uploadSize(at.uploadId);
      if (size === undefined) throw unknownUpload(at.uploadId);
      return size;
    },
    async append(scope, at, chunk) {
      const { active_at: activeAt } = await requireUpload(scope, at);
      let knownMs = await touch(at.uploadId, activeAt);
      try {
        const size = await deps.intake.receive(accountOf(scope), chunk.source, {
          write: (source) => storage.append(at.uploadId, chunk.offset, source),
          drop: () => storage.cancelUpload(at.uploadId).then(() => forgetUpload(at.uploadId)),
        });
        // The row tells of the first bytes: after a crash, an upload without them begins anew, and one with them does not.
        if (chunk.offset === 0 && size > 0) knownMs = await touchFirst(at.uploadId, knownMs);
        return size;
      } finally {
        // A chunk may take longer than an upload may be idle.
        await touch(at.uploadId, knownMs);
      }
    },
    async finishUpload(scope, at, digest) {
      await requireUpload(scope, at);
      let sizeBytes: number;
      try {
        sizeBytes = await storage.commit(at.uploadId, digest);
      } catch (error) {
        // The storage dropped the bytes, so the session is over as well; not where another request has it.
        if (!(error instanceof AppError && error.code === 'upload_busy')) await forgetUpload(at.uploadId);
        throw error;
      }
      await db.tx(async (tx) => {
        await linkIn(deps, tx, { scope, repository: at.repository, digest, sizeBytes });
        await removeUpload(tx, at.uploadId);
      });
    },
    async cancelUpload(scope, at) {
      await requireUpload(scope, at);
      await storage.cancelUpload(at.uploadId);
      await forgetUpload(at.uploadId);
    },
    async settleUploads() {
      const stored = new Set(await storage.listUploads());
      for (const uploadId of stored) {
        if (!(await matchesUpload(db.read, {}, uploadId))) await storage.cancelUpload(uploadId);
      }
      // Begun before the crash, and without a byte so far: storage need not have written that down.
      for await (const uploadId of eachUpload(db.read, { isUntouched: true })) {
        if (!stored.has(uploadId)) await storage.createUpload(uploadId);
      }
    },
    mount: (scope, at, mount) => mountBlob(deps, { scope, at, mount }),
    async dropUploads(where, signal) {
      let dropped = 0;
      for await (const uploadId of eachUpload(db.read, where)) {
        signal.throwIfAborted();
        if (await dropUpload(deps, where, uploadId)) dropped++;
      }
      return dropped;
    },
  };
}

/** Ids of all that match, a page at a time. */
async function* eachUpload(db: Db, where: UploadFilter): AsyncGenerator<string, void, undefined> {
  for (let afterId: string | undefined = ''; afterId !== undefined;) {
    const page: string[] = await listUploads(db, where, { afterId, limit: UPLOAD_PAGE });
    yield* page;
    afterId = page.at(-1);
  }
}

/** Drops one upload, unless somebody went on with it or is writing to it now. */
async function dropUpload(deps: BlobDeps, where: UploadFilter, uploadId: string): Promise<boolean> {
  if (!(await matchesUpload(deps.db.read, where, uploadId))) return false;
  try {
    await deps.storage.cancelUpload(uploadId);
  } catch (error) {
    if (error instanceof AppError && error.code === 'upload_busy') return false;
    throw error;
  }
  await deps.db.tx((tx) => removeUpload(tx, uploadId));
  return true;
}

async function mountBlob(
  deps: BlobDeps,
  request: { scope: ProjectScope; at: BlobAt; mount: Parameters<BlobService['mount']>[2] },
): Promise<boolean> {
  const { scope, at, mount } = request;
  const holders = await findBlobHolders(deps.db.read, at.digest, { ...mount.source, limit: MAX_HOLDERS });
  for (const holder of holders) {
    // Only what the caller may pull: anything else would tell whether a private blob exists.
    if (!(await mount.mayPull(holder.projectId))) continue;
    await deps.db.tx(async (tx) => {
      const { sizeBytes } = holder;
      await linkIn(deps, tx, { scope, repository: at.repository, digest: at.digest, sizeBytes });
      // Not which one: whoever reads the log of this project need not know of the other.
      const from = holder.projectId === scope.projectId ? 'this project' : 'another project';
      await recordBlob(deps, tx, { scope, at, operation: 'create', description: `mount blob from ${from}` });
    });
    return true;
  }
  return false;
}
