import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { digestAlgorithm, digestHex, type Digest, type DigestAlgorithm } from '../lib/digest.ts';
import { renameFile, syncFolder } from '../lib/durable.ts';
import { AppError } from '../lib/errors.ts';
import type { BlobStorage } from './port.ts';
import { UploadHashes } from './upload-hash.ts';

// blobs/<algorithm>/<first two hex>/<hex>   a blob, never changed once it is there
// uploads/<upload id>                        bytes received so far; its length is the upload's offset
const UPLOAD_ID = /^[0-9a-f-]{36}$/;
const WRITE_BATCH_BYTES = 1024 * 1024;
const READ_BUFFER_BYTES = 512 * 1024;

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function removeFile(path: string): Promise<boolean> {
  try {
    await rm(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function hashFile(path: string, algorithm: DigestAlgorithm): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path, { highWaterMark: WRITE_BATCH_BYTES }), hash);
  return hash.digest('hex');
}

async function writeAll(file: FileHandle, chunks: Uint8Array[], position: number): Promise<void> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const { bytesWritten } = await file.writev(chunks, position);
  if (bytesWritten === total) return;
  // A short write means the disk is nearly full; the next one tells why.
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  for (let done = 0; done < rest.byteLength;) {
    done += (await file.write(rest, done, rest.byteLength - done, position + bytesWritten + done))
      .bytesWritten;
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

class FilesystemStorage implements BlobStorage {
  readonly name = 'filesystem';
  readonly #blobs: string;
  readonly #uploads: string;
  readonly #hashes = new UploadHashes();
  readonly #busy = new Set<string>();
  readonly #durableFolders = new Set<string>();

  constructor(root: string) {
    this.#blobs = join(root, 'blobs');
    this.#uploads = join(root, 'uploads');
  }

  async prepare(): Promise<void> {
    await mkdir(this.#uploads, { recursive: true, mode: 0o700 });
    for (const algorithm of ['sha256', 'sha512']) {
      await mkdir(join(this.#blobs, algorithm), { recursive: true, mode: 0o700 });
    }
    await syncFolder(this.#blobs);
  }

  #uploadPath(uploadId: string): string {
    if (!UPLOAD_ID.test(uploadId)) throw new AppError('upload_unknown', 'there is no such upload');
    return join(this.#uploads, uploadId);
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

  async createUpload(uploadId: string): Promise<void> {
    const file = await open(this.#uploadPath(uploadId), 'wx', 0o600).catch((error: unknown) => {
      throw explain(error);
    });
    await file.close();
    this.#hashes.begin(uploadId);
  }

  uploadSize(uploadId: string): Promise<number | undefined> {
    return sizeOf(this.#uploadPath(uploadId));
  }

  append(uploadId: string, offset: number, source: AsyncIterable<Uint8Array>): Promise<number> {
    const path = this.#uploadPath(uploadId);
    return this.#alone(uploadId, async () => {
      const size = await sizeOf(path);
      if (size === undefined) throw new AppError('upload_unknown', 'there is no such upload');
      if (size !== offset)
        throw new AppError('range_invalid', `the chunk begins at byte ${offset}, but ${size} bytes are here`);
      const file = await open(path, 'r+');
      try {
        return await this.#writeStream(file, { uploadId, offset }, source);
      } catch (error) {
        // What a full disk refused must not keep it full: the client starts this chunk anew.
        if (isFull(error)) await file.truncate(offset);
        throw error;
      } finally {
        await file.close();
      }
    });
  }

  /** Collects about 1 MiB, writes it without waiting, and hashes the next meanwhile. */
  async #writeStream(
    file: FileHandle,
    at: { uploadId: string; offset: number },
    source: AsyncIterable<Uint8Array>,
  ): Promise<number> {
    let batch: Uint8Array[] = [];
    let batchBytes = 0;
    let position = at.offset;
    let writing: Promise<void> = Promise.resolve();
    const flush = async (): Promise<void> => {
      await writing;
      if (batchBytes === 0) return;
      writing = writeAll(file, batch, position);
      // The failure is thrown where it is awaited next; this only keeps it from being "unhandled" until then.
      writing.catch(() => undefined);
      position += batchBytes;
      batch = [];
      batchBytes = 0;
    };
    try {
      for await (const chunk of source) {
        this.#hashes.update(at.uploadId, position + batchBytes, chunk);
        batch.push(chunk);
        batchBytes += chunk.byteLength;
        if (batchBytes >= WRITE_BATCH_BYTES) await flush();
      }
    } finally {
      // Also when the client broke off: what was received stays, so that it can resume.
      await flush();
      await writing;
    }
    return position;
  }

  commit(uploadId: string, digest: Digest): Promise<number> {
    const path = this.#uploadPath(uploadId);
    return this.#alone(uploadId, async () => {
      const size = await sizeOf(path);
      if (size === undefined) throw new AppError('upload_unknown', 'there is no such upload');
      const algorithm = digestAlgorithm(digest);
      const hex = this.#hashes.finish(uploadId, algorithm, size) ?? (await hashFile(path, algorithm));
      this.#hashes.forget(uploadId);
      if (hex !== digestHex(digest)) {
        await removeFile(path);
        throw new AppError(
          'digest_invalid',
          `the content has the digest ${algorithm}:${hex}, not ${digest}: push it again`,
        );
      }
      if ((await sizeOf(this.#blobPath(digest))) === undefined) await this.#place(path, digest);
      else await this.#useStored(path, digest);
      return size;
    });
  }

  async #place(path: string, digest: Digest): Promise<void> {
    const file = await open(path, 'r+');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
    await this.#prepareFolder(digest);
    await renameFile(path, this.#blobPath(digest));
  }

  /** Makes the blob's folder, durably. Whoever made it may not have synced its name yet, so each run does so once. */
  async #prepareFolder(digest: Digest): Promise<void> {
    const folder = this.#blobFolder(digest);
    if (this.#durableFolders.has(folder)) return;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await syncFolder(join(this.#blobs, digestAlgorithm(digest)));
    this.#durableFolders.add(folder);
  }

  /** The blob is here already, but perhaps renamed a moment ago by somebody who has not synced its name yet. */
  async #useStored(path: string, digest: Digest): Promise<void> {
    await this.#prepareFolder(digest);
    await syncFolder(this.#blobFolder(digest));
    await removeFile(path);
  }

  cancelUpload(uploadId: string): Promise<boolean> {
    const path = this.#uploadPath(uploadId);
    return this.#alone(uploadId, () => {
      this.#hashes.forget(uploadId);
      return removeFile(path);
    });
  }

  async listUploads(): Promise<readonly string[]> {
    return (await readdir(this.#uploads)).filter((name) => UPLOAD_ID.test(name));
  }

  size(digest: Digest): Promise<number | undefined> {
    return sizeOf(this.#blobPath(digest));
  }

  async read(digest: Digest, range?: { start: number; end: number }): Promise<Readable> {
    let file: FileHandle;
    try {
      file = await open(this.#blobPath(digest), 'r');
    } catch (error) {
      if (isMissing(error)) throw new AppError('blob_unknown', `blob ${digest} is not stored here`);
      throw error;
    }
    return file.createReadStream({ highWaterMark: READ_BUFFER_BYTES, ...range });
  }

  remove(digest: Digest): Promise<boolean> {
    return removeFile(this.#blobPath(digest));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Blobs in a folder of this machine. Creates the folders below `root` where they are missing. */
export async function openFilesystemStorage(root: string): Promise<BlobStorage> {
  const storage = new FilesystemStorage(root);
  await storage.prepare();
  return storage;
}
