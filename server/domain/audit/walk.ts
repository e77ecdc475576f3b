import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from '../../db/database.ts';
import type { Condition } from '../../db/list-filter.ts';
import { unindexed, type Asked } from './asked.ts';
import { selectIds } from './store.ts';

/** Rows looked at in one query of a walk through the log: others have their turn between two of them. */
export const WINDOW = 10_000;

interface Walk {
  readonly descending: boolean;
  /** Matches after which the walk ends. */
  readonly limit: number;
  readonly maxWindows?: number;
  /** Begins below (or above) this id. */
  readonly from?: number | undefined;
}

/** Ids of matches by walking through the log in windows, and where the walk ended; undefined where the log did. */
export async function walk(
  db: Db,
  { conditions, bounds }: Pick<Asked, 'conditions' | 'bounds'>,
  { descending, limit, maxWindows = Infinity, from }: Walk,
): Promise<{ ids: number[]; endedAt: number | undefined }> {
  const ids: number[] = [];
  if (!bounds) return { ids, endedAt: undefined };
  const start = descending
    ? Math.min(bounds.last, (from ?? Infinity) - 1)
    : Math.max(bounds.first, (from ?? 0) + 1);
  const step = descending ? -WINDOW : WINDOW;
  let at = start;
  for (let windows = 0; at >= bounds.first && at <= bounds.last; windows++, at += step) {
    if (windows === maxWindows) return { ids, endedAt: at + (descending ? 1 : -1) };
    const [low, high] = descending ? [at - WINDOW + 1, at] : [at, at + WINDOW - 1];
    const within: Condition = sql`id between ${low} and ${high}`;
    const found = await selectIds(db, [within, ...conditions.map(unindexed)], {
      order: ['id'],
      descending,
      limit: limit - ids.length,
    });
    ids.push(...found);
    if (ids.length === limit) return { ids, endedAt: ids.at(-1) };
    await setImmediate();
  }
  return { ids, endedAt: undefined };
}
