import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { makeFolder } from '../lib/durable.ts';
import { DataFolderError } from './sqlite.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this account may not write there',
  EPERM: 'this account may not write there',
  EROFS: 'the disk is read-only',
  EEXIST: 'a file of that name is in the way',
  ENOTDIR: 'a file is in its path',
  ENOENT: 'the disk does not take new folders there',
  ENOSPC: 'the disk is full',
  SQLITE_CANTOPEN: 'this account may not write there',
  SQLITE_READONLY: 'this account may not write there',
};

function explain(cause: unknown): string {
  const { code, message } = cause as { code?: unknown; message: string };
  return (typeof code === 'string' ? REASONS[code] : undefined) ?? message;
}

export interface FolderLock {
  release(): void;
}

/**
 * Takes the data folder for this process. The lock is the operating system's (SQLite's file lock on `berth.lock`), so
 * it is free again the moment its holder ends, however it ends. Throws {@link DataFolderError} when another has it.
 */
export function lockFolder(dataDir: string): FolderLock {
  const path = join(dataDir, 'berth.lock');
  let connection: SQLite.Database | undefined;
  try {
    makeFolder(dataDir);
    connection = new SQLite(path, { timeout: 0 });
    connection.pragma('journal_mode = MEMORY');
    connection.exec('begin exclusive');
  } catch (cause) {
    connection?.close();
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && code.startsWith('SQLITE_BUSY')) {
      throw new DataFolderError(
        `the data folder ${dataDir} is in use by another Berth: stop that one, or choose another folder with --data`,
        { cause },
      );
    }
    throw new DataFolderError(`the data folder ${dataDir} cannot be written: ${explain(cause)}`, { cause });
  }
  const held = connection;
  return {
    release() {
      held.close();
    },
  };
}
