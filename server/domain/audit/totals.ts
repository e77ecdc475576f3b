import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Db } from '../../db/database.ts';
import { unindexed, type Asked } from './asked.ts';
import { countMatches } from './store.ts';
import { WINDOW } from './walk.ts';

/** Counts kept, each by its search. */
const KEPT_COUNTS = 500;
/** Rows written last are counted anew: on PostgreSQL a lower id may still be committed after a higher one. */
const UNSETTLED = 10_000;

/** How many entries match. `key` stands for the whole search. */
export type Totals = (asked: Asked, key: string) => Promise<number>;

/** Rows are only ever added: what was counted once stays counted. Whatever removes rows must begin anew. */
export function createTotals(db: Db): Totals {
  const counts = new LRUCache<string, { readonly count: number; readonly upTo: number }>({
    max: KEPT_COUNTS,
  });
  return async function total({ parts, conditions, isFew, bounds }, key) {
    if (isFew) return countMatches(db, conditions);
    if (!bounds) return 0;
    const within = (low: number, high: number): Promise<number> =>
      countMatches(db, [sql`id between ${low} and ${high}`, ...conditions.map(unindexed)]);
    const settled = bounds.last - UNSETTLED;
    let { count, upTo } = counts.get(key) ?? { count: 0, upTo: bounds.first - 1 };
    if (upTo < settled && !counts.has(key) && parts.length <= 1 && parts.every((part) => part.indexed)) {
      // An index counts these at once.
      count = (await countMatches(db, conditions)) - (await within(settled + 1, bounds.last));
      upTo = settled;
      counts.set(key, { count, upTo });
    }
    while (upTo + WINDOW <= settled) {
      count += await within(upTo + 1, upTo + WINDOW);
      upTo += WINDOW;
      counts.set(key, { count, upTo });
      await setImmediate();
    }
    return count + (await within(upTo + 1, bounds.last));
  };
}
