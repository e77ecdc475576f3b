import type { Clock } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';

/** How long a request waits for its turn before it is told to come again. */
const WAIT_MS = 60_000;
const RETRY_SECONDS = 10;

/** Turns of requests that send a blob: each holds a file and a buffer, so only so many are served at once. */
export interface UploadSlots {
  /**
   * Resolves when it is this account's turn, to what ends the turn. Accounts that wait are served in rotation. Rejects
   * with `too_many_requests` after a minute.
   */
  enter(accountId: number): Promise<() => void>;
}

interface Waiter {
  readonly admit: () => void;
}

export interface UploadSlotsOptions {
  readonly clock: Clock;
  readonly max: number;
  readonly maxPerAccount: number;
}

class Slots implements UploadSlots {
  readonly #options: UploadSlotsOptions;
  #taken = 0;
  readonly #takenBy = new Map<number, number>();
  /** In the order in which the accounts are served next. */
  readonly #waiting = new Map<number, Set<Waiter>>();

  constructor(options: UploadSlotsOptions) {
    this.#options = options;
  }

  enter(accountId: number): Promise<() => void> {
    if (this.#mayEnter(accountId)) return Promise.resolve(this.#take(accountId));
    return new Promise((resolve, reject) => {
      const waiters = this.#waiting.get(accountId) ?? new Set();
      this.#waiting.set(accountId, waiters);
      const cancel = this.#options.clock.after(WAIT_MS, () => {
        this.#forget(accountId, waiter);
        reject(
          new AppError('too_many_requests', 'too many uploads are under way: try again in a moment', {
            headers: { 'retry-after': String(RETRY_SECONDS) },
          }),
        );
      });
      const waiter: Waiter = {
        admit: () => {
          cancel();
          resolve(this.#take(accountId));
        },
      };
      waiters.add(waiter);
    });
  }

  #mayEnter(accountId: number): boolean {
    const own = this.#takenBy.get(accountId) ?? 0;
    return this.#taken < this.#options.max && own < this.#options.maxPerAccount;
  }

  #take(accountId: number): () => void {
    this.#taken++;
    this.#takenBy.set(accountId, (this.#takenBy.get(accountId) ?? 0) + 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#taken--;
      const left = (this.#takenBy.get(accountId) ?? 1) - 1;
      if (left > 0) this.#takenBy.set(accountId, left);
      else this.#takenBy.delete(accountId);
      this.#admitNext();
    };
  }

  #admitNext(): void {
    for (const [accountId, waiters] of this.#waiting) {
      if (!this.#mayEnter(accountId)) continue;
      const [waiter] = waiters;
      if (!waiter) continue;
      this.#forget(accountId, waiter);
      // To the end of the line, so that one account does not keep the others out.
      if (waiters.size > 0) {
        this.#waiting.delete(accountId);
        this.#waiting.set(accountId, waiters);
      }
      waiter.admit();
      return;
    }
  }

  #forget(accountId: number, waiter: Waiter): void {
    const waiters = this.#waiting.get(accountId);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiting.delete(accountId);
  }
}

/** Slots for so many uploads in all, and so many of one account. */
export function createUploadSlots(options: UploadSlotsOptions): UploadSlots {
  return new Slots(options);
}
