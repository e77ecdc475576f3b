import { digestAlgorithm, digestOf, type Digest } from '#server/lib/digest.ts';
import { AppError } from '#server/lib/errors.ts';
import type { BlobStorage } from '#server/storage/port.ts';

/** What an object store like S3 can do: whole objects, put, read, listed and removed. No append, and no rename. */
type Objects = Map<string, Buffer>;

/** Bytes in a part: small, so that the tests make many of them. */
const PART_BYTES = 64 * 1024;

const unknownUpload = (): AppError => new AppError('upload_unknown', 'there is no such upload');
const blobName = (digest: Digest): string => `blobs/${digest}`;
const uploadName = (id: string): string => `uploads/${id}/`;
/** Names sort as the offsets do. */
const partName = (id: string, offset: number): string =>
  `${uploadName(id)}${String(offset).padStart(15, '0')}`;

/**
 * A driver over an object store, uploads as parts. It is here to keep the port honest: whatever the contract asks must
 * be possible for it. `objects` outlives it, as a bucket does a server.
 */
export function openPartsStorage(objects: Objects): BlobStorage {
  const busy = new Set<string>();

  const parts = (id: string): readonly (readonly [string, Buffer])[] =>
    [...objects].filter(([name]) => name.startsWith(uploadName(id))).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const sizeOf = (id: string): number | undefined => {
    const found = parts(id);
    return found.length === 0 ? undefined : found.reduce((sum, [, bytes]) => sum + bytes.length, 0);
  };
  function drop(id: string): boolean {
    const found = parts(id);
    for (const [name] of found) objects.delete(name);
    return found.length > 0;
  }
  async function alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    if (busy.has(id)) throw new AppError('upload_busy', 'another request is writing to this upload');
    busy.add(id);
    try {
      // As over a network, nothing happens in the same turn.
      await Promise.resolve();
      return await work();
    } finally {
      busy.delete(id);
    }
  }
  async function receive(id: string, offset: number, source: AsyncIterable<Uint8Array>): Promise<number> {
    let position = offset;
    let pending = Buffer.alloc(0);
    const flush = (): void => {
      if (pending.length === 0) return;
      objects.set(partName(id, position + 1), pending);
      position += pending.length;
      pending = Buffer.alloc(0);
    };
    try {
      for await (const chunk of source) {
        pending = Buffer.concat([pending, chunk]);
        if (pending.length >= PART_BYTES) flush();
      }
    } finally {
      flush();
    }
    return position;
  }

  return {
    name: 'parts',
    createUpload(id) {
      // The first part is empty, and says that the upload was begun.
      objects.set(partName(id, 0), Buffer.alloc(0));
      return Promise.resolve();
    },
    uploadSize: (id) => Promise.resolve(sizeOf(id)),
    append: (id, offset, source) =>
      alone(id, () => {
        const size = sizeOf(id);
        if (size === undefined) throw unknownUpload();
        if (size !== offset) throw new AppError('range_invalid', `${size} bytes are here, not ${offset}`);
        return receive(id, offset, source);
      }),
    commit: (id, digest) =>
      alone(id, async () => {
        if (sizeOf(id) === undefined) throw unknownUpload();
        const bytes = Buffer.concat(parts(id).map(([, part]) => part));
        drop(id);
        const actual = digestOf(bytes, digestAlgorithm(digest));
        if (actual !== digest) throw new AppError('digest_invalid', `the content has the digest ${actual}`);
        objects.set(blobName(digest), bytes);
        return bytes.length;
      }),
    cancelUpload: (id) => alone(id, () => Promise.resolve(drop(id))),
    listUploads: () =>
      Promise.resolve([
        ...new Set(
          [...objects.keys()]
            .filter((name) => name.startsWith('uploads/'))
            .map((name) => name.split('/')[1] ?? ''),
        ),
      ]),
    size: (digest) => Promise.resolve(objects.get(blobName(digest))?.length),
    async read(digest, range) {
      const bytes = objects.get(blobName(digest));
      if (!bytes) throw new AppError('blob_unknown', `blob ${digest} is not stored here`);
      const wanted = range ? bytes.subarray(range.start, range.end + 1) : bytes;
      return (async function* read() {
        for (let at = 0; at < wanted.length; at += PART_BYTES) yield wanted.subarray(at, at + PART_BYTES);
      })();
    },
    remove: (digest) => Promise.resolve(objects.delete(blobName(digest))),
    close: () => Promise.resolve(),
  };
}
