/** A task that many share. */
export interface SharedRuns {
  /** Resolves with a run that began after the call; throws what that run throws. */
  run(): Promise<void>;
  /** Resolves when no run is under way, also after one that failed. */
  idle(): Promise<void>;
}

/**
 * Each caller waits for a run of `task` that **began** after its call, since one already under way may have missed what
 * the caller did before. One run is in flight; all who come meanwhile share the next.
 */
export function shareRuns(task: () => Promise<void>): SharedRuns {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  function start(): Promise<void> {
    running = task().finally(() => {
      running = undefined;
    });
    return running;
  }
  return {
    run() {
      if (!running && !next) return start();
      next ??= Promise.resolve(running)
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return start();
        });
      return next;
    },
    async idle() {
      await (next ?? running)?.catch(() => undefined);
    },
  };
}
