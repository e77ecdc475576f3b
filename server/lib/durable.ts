import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from './errors.ts';
import { shareRuns, type SharedRuns } from './share-runs.ts';

/** Makes a folder's entries durable. Windows has no such call and needs none: NTFS journals its folders. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A sync that many share, as {@link shareRuns}. After a failed one every call throws `unavailable`. */
export type SharedSync = SharedRuns;

/**
 * A sync shared by many, each of whom wrote something before its call.
 *
 * After a failed sync the kernel calls the lost pages clean, and the next sync would succeed on top of a gap. So from
 * then on every call throws `unavailable`, also those who were waiting, until a restart looks at what is there.
 */
export function shareSync(sync: () => Promise<void>): SharedSync {
  let broken: AppError | undefined;
  return shareRuns(async () => {
    if (broken) throw broken;
    try {
      await sync();
    } catch (cause) {
      broken = new AppError(
        'unavailable',
        "the registry's disk failed: nothing can be changed until Berth is restarted",
        { cause },
      );
      throw broken;
    }
  });
}

/** A folder whose entries many make durable together. It stays open, since opening it would cost each of them a turn. */
export interface SyncedFolder {
  /** Resolves when the names that were in the folder before the call are durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a folder to make its entries durable, as {@link syncFolder} does, for many callers at once. */
export async function openFolder(path: string): Promise<SyncedFolder> {
  if (process.platform === 'win32') return { sync: () => Promise.resolve(), close: () => Promise.resolve() };
  const folder = await open(path, 'r');
  const shared = shareSync(() => folder.sync());
  return {
    sync: () => shared.run(),
    async close() {
      await shared.idle();
      await folder.close();
    },
  };
}

/**
 * Makes a folder and those above it, private to this account, with durable names. Not mkdir's `recursive`, which never
 * returns where a file system answers "no such file" below a folder that exists (/proc does). Throws the system's error.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
  syncFolderNow(dirname(path));
}

/** Syncs a file, renames it and makes the new name durable; blocks, so only for start-up. */
export function renameDurably(from: string, to: string): void {
  const file = openSync(from, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(from, to);
  syncFolderNow(dirname(to));
}

function syncFolderNow(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
