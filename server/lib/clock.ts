/** Time, passed in so that tests can move it. All instants are milliseconds since the Unix epoch, UTC. */
export interface Clock {
  /** The current instant in milliseconds. */
  now(): number;
  /** Calls `run` once after `delayMs`; the returned function cancels it. Never keeps the process alive. */
  after(delayMs: number, run: () => void): () => void;
  /** Resolves after `delayMs`, or at once when the signal aborts (it never rejects). */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

function sleepOn(clock: Pick<Clock, 'after'>, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  sleep(delayMs, signal) {
    return sleepOn(this, delayMs, signal);
  },
};

export interface ManualClock extends Clock {
  /** Moves time forward and runs what falls due, in order. */
  advance(deltaMs: number): void;
}

/** A clock that stands still until a test advances it. */
export function manualClock(startMs = Date.UTC(2026, 0, 1)): ManualClock {
  let now = startMs;
  let due: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    after(delayMs, run) {
      const timer = { at: now + delayMs, run };
      due.push(timer);
      return () => {
        due = due.filter((other) => other !== timer);
      };
    },
    sleep(delayMs, signal) {
      return sleepOn(this, delayMs, signal);
    },
    advance(deltaMs) {
      const end = now + deltaMs;
      for (;;) {
        const next = due.toSorted((a, b) => a.at - b.at)[0];
        if (!next || next.at > end) break;
        due = due.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.run();
      }
      now = end;
    },
  };
}

const MINUTE = 60_000;
export const HOURS = (count: number): number => count * 60 * MINUTE;
export const DAYS = (count: number): number => count * 24 * 60 * MINUTE;
