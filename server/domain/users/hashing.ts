import pLimit from 'p-limit';
import { AppError } from '../../lib/errors.ts';

/** Hashes at once: each takes 19 MiB and a thread of libuv's four, which files need too. */
const HASHES_AT_ONCE = 2;
const MAX_WAITING = 100;

/** The line in which all that hashes a password stands. */
export interface Hashing {
  /** Runs it in its turn. Throws `too_many_requests` at once when too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createHashing(): Hashing {
  const limit = pLimit(HASHES_AT_ONCE);
  return {
    async run(work) {
      if (limit.pendingCount >= MAX_WAITING) {
        throw new AppError(
          'too_many_requests',
          'too many passwords are being checked: try again in a moment',
          {
            headers: { 'Retry-After': '2' },
          },
        );
      }
      return limit(work);
    },
  };
}
