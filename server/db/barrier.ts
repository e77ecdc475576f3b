import { open, type FileHandle } from 'node:fs/promises';

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
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function start(): Promise<void> {
    running = file.datasync().finally(() => {
      running = undefined;
    });
    return running;
  }
  return {
    wait() {
      if (!running) return start();
      // A sync under way may have begun before our write, so it proves nothing for us: wait for the one after it.
      next ??= running
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return start();
        });
      return next;
    },
    async close() {
      await (next ?? running)?.catch(() => undefined);
      await file.close();
    },
  };
}
