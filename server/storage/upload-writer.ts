import type { FileHandle } from 'node:fs/promises';
import { constants } from 'node:fs';
import { openAny, openDirect, openUpload, type UploadFile } from './upload-files.ts';
import { WriteBuffers, type WriteBuffer } from './write-buffers.ts';

/** A large upload is synced as it comes, so that its end need not wait for all of it to reach the disk. */
const SYNC_EVERY_BYTES = 32 * 1024 * 1024;
/** What direct writes begin and end at: a multiple of the blocks of all disks and file systems in use. */
const BLOCK_BYTES = 4096;
/** Less than that is not worth a second handle. */
const DIRECT_MIN_BYTES = 64 * 1024;

/** The disk did not take it, unlike a source that broke off. */
export class DiskFailure extends Error {}
/** A sync failed: also what was written before, in this request or an earlier one, may be lost. */
export class SyncFailure extends DiskFailure {}

const wholeBlocks = (bytes: number): number => bytes - (bytes % BLOCK_BYTES);

/** A failure is thrown where the promise is awaited; this only keeps it from being "unhandled" until then. */
function quietly<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  // A short write means the disk is nearly full; the next one tells why.
  for (let done = 0; done < bytes.byteLength;) {
    done += (await file.write(bytes, done, bytes.byteLength - done, position + done)).bytesWritten;
  }
}

/**
 * Writes uploads to their files, past the page cache where the system can (open(2), O_DIRECT; Linux): what is synced
 * before it is acknowledged gains nothing from the cache, and filling it took most of a push's time.
 */
export class UploadWriter {
  readonly #buffers = new WriteBuffers();
  /** Until a file system says that it cannot (EINVAL). */
  #hasDirect = typeof constants.O_DIRECT === 'number';

  /** Writes the source behind what the upload has, and moves its size. Throws what the source throws, or {@link DiskFailure}. */
  async write(upload: UploadFile, source: AsyncIterable<Uint8Array>): Promise<void> {
    const stream = new UploadStream(upload, this.#buffers, (at) => this.#writeAt(upload, at));
    try {
      for await (const chunk of source) await stream.add(chunk);
    } finally {
      // Also when the client broke off: what was received stays, so that it can resume.
      await stream.end();
    }
  }

  async #writeAt(upload: UploadFile, { bytes, position }: { bytes: Uint8Array; position: number }) {
    const direct = position % BLOCK_BYTES === 0 ? wholeBlocks(bytes.byteLength) : 0;
    let done = 0;
    if (direct >= DIRECT_MIN_BYTES && this.#hasDirect)
      done = await this.#writeDirectly(upload, bytes.subarray(0, direct), position);
    if (done < bytes.byteLength)
      await writeAll(await openUpload(upload), bytes.subarray(done), position + done);
  }

  /** Resolves to the bytes written: all of them, or fewer where the other way has to say why. */
  async #writeDirectly(upload: UploadFile, bytes: Uint8Array, position: number): Promise<number> {
    try {
      const file = await openDirect(upload);
      return (await file.write(bytes, 0, bytes.byteLength, position)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException | null)?.code !== 'EINVAL') throw error;
      this.#hasDirect = false;
      return 0;
    }
  }
}

type WriteAt = (at: { bytes: Uint8Array; position: number }) => Promise<void>;

/** One request's bytes on their way: a buffer is filled while the other one is written. */
class UploadStream {
  readonly #upload: UploadFile;
  readonly #buffers: WriteBuffers;
  readonly #writeAt: WriteAt;
  #filling: WriteBuffer | undefined;
  #filled = 0;
  /** Where the filled bytes go. */
  #position: number;
  #writing: Promise<void> = Promise.resolve();
  #syncing: Promise<void> = Promise.resolve();
  #syncedTo: number;

  constructor(upload: UploadFile, buffers: WriteBuffers, writeAt: WriteAt) {
    this.#upload = upload;
    this.#buffers = buffers;
    this.#writeAt = writeAt;
    this.#position = upload.size;
    this.#syncedTo = upload.size;
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let taken = 0; taken < chunk.byteLength;) {
      const { bytes } = (this.#filling ??= this.#buffers.take());
      // After a chunk of an odd length the next write begins at a block again.
      const room = bytes.byteLength - (this.#position % BLOCK_BYTES) - this.#filled;
      const part = chunk.subarray(taken, taken + room);
      bytes.set(part, this.#filled);
      this.#filled += part.byteLength;
      taken += part.byteLength;
      if (part.byteLength === room) await this.#flush();
    }
  }

  async end(): Promise<void> {
    try {
      await this.#flush();
      await this.#written();
      await this.#synced();
    } finally {
      if (this.#filling) this.#buffers.giveBack(this.#filling);
    }
  }

  async #written(): Promise<void> {
    await this.#writing.catch((cause: unknown) => {
      throw new DiskFailure('the upload could not be written', { cause });
    });
    this.#upload.size = this.#position;
  }

  #synced(): Promise<void> {
    return this.#syncing.catch((cause: unknown) => {
      throw new SyncFailure('the upload could not be synced', { cause });
    });
  }

  async #flush(): Promise<void> {
    await this.#written();
    if (this.#upload.size - this.#syncedTo >= SYNC_EVERY_BYTES) {
      await this.#synced();
      this.#syncedTo = this.#upload.size;
      this.#syncing = quietly(openAny(this.#upload).then((file) => file.datasync()));
    }
    const buffer = this.#filling;
    if (!buffer || this.#filled === 0) return;
    const at = { bytes: buffer.bytes.subarray(0, this.#filled), position: this.#position };
    this.#upload.hash?.update(at.bytes);
    this.#writing = quietly(this.#writeAt(at).finally(() => this.#buffers.giveBack(buffer)));
    this.#position += this.#filled;
    this.#filling = undefined;
    this.#filled = 0;
  }
}
