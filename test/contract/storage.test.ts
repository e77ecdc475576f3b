import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '#server/lib/digest.ts';
import { systemIds } from '#server/lib/ids.ts';
import { openFilesystemStorage } from '#server/storage/filesystem.ts';
import type { BlobStorage } from '#server/storage/port.ts';
import { rememberSmallBlobs } from '#server/storage/small-blobs.ts';
import { buffer, chunks, drivers } from './storage-drivers.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-storage-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe.each(drivers)('blob storage: $name', ({ open }) => {
  let storage: BlobStorage;
  const id = (): string => systemIds.uuid();
  beforeEach(async () => {
    storage = await open(folder);
  });
  afterEach(() => storage.close());

  async function put(bytes: Buffer): Promise<Digest> {
    const upload = id();
    await storage.createUpload(upload);
    await storage.append(upload, 0, chunks(bytes));
    const digest = digestOf(bytes);
    await storage.commit(upload, digest);
    return digest;
  }

  it('gives back what was put, whole and in part', async () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251));
    const digest = await put(bytes);
    expect(await storage.size(digest)).toBe(bytes.length);
    expect((await buffer(await storage.read(digest))).equals(bytes)).toBe(true);
    expect(await buffer(await storage.read(digest, { start: 5, end: 9 }))).toEqual(bytes.subarray(5, 10));
    expect(
      await buffer(await storage.read(digest, { start: bytes.length - 1, end: bytes.length - 1 })),
    ).toEqual(bytes.subarray(-1));
  });

  it('stores nothing at all, too', async () => {
    const digest = await put(Buffer.alloc(0));
    expect(await storage.size(digest)).toBe(0);
    expect(await buffer(await storage.read(digest))).toHaveLength(0);
  });

  it('takes an upload in chunks and tells how far it is', async () => {
    const upload = id();
    await storage.createUpload(upload);
    expect(await storage.uploadSize(upload)).toBe(0);
    expect(await storage.append(upload, 0, chunks('ab', 'c'))).toBe(3);
    expect(await storage.append(upload, 3, chunks('de'))).toBe(5);
    expect(await storage.uploadSize(upload)).toBe(5);
    const digest = digestOf(Buffer.from('abcde'));
    expect(await storage.commit(upload, digest)).toBe(5);
    expect(await storage.uploadSize(upload)).toBeUndefined();
    expect(await buffer(await storage.read(digest))).toEqual(Buffer.from('abcde'));
  });

  it('hashes with the algorithm of the digest', async () => {
    const upload = id();
    await storage.createUpload(upload);
    await storage.append(upload, 0, chunks('abc'));
    const digest = digestOf(Buffer.from('abc'), 'sha512');
    expect(await storage.commit(upload, digest)).toBe(3);
    expect(await storage.size(digest)).toBe(3);
    expect(await storage.size(digestOf(Buffer.from('abc')))).toBeUndefined();
  });

  it('refuses a chunk that does not follow, and keeps the upload', async () => {
    const upload = id();
    await storage.createUpload(upload);
    await storage.append(upload, 0, chunks('abc'));
    for (const offset of [0, 2, 4]) {
      await expect(storage.append(upload, offset, chunks('x'))).rejects.toMatchObject({
        code: 'range_invalid',
      });
    }
    expect(await storage.uploadSize(upload)).toBe(3);
  });

  it('keeps the bytes that came before the client broke off', async () => {
    const upload = id();
    await storage.createUpload(upload);
    async function* breaking(): AsyncGenerator<Buffer> {
      yield Buffer.from('abc');
      throw new Error('the line is dead');
    }
    await expect(storage.append(upload, 0, breaking())).rejects.toThrow('the line is dead');
    expect(await storage.uploadSize(upload)).toBe(3);
    await storage.append(upload, 3, chunks('de'));
    await expect(storage.commit(upload, digestOf(Buffer.from('abcde')))).resolves.toBe(5);
  });

  it('drops an upload whose content is not what its digest says', async () => {
    const upload = id();
    await storage.createUpload(upload);
    await storage.append(upload, 0, chunks('abc'));
    await expect(storage.commit(upload, digestOf(Buffer.from('other')))).rejects.toMatchObject({
      code: 'digest_invalid',
    });
    expect(await storage.uploadSize(upload)).toBeUndefined();
    expect(await storage.size(digestOf(Buffer.from('abc')))).toBeUndefined();
  });

  it('lets one write at a time', async () => {
    const upload = id();
    await storage.createUpload(upload);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* slow(): AsyncGenerator<Buffer> {
      await held;
      yield Buffer.from('abc');
    }
    const first = storage.append(upload, 0, slow());
    await new Promise((resolve) => setImmediate(resolve));
    await expect(storage.append(upload, 0, chunks('x'))).rejects.toMatchObject({ code: 'upload_busy' });
    await expect(storage.cancelUpload(upload)).rejects.toMatchObject({ code: 'upload_busy' });
    release();
    expect(await first).toBe(3);
  });

  it('keeps one copy of what is put twice', async () => {
    const first = await put(Buffer.from('same'));
    const second = await put(Buffer.from('same'));
    expect(second).toBe(first);
    expect(await buffer(await storage.read(first))).toEqual(Buffer.from('same'));
  });

  it('says what is unknown', async () => {
    const digest = digestOf(Buffer.from('never'));
    expect(await storage.size(digest)).toBeUndefined();
    expect(await storage.uploadSize(id())).toBeUndefined();
    expect(await storage.cancelUpload(id())).toBe(false);
    expect(await storage.remove(digest)).toBe(false);
    await expect(storage.read(digest)).rejects.toMatchObject({ code: 'blob_unknown' });
    await expect(storage.append(id(), 0, chunks('x'))).rejects.toMatchObject({ code: 'upload_unknown' });
    await expect(storage.commit(id(), digest)).rejects.toMatchObject({ code: 'upload_unknown' });
  });

  it('forgets what is cancelled and removed', async () => {
    const upload = id();
    await storage.createUpload(upload);
    expect(await storage.listUploads()).toEqual([upload]);
    expect(await storage.cancelUpload(upload)).toBe(true);
    expect(await storage.listUploads()).toEqual([]);
    expect(await storage.uploadSize(upload)).toBeUndefined();
    const digest = await put(Buffer.from('gone'));
    expect(await storage.remove(digest)).toBe(true);
    expect(await storage.size(digest)).toBeUndefined();
  });
});

describe('the filesystem driver', () => {
  it('refuses a blob that is shorter on disk than asked, and never a part of it', async () => {
    const storage = rememberSmallBlobs(await openFilesystemStorage(folder));
    const upload = systemIds.uuid();
    const bytes = Buffer.alloc(5000, 'x');
    await storage.createUpload(upload);
    await storage.append(upload, 0, chunks(bytes));
    const digest = digestOf(bytes);
    await storage.commit(upload, digest);
    const hex = digest.slice('sha256:'.length);
    await truncate(join(folder, 'blobs', 'sha256', hex.slice(0, 2), hex), 10);
    for (let i = 0; i < 2; i++)
      await expect(storage.read(digest, { start: 0, end: 4999 })).rejects.toThrow('only 10 bytes');
    expect(storage.peek(digest)).toBeUndefined();
    await storage.close();
  });

  it('goes on with an upload after a restart', async () => {
    const before = await openFilesystemStorage(folder);
    const upload = systemIds.uuid();
    await before.createUpload(upload);
    await before.append(upload, 0, chunks('abc'));
    await before.close();
    const after = await openFilesystemStorage(folder);
    expect(await after.uploadSize(upload)).toBe(3);
    await after.append(upload, 3, chunks('de'));
    await expect(after.commit(upload, digestOf(Buffer.from('abcde')))).resolves.toBe(5);
  });

  it('leaves no file behind but the blob', async () => {
    const storage = await openFilesystemStorage(folder);
    const upload = systemIds.uuid();
    await storage.createUpload(upload);
    await storage.append(upload, 0, chunks('abc'));
    await storage.commit(upload, digestOf(Buffer.from('abc')));
    expect(await readdir(join(folder, 'uploads'))).toEqual([]);
  });

  it('never follows an upload id out of its folder', async () => {
    const storage = await openFilesystemStorage(folder);
    await writeFile(join(folder, 'secret'), 'x');
    for (const uploadId of ['../secret', '..', '', 'a/b', `${'a'.repeat(35)}/`]) {
      await expect(storage.uploadSize(uploadId)).rejects.toMatchObject({ code: 'upload_unknown' });
    }
  });
});
