import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { DataFolderError } from './sqlite.ts';

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
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
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
    throw new DataFolderError(`the data folder ${dataDir} cannot be written: ${(cause as Error).message}`, {
      cause,
    });
  }
  const held = connection;
  return {
    release() {
      held.close();
    },
  };
}
