import { isIP } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';

/** Addresses remembered at once; beyond them the limit of all together still holds. */
const MAX_ADDRESSES = 10_000;

export interface RateLimitOptions {
  readonly clock: Clock;
  /** What is limited, for the refusal: `too many {what}`. */
  readonly what: string;
  readonly windowMs: number;
  /** Requests of one address (of IPv6: one /64 network, which one customer has) in a window. */
  readonly perAddress: number;
  /** Requests of all addresses in a window. */
  readonly overall: number;
}

export interface RateLimit {
  /** Counts a request. Throws `too_many_requests`, with Retry-After, when there were too many in this window. */
  readonly admit: (address: string) => void;
}

/** The address, or of IPv6 its first 64 bits. Pure. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [left = '', right] = address.split('::');
  const head = left === '' ? [] : left.split(':');
  const tail = right === undefined || right === '' ? [] : right.split(':');
  const groups =
    right === undefined
      ? head
      : [
          ...head,
          ...Array<string>(8)
            .fill('0')
            .slice(head.length + tail.length),
          ...tail,
        ];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

interface Window {
  readonly endMs: number;
  count: number;
}

/** Counts in memory, in windows that begin with a request. */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { clock, windowMs } = options;
  const byAddress = new LRUCache<string, Window>({ max: MAX_ADDRESSES });
  let all: Window = { endMs: 0, count: 0 };

  function refuse(window: Window): AppError {
    const seconds = Math.max(1, Math.ceil((window.endMs - clock.now()) / 1000));
    return new AppError('too_many_requests', `too many ${options.what}: try again in ${seconds} seconds`, {
      headers: { 'Retry-After': String(seconds) },
    });
  }

  return {
    admit(address) {
      const now = clock.now();
      const begin = (): Window => ({ endMs: now + windowMs, count: 0 });
      if (all.endMs <= now) all = begin();
      const key = networkOf(address);
      const known = byAddress.get(key);
      const own = known && known.endMs > now ? known : begin();
      byAddress.set(key, own);
      if (own.count >= options.perAddress) throw refuse(own);
      if (all.count >= options.overall) throw refuse(all);
      own.count++;
      all.count++;
    },
  };
}
