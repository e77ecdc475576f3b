import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf } from '#server/lib/digest.ts';
import { systemIds } from '#server/lib/ids.ts';
import { openFilesystemStorage } from '#server/storage/filesystem.ts';
import { buffer, chunks } from '#test/contract/storage-drivers.ts';
import { run } from '#test/support/process.ts';

const isPossible = process.platform === 'linux' && process.getuid?.() === 0;

/** ramfs answers EINVAL to O_DIRECT, after it has made the file. */
describe.skipIf(!isPossible)('a file system without direct writes', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'berth-ramfs-'));
    await run('mount', ['-t', 'ramfs', 'ramfs', folder]);
  });
  afterEach(async () => {
    await run('umount', [folder]);
    await rm(folder, { recursive: true, force: true });
  });

  it('is written the ordinary way, from the first upload on', async () => {
    const storage = await openFilesystemStorage(folder);
    try {
      const bytes = Buffer.alloc(2_500_001, 'plain');
      for (const round of [1, 2]) {
        const id = systemIds.uuid();
        await storage.createUpload(id);
        expect(await storage.append(id, 0, chunks(bytes)), `upload ${round}`).toBe(bytes.length);
        await storage.commit(id, digestOf(bytes));
      }
      expect((await buffer(await storage.read(digestOf(bytes)))).equals(bytes)).toBe(true);
      expect(await readdir(join(folder, 'uploads'))).toEqual([]);
    } finally {
      await storage.close();
    }
  });
});
