import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf } from '#test/crash/chance.ts';
import { digestOf, type Digest } from '#server/lib/digest.ts';
import { systemIds } from '#server/lib/ids.ts';
import { openFilesystemStorage } from '#server/storage/filesystem.ts';
import type { BlobStorage } from '#server/storage/port.ts';
import { buffer, chunks, drivers, heldSource } from './storage-drivers.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-storage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe.each(drivers)('blob storage: $name', ({ open, isLasting }) => {
  let storage: BlobStorage;
  beforeEach(async () => {
    storage = await open(folder);
  });
  afterEach(() => storage.close());

  async function begin(...parts: readonly (string | Buffer)[]): Promise<string> {
    const upload = systemIds.uuid();
    await storage.createUpload(upload);
    if (parts.length > 0) await storage.append(upload, 0, chunks(...parts));
    return upload;
  }
  async function put(bytes: Buffer): Promise<Digest> {
    const digest = digestOf(bytes);
    await storage.commit(await begin(bytes), digest);
    return digest;
  }

  it('takes the same blob from many at once, and each may rely on it', async () => {
    const bytes = bytesOf('the same for all', 300_000);
    const digest = digestOf(bytes);
    const uploads = await Promise.all(Array.from({ length: 12 }, () => begin(bytes)));
    const seen = await Promise.all(
      uploads.map(async (upload) => {
        expect(await storage.commit(upload, digest)).toBe(bytes.length);
        return (await buffer(await storage.read(digest))).equals(bytes);
      }),
    );
    expect(seen).toEqual(uploads.map(() => true));
    expect(await storage.listUploads()).toEqual([]);
    expect(await storage.remove(digest)).toBe(true);
    expect(await storage.size(digest)).toBeUndefined();
  });

  it('takes many different blobs at once', async () => {
    const all = Array.from({ length: 60 }, (_, number) => bytesOf(`blob ${number}`, number * 997));
    const digests = await Promise.all(all.map(put));
    const read = await Promise.all(digests.map(async (digest) => buffer(await storage.read(digest))));
    expect(read.every((bytes, number) => all[number]?.equals(bytes))).toBe(true);
  });

  it('keeps a blob whole for its readers while it is pushed again', async () => {
    const bytes = bytesOf('read meanwhile', 900_000);
    const digest = await put(bytes);
    const reading = (await storage.read(digest))[Symbol.asyncIterator]();
    const first = await reading.next();
    const copies = [Buffer.from(first.value ?? '')];
    await put(bytes);
    for (let next = await reading.next(); next.done !== true; next = await reading.next())
      copies.push(Buffer.from(next.value));
    expect(Buffer.concat(copies).equals(bytes)).toBe(true);
  });

  it('serves many readers of many ranges, also when some of them leave early', async () => {
    const bytes = bytesOf('ranges', 1_500_000);
    const digest = await put(bytes);
    const last = bytes.length - 1;
    const ranges = Array.from({ length: 40 }, (_, number) => ({
      start: (number * 37_003) % bytes.length,
      end: Math.min(last, ((number * 37_003) % bytes.length) + number * 20_011),
    }));
    const right = await Promise.all(
      ranges.map(async (range, number) => {
        const source = await storage.read(digest, range);
        if (number % 4 === 3) {
          for await (const _chunk of source) break;
          return true;
        }
        return (await buffer(source)).equals(bytes.subarray(range.start, range.end + 1));
      }),
    );
    expect(right).toEqual(ranges.map(() => true));
  });

  it('takes parts of any size, and none at all', async () => {
    const bytes = bytesOf('parts', 400_000);
    const upload = await begin();
    let at = 0;
    for (const size of [0, 1, 2, 70_000, 0, 65_536, 65_535, 1, 130_000, bytes.length]) {
      const part = bytes.subarray(at, at + size);
      at = await storage.append(upload, at, chunks(Buffer.alloc(0), part, Buffer.alloc(0)));
      expect(await storage.uploadSize(upload)).toBe(at);
    }
    expect(at).toBe(bytes.length);
    await storage.commit(upload, digestOf(bytes));
    expect((await buffer(await storage.read(digestOf(bytes)))).equals(bytes)).toBe(true);
  });

  it('ends an upload that never had a byte as the empty blob', async () => {
    const upload = await begin();
    const digest = digestOf(Buffer.alloc(0));
    expect(await storage.commit(upload, digest)).toBe(0);
    expect(await storage.size(digest)).toBe(0);
    expect(await buffer(await storage.read(digest))).toHaveLength(0);
  });

  it('lets nobody else write to, end or cancel an upload that is written to', async () => {
    const upload = await begin();
    const { source, release } = heldSource('abc', 'def');
    const writing = storage.append(upload, 0, source);
    await turn();
    const digest = digestOf(Buffer.from('abc'));
    const others = await Promise.allSettled([
      storage.append(upload, 0, chunks('x')),
      storage.append(upload, 3, chunks('x')),
      storage.commit(upload, digest),
      storage.cancelUpload(upload),
    ]);
    const busy = { status: 'rejected', reason: expect.objectContaining({ code: 'upload_busy' }) };
    expect(others).toEqual([busy, busy, busy, busy]);
    release();
    expect(await writing).toBe(6);
    await storage.commit(upload, digestOf(Buffer.from('abcdef')));
    expect(await storage.size(digest)).toBeUndefined();
  });

  it('tells how far an upload is while it is written to, and lists it', async () => {
    const upload = await begin();
    const { source, release } = heldSource('abc', 'def');
    const writing = storage.append(upload, 0, source);
    await turn();
    expect([0, 3]).toContain(await storage.uploadSize(upload));
    expect(await storage.listUploads()).toEqual([upload]);
    release();
    expect(await writing).toBe(6);
    expect(await storage.uploadSize(upload)).toBe(6);
  });

  it('is free for the next writer once a source has failed, at its first byte as well', async () => {
    const upload = await begin();
    const { source, release } = heldSource('never');
    const writing = storage.append(upload, 0, source);
    release(new Error('no byte came'));
    await expect(writing).rejects.toThrow('no byte came');
    expect(await storage.uploadSize(upload)).toBe(0);
    expect(await storage.append(upload, 0, chunks('abc'))).toBe(3);
    await expect(storage.commit(upload, digestOf(Buffer.from('abc')))).resolves.toBe(3);
  });

  it('is done with an upload that was ended, whatever came of it', async () => {
    const good = await begin('abc');
    const bad = await begin('abc');
    const digest = digestOf(Buffer.from('abc'));
    await storage.commit(good, digest);
    await expect(storage.commit(bad, digestOf(Buffer.from('other')))).rejects.toMatchObject({
      code: 'digest_invalid',
    });
    for (const upload of [good, bad]) {
      await expect(storage.commit(upload, digest)).rejects.toMatchObject({ code: 'upload_unknown' });
      await expect(storage.append(upload, 3, chunks('d'))).rejects.toMatchObject({ code: 'upload_unknown' });
      expect(await storage.cancelUpload(upload)).toBe(false);
    }
    expect(await storage.listUploads()).toEqual([]);
    expect(await buffer(await storage.read(digest))).toEqual(Buffer.from('abc'));
  });

  it('keeps the blob that is there when other content is pushed as it', async () => {
    const digest = await put(Buffer.from('the real one'));
    await expect(storage.commit(await begin('an impostor'), digest)).rejects.toMatchObject({
      code: 'digest_invalid',
    });
    expect(await buffer(await storage.read(digest))).toEqual(Buffer.from('the real one'));
  });

  it('keeps the blobs of the two algorithms apart', async () => {
    const bytes = Buffer.from('abc');
    const long = digestOf(bytes, 'sha512');
    await storage.commit(await begin(bytes), long);
    const short = await put(bytes);
    await storage.remove(short);
    expect(await storage.size(short)).toBeUndefined();
    expect(await buffer(await storage.read(long))).toEqual(bytes);
  });

  it('tells apart what it reads after a blob was removed and pushed again', async () => {
    const bytes = Buffer.from('here, gone, here');
    const digest = await put(bytes);
    expect(await buffer(await storage.read(digest))).toEqual(bytes);
    await storage.remove(digest);
    await expect(storage.read(digest)).rejects.toMatchObject({ code: 'blob_unknown' });
    await put(bytes);
    expect(await buffer(await storage.read(digest))).toEqual(bytes);
  });

  it('holds 40 MiB that come in many chunks and more than one part', async () => {
    const piece = bytesOf('large', 1024 * 1024);
    const many = (count: number): Buffer[] => Array.from({ length: count }, () => piece);
    const upload = await begin(...many(35));
    await storage.append(upload, 35 * piece.length, chunks(...many(5)));
    const bytes = Buffer.concat(many(40));
    expect(await storage.commit(upload, digestOf(bytes))).toBe(bytes.length);
    expect(digestOf(await buffer(await storage.read(digestOf(bytes))))).toBe(digestOf(bytes));
  });

  const lasting = isLasting ? it : () => undefined;
  lasting('goes on after it was closed and opened again', async () => {
    const bytes = Buffer.from('abcdef');
    const blob = await put(Buffer.from('a blob'));
    const [empty, begun] = [await begin(), await begin('abc')];
    await storage.close();
    storage = await open(folder);
    expect((await storage.listUploads()).toSorted()).toEqual([empty, begun].toSorted());
    expect([await storage.uploadSize(empty), await storage.uploadSize(begun)]).toEqual([0, 3]);
    await expect(storage.append(begun, 0, chunks('x'))).rejects.toMatchObject({ code: 'range_invalid' });
    await storage.append(begun, 3, chunks('def'));
    await storage.append(empty, 0, chunks(bytes));
    for (const upload of [begun, empty]) expect(await storage.commit(upload, digestOf(bytes))).toBe(6);
    expect(await buffer(await storage.read(blob))).toEqual(Buffer.from('a blob'));
  });
});

describe('the filesystem driver', () => {
  it('stores a blob once that many push at once, and leaves nothing else behind', async () => {
    const storage = await openFilesystemStorage(folder);
    const bytes = bytesOf('one file', 2_000_000);
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        const upload = systemIds.uuid();
        await storage.createUpload(upload);
        await storage.append(upload, 0, chunks(bytes));
        await storage.commit(upload, digestOf(bytes));
      }),
    );
    await storage.close();
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    expect(files).toEqual([digestOf(bytes).slice('sha256:'.length)]);
  });

  it('goes on with the bytes of an upload whose server was killed', async () => {
    const killed = await openFilesystemStorage(folder);
    const upload = systemIds.uuid();
    await killed.createUpload(upload);
    await killed.append(upload, 0, chunks('abc'));
    // No close: what a process holds in memory goes with it.
    const next = await openFilesystemStorage(folder);
    expect(await next.uploadSize(upload)).toBe(3);
    await next.append(upload, 3, chunks('def'));
    await expect(next.commit(upload, digestOf(Buffer.from('abcdef')))).resolves.toBe(6);
    await next.close();
  });
});
