import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '#server/lib/digest.ts';
import { systemIds } from '#server/lib/ids.ts';
import { buffer, chunks, drivers } from './storage-drivers.ts';

const BLOCK = 4096;
const MIB = 1024 * 1024;

/** Sizes on and beside the borders that a disk's blocks, a network's chunks and a driver's buffers have. */
const size = fc.oneof(
  fc.integer({ min: 0, max: 3 * BLOCK }),
  fc
    .tuple(fc.constantFrom(64 * 1024, 128 * 1024, MIB), fc.integer({ min: -2, max: 2 }))
    .map(([border, by]) => border + by),
  fc.constantFrom(BLOCK, 2 * BLOCK, 16 * BLOCK, MIB, 2 * MIB),
);
/** Requests of an upload, each with its chunks. */
const uploads = fc.array(fc.array(size, { maxLength: 6 }), { minLength: 1, maxLength: 4 });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-storage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each(drivers)('blob storage: $name', ({ open, isLasting }) => {
  it('keeps every byte, however the requests and their chunks are cut', { timeout: 60_000 }, async () => {
    let storage = await open(folder);
    let seed = 0;
    const piece = (length: number): Buffer => {
      seed++;
      return Buffer.alloc(length, `${seed}, and so on`);
    };
    const property = fc.asyncProperty(uploads, fc.boolean(), async (requests, restarts) => {
      const id = systemIds.uuid();
      await storage.createUpload(id);
      const all: Buffer[] = [];
      let offset = 0;
      for (const sizes of requests) {
        const parts = sizes.map(piece);
        all.push(...parts);
        const total = parts.reduce((sum, part) => sum + part.byteLength, offset);
        expect(await storage.append(id, offset, chunks(...parts))).toBe(total);
        offset = total;
        if (restarts && isLasting) {
          await storage.close();
          storage = await open(folder);
          expect(await storage.uploadSize(id)).toBe(offset);
        }
      }
      const bytes = Buffer.concat(all);
      const digest = digestOf(bytes);
      expect(await storage.commit(id, digest)).toBe(bytes.byteLength);
      expect((await buffer(await storage.read(digest))).equals(bytes)).toBe(true);
      await storage.remove(digest);
    });
    try {
      await fc.assert(property, { numRuns: 40 });
    } finally {
      await storage.close();
    }
  });
});
