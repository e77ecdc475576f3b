import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestAlgorithm, digestHex, type Digest } from '../lib/digest.ts';
import { openFolder, syncFolder, type SyncedFolder } from '../lib/durable.ts';
import { AppError } from '../lib/errors.ts';
import type { ByteRange } from '../lib/range.ts';
import type { BlobStorage } from './port.ts';
import { readChunks, ReadBuffers } from './read-chunks.ts';
import {
  closeUpload,
  hashUpload,
  isMissing,
  openAny,
  sizeOf,
  UploadFiles,
  type UploadFile,
} from './upload-files.ts';
import { DiskFailure, SyncFailure, UploadWriter } from './upload-writer.ts';

// blobs/<algorithm>/<first two hex>/<hex>   a blob, never changed once it is there
// uploads/<upload id>                        bytes received so far; its length is the upload's offset
/** A blob of more than that is looked for before it is written a second time. */
const LOOKED_FOR_BYTES = 1024 * 1024;

async function removeFile(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(String((error as NodeJS.ErrnoException | null)?.code));

/** Turns what the disk says into what a person can do about it. */
function explain(error: unknown): unknown {
  if (isFull(error)) {
    return new AppError(
      'denied',
      "the registry's disk is full: nothing more can be pushed until space is freed",
      { cause: error },
    );
  }
  return error;
}

const unknownUpload = (): AppError => new AppError('upload_unknown', 'there is no such upload');

class FilesystemStorage implements BlobStorage {
  readonly name = 'filesystem';
  readonly #blobs: string;
  readonly #uploadFolder: string;
  readonly #uploads: UploadFiles;
  readonly #busy = new Set<string>();
  readonly #writer = new UploadWriter();
  readonly #readBuffers = new ReadBuffers();
  /** Folders of blobs whose own names are durable: whoever made one may not have come to that, so each run does it. */
  readonly #folders = new Map<string, Promise<SyncedFolder>>();
  readonly #algorithmFolders = new Map<string, SyncedFolder>();

  constructor(root: string) {
    this.#blobs = join(root, 'blobs');
    this.#uploadFolder = join(root, 'uploads');
    this.#uploads = new UploadFiles(this.#uploadFolder);
  }

  async prepare(): Promise<void> {
    await mkdir(this.#uploadFolder, { recursive: true, mode: 0o700 });
    for (const algorithm of ['sha256', 'sha512']) {
      const path = join(this.#blobs, algorithm);
      await mkdir(path, { recursive: true, mode: 0o700 });
      this.#algorithmFolders.set(path, await openFolder(path));
    }
    await syncFolder(this.#blobs);
    // The name `blobs` itself, without which nothing below it could be found after a power cut.
    await syncFolder(dirname(this.#blobs));
  }

  #blobFolder(digest: Digest): string {
    return join(this.#blobs, digestAlgorithm(digest), digestHex(digest).slice(0, 2));
  }

  #blobPath(digest: Digest): string {
    return join(this.#blobFolder(digest), digestHex(digest));
  }

  /** One writer an upload: two would interleave their bytes. */
  async #alone<T>(uploadId: string, work: () => Promise<T>): Promise<T> {
    if (this.#busy.has(uploadId)) {
      throw new AppError(
        'upload_busy',
        'another request is writing to this upload: wait for it to end, or start a new upload',
      );
    }
    this.#busy.add(uploadId);
    try {
      return await work();
    } catch (error) {
      throw explain(error);
    } finally {
      this.#busy.delete(uploadId);
    }
  }

  createUpload(uploadId: string): Promise<void> {
    this.#uploads.create(uploadId);
    return Promise.resolve();
  }

  uploadSize(uploadId: string): Promise<number | undefined> {
    return this.#uploads.sizeOf(uploadId);
  }

  append(uploadId: string, offset: number, source: AsyncIterable<Uint8Array>): Promise<number> {
    return this.#alone(uploadId, async () => {
      const upload = await this.#uploads.take(uploadId);
      if (!upload) throw unknownUpload();
      if (upload.size !== offset) {
        this.#uploads.keep(upload);
        throw new AppError(
          'range_invalid',
          `the chunk begins at byte ${offset}, but ${upload.size} bytes are here`,
        );
      }
      try {
        await this.#writer.write(upload, source);
      } catch (error) {
        if (error instanceof DiskFailure) {
          await this.#abandon(upload, { error, offset });
          throw error.cause;
        }
        this.#uploads.keep(upload);
        throw error;
      }
      this.#uploads.keep(upload);
      return upload.size;
    });
  }

  /** After a failed write the file alone says what is there, and it is opened anew by whoever goes on. */
  async #abandon(upload: UploadFile, failed: { error: DiskFailure; offset: number }): Promise<void> {
    const mayRetry = isFull(failed.error.cause) && !(failed.error instanceof SyncFailure);
    try {
      // What a full disk refused must not keep it full: the client starts this chunk anew.
      if (mayRetry) await (upload.handle ?? upload.direct)?.truncate(failed.offset);
      // What was lost once, a later sync would not find: none of it can be trusted.
      else await removeFile(upload.path);
    } finally {
      this.#uploads.end(upload);
    }
    // Not even an empty file could be made: the upload is as it was before.
    if (mayRetry && !upload.handle && !upload.direct) this.#uploads.create(upload.id);
  }

  commit(uploadId: string, digest: Digest): Promise<number> {
    return this.#alone(uploadId, async () => {
      const upload = await this.#uploads.take(uploadId);
      if (!upload) throw unknownUpload();
      try {
        const algorithm = digestAlgorithm(digest);
        const hex = await hashUpload(upload, algorithm);
        if (hex !== digestHex(digest)) {
          throw new AppError(
            'digest_invalid',
            `the content has the digest ${algorithm}:${hex}, not ${digest}: push it again`,
          );
        }
        await this.#place(upload, digest);
      } catch (error) {
        // Wrong content, or a disk that did not take it: then a second try could be told of a success that is none.
        this.#uploads.end(upload);
        await removeFile(upload.path);
        throw error;
      }
      return upload.size;
    });
  }

  async #place(upload: UploadFile, digest: Digest): Promise<void> {
    const isHere = upload.size > LOOKED_FOR_BYTES && (await sizeOf(this.#blobPath(digest))) !== undefined;
    const handle = await openAny(upload);
    if (!isHere) await handle.datasync();
    // Windows moves no file that is open; elsewhere nobody needs to wait.
    if (process.platform === 'win32') await closeUpload(upload);
    this.#uploads.end(upload);
    const folder = await this.#blobFolderOf(digest);
    if (isHere) await removeFile(upload.path);
    // A small one that is here already is just written again, with the same bytes: cheaper than to look for it.
    else await rename(upload.path, this.#blobPath(digest));
    // Also when it is here: somebody may have renamed it a moment ago and not have synced its name yet.
    await folder.sync();
  }

  /** The blob's folder, made durably at its first blob. */
  #blobFolderOf(digest: Digest): Promise<SyncedFolder> {
    const path = this.#blobFolder(digest);
    const known = this.#folders.get(path);
    if (known) return known;
    const opened = this.#openBlobFolder(path);
    this.#folders.set(path, opened);
    opened.catch(() => this.#folders.delete(path));
    return opened;
  }

  async #openBlobFolder(path: string): Promise<SyncedFolder> {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await this.#algorithmFolders.get(dirname(path))?.sync();
    return openFolder(path);
  }

  cancelUpload(uploadId: string): Promise<boolean> {
    return this.#alone(uploadId, async () => {
      const upload = await this.#uploads.take(uploadId);
      if (!upload) return false;
      this.#uploads.end(upload);
      await removeFile(upload.path);
      return true;
    });
  }

  async listUploads(): Promise<readonly string[]> {
    const files = (await readdir(this.#uploadFolder)).filter((name) => UploadFiles.isId(name));
    return [...new Set([...files, ...this.#uploads.known()])];
  }

  size(digest: Digest): Promise<number | undefined> {
    return sizeOf(this.#blobPath(digest));
  }

  async read(digest: Digest, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const path = this.#blobPath(digest);
    const size = await sizeOf(path);
    if (size === undefined) throw new AppError('blob_unknown', `blob ${digest} is not stored here`);
    const wanted = range ?? { start: 0, end: size - 1 };
    // Better an error than a body that never ends: a damaged disk, or a backup that was cut short.
    if (wanted.end >= size) throw new Error(`blob ${digest} has only ${size} bytes on disk`);
    return readChunks(path, wanted, this.#readBuffers);
  }

  remove(digest: Digest): Promise<boolean> {
    return removeFile(this.#blobPath(digest));
  }

  async close(): Promise<void> {
    await this.#uploads.closeAll();
    const folders = await Promise.allSettled(this.#folders.values());
    this.#folders.clear();
    for (const folder of folders) if (folder.status === 'fulfilled') await folder.value.close();
    for (const folder of this.#algorithmFolders.values()) await folder.close();
    this.#algorithmFolders.clear();
  }
}

/** Blobs in a folder of this machine. Creates the folders below `root` where they are missing. */
export async function openFilesystemStorage(root: string): Promise<BlobStorage> {
  const storage = new FilesystemStorage(root);
  await storage.prepare();
  return storage;
}
