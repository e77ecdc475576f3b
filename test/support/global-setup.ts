import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSharedPostgres } from './postgres.ts';
import { seenFolderVariable } from './seen.ts';

let stop: (() => Promise<void>) | undefined;
let ownFolder: string | undefined;
let users = 0;

/** Runs once before the contract and api projects: one PostgreSQL for both, and a folder for what the api tests saw. */
export async function setup(): Promise<void> {
  if (process.env[seenFolderVariable] === undefined) {
    ownFolder = mkdtempSync(join(tmpdir(), 'berth-seen-'));
    process.env[seenFolderVariable] = ownFolder;
  }
  users += 1;
  stop ??= await startSharedPostgres();
}

export async function teardown(): Promise<void> {
  users -= 1;
  if (users > 0) return;
  await stop?.();
  stop = undefined;
  if (ownFolder === undefined) return;
  rmSync(ownFolder, { recursive: true, force: true });
  delete process.env[seenFolderVariable];
}
