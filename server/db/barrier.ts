import { open, type FileHandle } from 'node:fs/promises';
import { shareSync } from '../lib/durable.ts';

/** Makes what was written before the call durable; many callers share one sync. */
export interface Barrier {
  wait(): Promise<void>;
  close(): Promise<void>;
}

export const noBarrier: Barrier = { wait: () => Promise.resolve(), close: () => Promise.resolve() };

/**
 * Group commit for SQLite in WAL mode with `synchronous=NORMAL`: a commit only appends to the WAL, and this awaits
 * `fdatasync` of that file off the event loop. One sync is in flight; whoever commits meanwhile shares the next.
 */
export async function openWalBarrier(walPath: string): Promise<Barrier> {
  const file: FileHandle = await open(walPath, 'r+');
  const shared = shareSync(() => file.datasync());
  return {
    wait: () => shared.run(),
    async close() {
      await shared.idle();
      await file.close();
    },
  };
}
