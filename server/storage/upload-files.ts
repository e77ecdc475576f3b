import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LRUCache } from 'lru-cache';
import type { DigestAlgorithm } from '../lib/digest.ts';
import { AppError } from '../lib/errors.ts';

const UPLOAD_ID = /^[0-9a-f-]{36}$/;
/** Files that stay open between the requests of an upload; of more than that, the ones idle longest are closed. */
const MAX_OPEN = 256;
const REHASH_BUFFER_BYTES = 1024 * 1024;

export const isMissing = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';

/** Size in bytes of the file; undefined when it is not there. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** An unfinished upload in the hands of whoever writes it. */
export interface UploadFile {
  readonly id: string;
  readonly path: string;
  /** Undefined until bytes come: most uploads are one request, and a file for nothing would cost as much as a small blob. */
  handle: FileHandle | undefined;
  /** The same file, past the page cache: see `upload-writer.ts`. */
  direct: FileHandle | undefined;
  /** Bytes received. */
  size: number;
  /**
   * The running SHA-256 of all of them, so that a finished upload need not be read again. It is only a short cut: of an
   * earlier run's upload there is none, and the bytes are read back.
   */
  readonly hash: Hash | undefined;
}

/** The files of unfinished uploads: `uploads/<id>`, whose length is the upload's offset. */
export class UploadFiles {
  readonly #folder: string;
  /** Whoever is still writing then has nobody to give the file back to. */
  #isClosed = false;
  /** Begun, and without a byte so far: in memory only. */
  readonly #empty = new Map<string, UploadFile>();
  /** In somebody's hands: as far as they are, and perhaps without a file so far. */
  readonly #taken = new Map<string, UploadFile>();
  readonly #idle = new LRUCache<string, UploadFile>({
    max: MAX_OPEN,
    dispose: (file, _id, reason) => {
      if (reason === 'evict') closeQuietly(file);
    },
  });

  constructor(folder: string) {
    this.#folder = folder;
  }

  static isId(name: string): boolean {
    return UPLOAD_ID.test(name);
  }

  /** Throws `upload_unknown` for an id that is none, so that it can name no other file. */
  #pathOf(id: string): string {
    if (!UPLOAD_ID.test(id)) throw new AppError('upload_unknown', 'there is no such upload');
    return join(this.#folder, id);
  }

  create(id: string): void {
    const path = this.#pathOf(id);
    this.#empty.set(id, {
      id,
      path,
      handle: undefined,
      direct: undefined,
      size: 0,
      hash: createHash('sha256'),
    });
  }

  /** Bytes received so far; undefined when there is no such upload. */
  async sizeOf(id: string): Promise<number | undefined> {
    const path = this.#pathOf(id);
    return (this.#empty.get(id) ?? this.#taken.get(id) ?? this.#idle.peek(id))?.size ?? sizeOf(path);
  }

  /** Takes the upload for writing: give it back with {@link keep}, or {@link end} it. Undefined when there is none. */
  async take(id: string): Promise<UploadFile | undefined> {
    const path = this.#pathOf(id);
    const known = this.#empty.get(id) ?? this.#idle.get(id);
    this.#empty.delete(id);
    this.#idle.delete(id);
    try {
      const file = known ?? (await openKnown(id, path));
      this.#taken.set(id, file);
      return file;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  keep(file: UploadFile): void {
    this.#taken.delete(file.id);
    if (this.#isClosed) return closeQuietly(file);
    if (file.handle ?? file.direct) this.#idle.set(file.id, file);
    else this.#empty.set(file.id, file);
  }

  /** The upload is over. Closes without waiting: a failure loses nothing, since what matters is synced before. */
  end(file: UploadFile): void {
    this.#taken.delete(file.id);
    closeQuietly(file);
  }

  /** All that are perhaps in memory only. */
  known(): readonly string[] {
    return [...this.#empty.keys(), ...this.#taken.keys()];
  }

  /** Lets go of all files; what is in memory only is written down, so that it can be gone on with. */
  async closeAll(): Promise<void> {
    this.#isClosed = true;
    const files = [...this.#idle.values(), ...this.#empty.values()];
    this.#idle.clear();
    this.#empty.clear();
    for (const file of files) {
      await openAny(file);
      await closeUpload(file);
    }
  }
}

/** The file for writes of any length, made where no byte has come so far. */
export async function openUpload(file: UploadFile): Promise<FileHandle> {
  file.handle ??= await open(file.path, file.direct ? 'r+' : 'wx', 0o600);
  return file.handle;
}

/**
 * The file for direct writes (open(2), O_DIRECT), made where no byte has come so far. Rejects with EINVAL where the file
 * system has none, and then leaves no file behind.
 */
export async function openDirect(file: UploadFile): Promise<FileHandle> {
  const make = file.handle ? 0 : constants.O_CREAT | constants.O_EXCL;
  try {
    file.direct ??= await open(file.path, constants.O_RDWR | constants.O_DIRECT | make, 0o600);
    return file.direct;
  } catch (error) {
    // Linux makes the file before it finds that out.
    if (make !== 0 && (error as NodeJS.ErrnoException | null)?.code === 'EINVAL')
      await rm(file.path, { force: true });
    throw error;
  }
}

/** The file as it is open already, or made: syncing it by either handle makes all of it durable. */
export async function openAny(file: UploadFile): Promise<FileHandle> {
  return file.handle ?? file.direct ?? openUpload(file);
}

/** Closes what is open of it; rejects with what the first failure says. */
export async function closeUpload(file: UploadFile): Promise<void> {
  await Promise.all([file.handle?.close(), file.direct?.close()]);
}

async function openKnown(id: string, path: string): Promise<UploadFile> {
  const handle = await open(path, 'r+');
  return { id, path, handle, direct: undefined, size: (await handle.stat()).size, hash: undefined };
}

function closeQuietly(file: UploadFile): void {
  closeUpload(file).catch(() => undefined);
}

/** The hex digest of all that the upload holds; read back from the disk where it was not hashed on the way. */
export async function hashUpload(file: UploadFile, algorithm: DigestAlgorithm): Promise<string> {
  if (algorithm === 'sha256' && file.hash) return file.hash.copy().digest('hex');
  const hash = createHash(algorithm);
  if (file.size > 0)
    await pipeline(createReadStream(file.path, { highWaterMark: REHASH_BUFFER_BYTES }), hash);
  return hash.digest('hex');
}
