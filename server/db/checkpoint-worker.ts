import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import SQLite from 'better-sqlite3';
import { systemClock } from '../lib/clock.ts';

// Runs beside the event loop: a checkpoint syncs the database file, which would stop every request for 20-30 ms.
const START_BYTES = 4 * 1024 * 1024;
const LARGE_BYTES = 64 * 1024 * 1024;
const EVERY_MS = 500;

const { path } = workerData as { path: string };
const connection = new SQLite(path);
connection.pragma('synchronous = NORMAL');
// Bounded: a restart that waits for a reader gives up, and the next round tries again.
connection.pragma('busy_timeout = 200');

function walBytes(): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function checkpoint(): void {
  const size = walBytes();
  if (size < START_BYTES) return;
  // PASSIVE never makes a writer wait; TRUNCATE only once the file has grown far past what one round should leave.
  const mode = size > LARGE_BYTES ? 'TRUNCATE' : 'PASSIVE';
  connection.pragma(`wal_checkpoint(${mode})`);
}

let cancel = (): void => undefined;
function schedule(): void {
  cancel = systemClock.after(EVERY_MS, () => {
    try {
      checkpoint();
    } catch {
      // Busy or out of space: the WAL keeps what is written, and the next round tries again.
    }
    schedule();
  });
}
schedule();

parentPort?.on('message', () => {
  cancel();
  connection.close();
  parentPort?.close();
});
