import { openFilesystemStorage } from '#server/storage/filesystem.ts';
import { openMemoryStorage } from '#server/storage/memory.ts';
import type { BlobStorage } from '#server/storage/port.ts';
import { rememberSmallBlobs } from '#server/storage/small-blobs.ts';
import { openPartsStorage } from './parts-storage.ts';

export interface Driver {
  readonly name: string;
  /** Opens it on a folder of the test's own. */
  readonly open: (folder: string) => Promise<BlobStorage>;
  /** It keeps what it holds when it is closed and opened again. */
  readonly isLasting: boolean;
}

const buckets = new Map<string, Map<string, Buffer>>();

/** Every implementation of the port, and one as an object store would have it. */
export const drivers: readonly Driver[] = [
  { name: 'filesystem', open: openFilesystemStorage, isLasting: true },
  { name: 'memory', open: () => Promise.resolve(openMemoryStorage()), isLasting: false },
  {
    name: 'small blobs kept in memory',
    open: async (folder) => rememberSmallBlobs(await openFilesystemStorage(folder)),
    isLasting: true,
  },
  {
    name: 'parts in an object store',
    open: (folder) => {
      const objects = buckets.get(folder) ?? new Map<string, Buffer>();
      buckets.set(folder, objects);
      return Promise.resolve(openPartsStorage(objects));
    },
    isLasting: true,
  },
];

/** A source of these chunks, each of which is spoilt when the next one is asked for: a driver copies what it keeps. */
export async function* chunks(...parts: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    const chunk = Buffer.from(part);
    yield chunk;
    chunk.fill(0);
  }
}

/** All the bytes. Each chunk is copied, as it is the reader's only until the next one. */
export async function buffer(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const part of parts) copies.push(Buffer.from(part));
  return Buffer.concat(copies);
}

/** A source that waits in the middle until it is let go on. */
export function heldSource(...parts: readonly string[]): {
  source: AsyncGenerator<Buffer>;
  release: (failure?: Error) => void;
} {
  let release = (_failure?: Error): void => undefined;
  const held = new Promise<Error | undefined>((resolve) => {
    release = resolve;
  });
  async function* source(): AsyncGenerator<Buffer> {
    for (const part of parts.slice(0, -1)) yield Buffer.from(part);
    const failure = await held;
    if (failure) throw failure;
    yield Buffer.from(parts.at(-1) ?? '');
  }
  return { source: source(), release };
}
