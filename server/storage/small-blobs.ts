import { LRUCache } from 'lru-cache';
import type { Digest } from '../lib/digest.ts';
import type { ByteRange } from '../lib/range.ts';
import type { BlobStorage } from './port.ts';

/** In bytes. Larger blobs are read from the disk: the system caches them as well, and their speed is the disk's or the network's. */
export const SMALL_BLOB_BYTES = 1024 * 1024;
const MAX_BYTES = 64 * 1024 * 1024;
const ENTRY_BYTES = 256;

/** A storage that keeps in memory the small blobs that were read of late. */
export interface SmallBlobStorage extends BlobStorage {
  /** The whole blob, if it is in memory. Never changed by anybody. */
  peek(digest: Digest): Buffer | undefined;
}

async function readWhole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const kept: Buffer[] = [];
  for await (const chunk of chunks) kept.push(Buffer.from(chunk));
  return kept.length === 1 && kept[0] ? kept[0] : Buffer.concat(kept);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/**
 * Keeps small blobs in memory, 64 MiB of them at most. A digest has one content for ever, so there is nothing to go
 * stale but the blob's existence.
 */
export function rememberSmallBlobs(storage: BlobStorage): SmallBlobStorage {
  const blobs = new LRUCache<Digest, Buffer>({
    maxSize: MAX_BYTES,
    sizeCalculation: (bytes) => bytes.byteLength + ENTRY_BYTES,
  });
  let removals = 0;
  return {
    name: storage.name,
    createUpload: (uploadId) => storage.createUpload(uploadId),
    uploadSize: (uploadId) => storage.uploadSize(uploadId),
    append: (uploadId, offset, source) => storage.append(uploadId, offset, source),
    commit: (uploadId, digest) => storage.commit(uploadId, digest),
    cancelUpload: (uploadId) => storage.cancelUpload(uploadId),
    listUploads: () => storage.listUploads(),
    size: (digest) => storage.size(digest),
    close: () => storage.close(),
    async remove(digest) {
      removals++;
      blobs.delete(digest);
      const removed = await storage.remove(digest);
      removals++;
      blobs.delete(digest);
      return removed;
    },
    peek: (digest) => blobs.get(digest),
    async read(digest: Digest, range?: ByteRange) {
      const known = blobs.get(digest);
      if (known) return once(range ? known.subarray(range.start, range.end + 1) : known);
      const removalsBefore = removals;
      const size = (await storage.size(digest)) ?? Infinity;
      const isWhole = range === undefined || (range.start === 0 && range.end === size - 1);
      if (!isWhole || size > SMALL_BLOB_BYTES) return storage.read(digest, range);
      const bytes = await readWhole(await storage.read(digest, range));
      // What was removed meanwhile must not come back.
      if (removals === removalsBefore) blobs.set(digest, bytes);
      return once(bytes);
    },
  };
}
