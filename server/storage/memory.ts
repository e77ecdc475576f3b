import { digestAlgorithm, digestOf, type Digest } from '../lib/digest.ts';
import { AppError } from '../lib/errors.ts';
import type { ByteRange } from '../lib/range.ts';
import type { BlobStorage } from './port.ts';

const unknownUpload = (): AppError => new AppError('upload_unknown', 'there is no such upload');
const busyUpload = (): AppError => new AppError('upload_busy', 'another request is writing to this upload');

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  // The reader's until it asks for the next: so what it keeps without a copy is spoilt here as well.
  const chunk = Uint8Array.from(bytes);
  yield chunk;
  chunk.fill(0);
}

/** Blobs in memory: for tests, under the same contract as the real drivers. */
export function openMemoryStorage(): BlobStorage {
  const uploads = new Map<string, Buffer>();
  const blobs = new Map<Digest, Buffer>();
  const busy = new Set<string>();

  async function receive(uploadId: string, source: AsyncIterable<Uint8Array>): Promise<number> {
    for await (const chunk of source) {
      uploads.set(uploadId, Buffer.concat([uploads.get(uploadId) ?? Buffer.alloc(0), chunk]));
    }
    return uploads.get(uploadId)?.byteLength ?? 0;
  }

  return {
    name: 'memory',
    createUpload(uploadId) {
      uploads.set(uploadId, Buffer.alloc(0));
      return Promise.resolve();
    },
    uploadSize: (uploadId) => Promise.resolve(uploads.get(uploadId)?.byteLength),
    async append(uploadId, offset, source) {
      if (busy.has(uploadId)) throw busyUpload();
      const size = uploads.get(uploadId)?.byteLength;
      if (size === undefined) throw unknownUpload();
      if (size !== offset)
        throw new AppError('range_invalid', `the chunk begins at byte ${offset}, but ${size} bytes are here`);
      busy.add(uploadId);
      try {
        return await receive(uploadId, source);
      } finally {
        busy.delete(uploadId);
      }
    },
    commit(uploadId, digest) {
      if (busy.has(uploadId)) return Promise.reject(busyUpload());
      const bytes = uploads.get(uploadId);
      if (!bytes) return Promise.reject(unknownUpload());
      uploads.delete(uploadId);
      const actual = digestOf(bytes, digestAlgorithm(digest));
      if (actual !== digest) {
        return Promise.reject(
          new AppError('digest_invalid', `the content has the digest ${actual}, not ${digest}`),
        );
      }
      if (!blobs.has(digest)) blobs.set(digest, bytes);
      return Promise.resolve(bytes.byteLength);
    },
    listUploads: () => Promise.resolve([...uploads.keys()]),
    cancelUpload(uploadId) {
      if (busy.has(uploadId)) return Promise.reject(busyUpload());
      return Promise.resolve(uploads.delete(uploadId));
    },
    size: (digest) => Promise.resolve(blobs.get(digest)?.byteLength),
    read(digest: Digest, range?: ByteRange) {
      const bytes = blobs.get(digest);
      if (!bytes) return Promise.reject(new AppError('blob_unknown', `blob ${digest} is not stored here`));
      return Promise.resolve(inChunks(range ? bytes.subarray(range.start, range.end + 1) : bytes));
    },
    remove: (digest) => Promise.resolve(blobs.delete(digest)),
    close: () => Promise.resolve(),
  };
}
