import type { ProjectScope } from '../../access/scope.ts';
import type { Database, Tx } from '../../db/database.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Digest } from '../../lib/digest.ts';
import { AppError } from '../../lib/errors.ts';
import type { Ids } from '../../lib/ids.ts';
import type { BlobStorage } from '../../storage/port.ts';
import { insertUpload, noteBlob, removeUpload, touchUpload, touchUploadsUnder } from './blob-store.ts';
import type { UploadIntake } from './upload-intake.ts';

/**
 * Bytes that come before anybody has said which repository they are for: unfinished uploads under a name that no repository
 * can have. Whatever is not finished is dropped with the other uploads that nobody goes on with.
 */
export interface Staging {
  /** Begins to take a file; throws as UploadIntake.admit. */
  open(scope: ProjectScope, group: string): Promise<string>;
  /** Takes its bytes; resolves to their number. */
  write(uploadId: string, source: AsyncIterable<Uint8Array>): Promise<number>;
  /** Forgets one file. */
  drop(uploadId: string): Promise<void>;
  /** Forgets all that is left of a group. */
  dropGroup(scope: ProjectScope, group: string): Promise<void>;
  /** In the transaction that keeps the group: it goes on now. */
  touch(tx: Tx, group: string): Promise<void>;
  /**
   * Makes a blob of the file, durably; where that was done before (and not written down), it stays so. Throws
   * `upload_unknown` where the file is gone.
   */
  store(file: { uploadId: string; digest: Digest; sizeBytes: number }): Promise<void>;
  /** In a transaction after {@link store}: storage has the blobs, and the uploads are over. */
  noteStored(
    tx: Tx,
    files: readonly { uploadId: string; digest: Digest; sizeBytes: number }[],
  ): Promise<void>;
}

/** All uploads under one name. */
export interface UploadGroup {
  readonly projectId: number;
  readonly repository: string;
}

export interface StagingDeps {
  readonly db: Database;
  readonly storage: BlobStorage;
  readonly intake: UploadIntake;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Drops the uploads of a group that nobody is writing to. */
  readonly dropUploads: (group: UploadGroup) => Promise<unknown>;
}

/** No repository's name has that. */
const nameOf = (group: string): string => `~${group}`;

export function createStaging(deps: StagingDeps): Staging {
  const { db, storage, clock } = deps;
  return {
    async open(scope, group) {
      await deps.intake.admit(scope.principal.kind === 'user' ? scope.principal.userId : 0);
      const id = deps.ids.uuid();
      await storage.createUpload(id);
      const nowMs = clock.now();
      await db.quickTx(async (tx) => {
        await insertUpload(tx, scope, { id, repository: nameOf(group), nowMs });
        // As one that bytes came to: after a crash one without them is of no use here.
        await touchUpload(tx, id, nowMs + 1);
      });
      return id;
    },
    write: (uploadId, source) => storage.append(uploadId, 0, source),
    async drop(uploadId) {
      await storage.cancelUpload(uploadId);
      await db.quickTx((tx) => removeUpload(tx, uploadId));
    },
    async dropGroup(scope, group) {
      await deps.dropUploads({ projectId: scope.projectId, repository: nameOf(group) });
    },
    touch: (tx, group) => touchUploadsUnder(tx, nameOf(group), clock.now()),
    async store({ uploadId, digest, sizeBytes }) {
      try {
        await storage.commit(uploadId, digest);
      } catch (error) {
        const isGone = error instanceof AppError && error.code === 'upload_unknown';
        if (!isGone || (await storage.size(digest)) !== sizeBytes) throw error;
      }
    },
    async noteStored(tx, files) {
      for (const { uploadId, digest, sizeBytes } of files) {
        await noteBlob(tx, { digest, sizeBytes, nowMs: clock.now() });
        await removeUpload(tx, uploadId);
      }
    },
  };
}
