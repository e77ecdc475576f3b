import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import SQLite from 'better-sqlite3';
import { Kysely, SqliteDialect, type SqliteDatabase } from 'kysely';
import { LRUCache } from 'lru-cache';
import { renameDurably } from '../lib/durable.ts';
import { openWalBarrier } from './barrier.ts';
import { transactions, type Database } from './database.ts';
import { migrate, MIGRATION_NAMES } from './migrations/index.ts';
import type { Tables } from './tables.ts';

/** A data folder that cannot be used; its message is one sentence for the person who chose it. */
export class DataFolderError extends Error {}

const FILE = 'berth.db';

const KEPT_STATEMENTS = 500;

/**
 * The same database, but a statement that was prepared stays so: Kysely prepares each query anew, which took as long as
 * running it. Rows are always fetched at once here, so a statement is never still in use when it is run again.
 */
function keepStatements(database: SQLite.Database): SqliteDatabase {
  const statements = new LRUCache<string, SQLite.Statement>({ max: KEPT_STATEMENTS });
  return {
    close: () => void database.close(),
    prepare(text) {
      // The lock for writing is waited for at the begin only: later SQLite gives up at once ("database is locked") while
      // a checkpoint has it.
      const statement = statements.get(text) ?? database.prepare(text === 'begin' ? 'begin immediate' : text);
      statements.set(text, statement);
      return statement;
    },
  };
}

/** Names of migrations in the file, without changing it; undefined where there is no database yet. */
function appliedMigrations(path: string): string[] | undefined {
  if (!existsSync(path) || statSync(path).size === 0) return undefined;
  let db: SQLite.Database | undefined;
  try {
    // Read-only where a WAL was left behind: closing would checkpoint it. Without one, read-only would leave a WAL.
    db = new SQLite(path, { readonly: existsSync(`${path}-wal`) });
    const known = db
      .prepare(`select 1 from sqlite_master where type = 'table' and name = 'kysely_migration'`)
      .get();
    if (!known) return [];
    return (db.prepare('select name from kysely_migration order by name').all() as { name: string }[]).map(
      (row) => row.name,
    );
  } catch (cause) {
    throw new DataFolderError(`the database ${path} cannot be read: ${(cause as Error).message}`, { cause });
  } finally {
    db?.close();
  }
}

/** Keeps a copy of an older database before it is migrated: there is no way down. */
function keepCopy(path: string, folder: string, versions: { from: string; to: string }): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const target = join(folder, `berth-before-${versions.to}-at-${versions.from}.db`);
  const partial = `${target}.part`;
  for (const name of readdirSync(folder)) if (name.endsWith('.part')) rmSync(join(folder, name));
  if (existsSync(target)) return;
  const db = new SQLite(path);
  try {
    db.prepare('vacuum into ?').run(partial);
  } finally {
    db.close();
  }
  // VACUUM INTO is not synced by itself; opening it with full sync and checking it proves that it can be read back.
  const copy = new SQLite(partial);
  const check = copy.pragma('quick_check', { simple: true });
  copy.close();
  if (check !== 'ok')
    throw new DataFolderError(`the copy kept before the migration is damaged: ${String(check)}`);
  renameDurably(partial, target);
}

/** Refuses a database of a newer Berth; keeps a copy of an older one. Changes nothing when it throws. */
export function prepareDatabase(
  path: string,
  options: { backupsDir: string; known: readonly string[] },
): void {
  const applied = appliedMigrations(path);
  if (applied === undefined) return;
  const unknown = applied.find((name) => !options.known.includes(name));
  if (unknown !== undefined) {
    throw new DataFolderError(
      `the data folder was written by a newer Berth (it has "${unknown}"): start that version, or choose another folder`,
    );
  }
  const [from, to] = [applied.at(-1), options.known.at(-1)];
  if (from !== undefined && to !== undefined && from !== to) keepCopy(path, options.backupsDir, { from, to });
}

/**
 * Opens `berth.db` in the folder: one writing connection (WAL, `synchronous=NORMAL`, durable by the barrier), one
 * reading connection, and a worker that checkpoints, so that the event loop never waits for a disk.
 */
export async function openSqlite(dataDir: string): Promise<Database> {
  const path = join(dataDir, FILE);
  prepareDatabase(path, { backupsDir: join(dataDir, 'backups'), known: MIGRATION_NAMES });
  const connection = new SQLite(path);
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = NORMAL');
  connection.pragma('foreign_keys = ON');
  connection.pragma('wal_autocheckpoint = 0');
  connection.pragma('busy_timeout = 5000');
  const writer = new Kysely<Tables>({ dialect: new SqliteDialect({ database: keepStatements(connection) }) });
  await migrate(writer, 'sqlite');
  const readOnly = new SQLite(path, { readonly: true });
  readOnly.pragma('busy_timeout = 5000');
  const read = new Kysely<Tables>({ dialect: new SqliteDialect({ database: keepStatements(readOnly) }) });
  const barrier = await openWalBarrier(`${path}-wal`);
  await barrier.wait();
  const worker = startCheckpoints(path);
  return {
    kind: 'sqlite',
    read,
    ...transactions(writer, barrier),
    async close() {
      await stopCheckpoints(worker);
      await read.destroy();
      await barrier.close();
      // The last connection to close checkpoints, syncs and removes the WAL.
      await writer.destroy();
    },
  };
}

function startCheckpoints(path: string): Worker {
  const here = import.meta.url;
  const file = new URL(here.endsWith('.ts') ? './checkpoint-worker.ts' : './checkpoint-worker.mjs', here);
  const worker = new Worker(file, { workerData: { path } });
  worker.unref();
  return worker;
}

async function stopCheckpoints(worker: Worker): Promise<void> {
  if (worker.threadId === -1) return;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  // While it serves it must not hold the process; its end is waited for, and with nothing else open that needs a hold.
  worker.ref();
  worker.postMessage('stop');
  await ended;
}
