import type { Clock } from '../lib/clock.ts';

const LOCK_MS = 1_500;
/** Names remembered at once, so that guessing names cannot fill the memory. */
const MAX_NAMES = 10_000;

/** Names whose last login failed a moment ago: guessing goes on at one try in 1.5 s (Harbor's rule). */
export interface Lockout {
  isLocked(username: string): boolean;
  lock(username: string): void;
}

export function createLockout(clock: Clock): Lockout {
  // In the order of locking, so the first is the first to be free again.
  const until = new Map<string, number>();

  function dropFree(): void {
    for (const [name, end] of until) {
      if (end > clock.now() && until.size < MAX_NAMES) return;
      until.delete(name);
    }
  }

  return {
    isLocked(username) {
      const end = until.get(username);
      return end !== undefined && end > clock.now();
    },
    lock(username) {
      until.delete(username);
      dropFree();
      until.set(username, clock.now() + LOCK_MS);
    },
  };
}
