import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.ts';

const KEEP_MS = 60_000;
const MAX_ENTRIES = 1_000;

/**
 * Passwords found right, and used, within the last minute, so that Basic on every request does not cost an argon2 each. Only a
 * keyed digest is kept, under a key that never leaves the process, beside the stored hash that it was right for: once
 * that changes, the entry is worth nothing.
 */
export interface Remembered {
  isRight(username: string, password: string, storedHash: string): boolean;
  keep(username: string, password: string, storedHash: string): void;
}

export function createRemembered(clock: Clock): Remembered {
  const key = randomBytes(32);
  const entries = new LRUCache<string, { readonly storedHash: string; untilMs: number }>({
    max: MAX_ENTRIES,
  });
  const nameOf = (username: string, password: string): string =>
    createHmac('sha256', key).update(`${username.length}:${username}:${password}`).digest('base64');
  return {
    isRight(username, password, storedHash) {
      const entry = entries.get(nameOf(username, password));
      if (entry === undefined || entry.storedHash !== storedHash || entry.untilMs <= clock.now())
        return false;
      // Whoever is at work stays known: a stranger's guess at the end of the minute would lock them out else.
      entry.untilMs = clock.now() + KEEP_MS;
      return true;
    },
    keep(username, password, storedHash) {
      entries.set(nameOf(username, password), { storedHash, untilMs: clock.now() + KEEP_MS });
    },
  };
}
