import { open, type FileHandle } from 'node:fs/promises';
import { AppError } from '../lib/errors.ts';

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
  let broken: unknown;

  function start(): Promise<void> {
    running = file
      .datasync()
      .catch((error: unknown) => {
        broken = error;
        throw error;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  }
  return {
    wait() {
      // After a failed sync the kernel calls the lost pages clean, and the next sync would succeed on top of a gap: what
      // was written since could not be recovered. So nothing is acknowledged any more until a restart looks at the file.
      if (broken !== undefined) {
        return Promise.reject(
          new AppError(
            'unavailable',
            "the registry's disk failed: nothing can be changed until Berth is restarted",
            { cause: broken },
          ),
        );
      }
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
