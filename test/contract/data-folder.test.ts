import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWalBarrier } from '#server/db/barrier.ts';
import { lockFolder } from '#server/db/folder-lock.ts';
import { MIGRATION_NAMES } from '#server/db/migrations/index.ts';
import { DataFolderError, openSqlite, prepareDatabase } from '#server/db/sqlite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'berth-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fingerprint = (): string =>
  createHash('sha256')
    .update(readFileSync(join(folder, 'berth.db')))
    .digest('hex');

describe('the data folder', () => {
  it('belongs to one process, and is free again after kill -9', async () => {
    // Kept, since a lock that nobody holds any more may be collected and so given back.
    const code = `import { lockFolder } from '#server/db/folder-lock.ts'; globalThis.held = lockFolder(${JSON.stringify(folder)}); console.log('held'); process.stdin.resume();`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', code], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(() => lockFolder(folder)).toThrow(/in use by another Berth/);
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockFolder(folder).release();
  });

  it('is refused in one sentence when it cannot be written', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => lockFolder(join(folder, 'file', 'below'))).toThrow(DataFolderError);
    expect(() => lockFolder(join(folder, 'file', 'below'))).toThrow(/cannot be written/);
  });

  it('of a newer version is refused, and not touched', async () => {
    await (await openSqlite(folder)).close();
    const db = new SQLite(join(folder, 'berth.db'));
    db.prepare(`insert into kysely_migration (name, timestamp) values ('9999-tomorrow', '')`).run();
    db.close();
    const before = fingerprint();
    const files = readdirSync(folder);
    await expect(openSqlite(folder)).rejects.toThrow(/newer Berth/);
    expect(fingerprint()).toBe(before);
    expect(readdirSync(folder)).toEqual(files);
  });

  it('of an older version is copied before it is migrated', async () => {
    await (await openSqlite(folder)).close();
    const path = join(folder, 'berth.db');
    const db = new SQLite(path);
    db.prepare(`insert into setting (key, value) values ('precious', '1')`).run();
    db.close();
    const known = [...MIGRATION_NAMES, '9999-next'];
    prepareDatabase(path, { backupsDir: join(folder, 'backups'), known });
    const [name] = readdirSync(join(folder, 'backups'));
    expect(name).toBe(`berth-before-9999-next-at-${MIGRATION_NAMES.at(-1)}.db`);
    const copy = new SQLite(join(folder, 'backups', name ?? ''), { readonly: true });
    expect(copy.prepare('select key from setting').all()).toEqual([{ key: 'precious' }]);
    copy.close();
  });

  it('of this version is not copied', async () => {
    await (await openSqlite(folder)).close();
    await (await openSqlite(folder)).close();
    expect(existsSync(join(folder, 'backups'))).toBe(false);
  });

  it('that holds something else is refused', async () => {
    writeFileSync(
      join(folder, 'berth.db'),
      'this is no database, and long enough to be taken for one'.repeat(20),
    );
    await expect(openSqlite(folder)).rejects.toThrow(/cannot be read/);
  });
});

describe('the durability barrier', () => {
  it('never lets a sync that was under way stand for a later write', async () => {
    const path = join(folder, 'wal');
    writeFileSync(path, '');
    const barrier = await openWalBarrier(path);
    const order: string[] = [];
    const first = barrier.wait().then(() => order.push('first'));
    const second = barrier.wait().then(() => order.push('second'));
    const third = barrier.wait().then(() => order.push('third'));
    await Promise.all([first, second, third]);
    // The second and third came while the first was under way, so they share the next one.
    expect(order[0]).toBe('first');
    await barrier.close();
  });

  it.skipIf(process.platform !== 'linux')(
    'acknowledges nothing any more once a sync has failed',
    async () => {
      // A device that can be written to but not synced: every fdatasync fails, as on a broken disk.
      const barrier = await openWalBarrier('/dev/null');
      await expect(barrier.wait()).rejects.toThrow();
      await expect(barrier.wait()).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('restarted'),
      });
      await barrier.close();
    },
  );
});
