import type { Database } from '../db/database.ts';
import { DAYS } from '../lib/clock.ts';

/** How long dispatched events and finished jobs are kept: readers that were away catch up from them. */
const KEEP_MS = DAYS(7);

/** Forgets what nobody reads any more. Audit rows are not among it. */
export async function purgeRecords(db: Database, nowMs: number): Promise<void> {
  await db.tx(async (tx) => {
    await tx
      .deleteFrom('event')
      .where('dispatched_at', '<', nowMs - KEEP_MS)
      .execute();
    await tx
      .deleteFrom('job')
      .where('finished_at', '<', nowMs - KEEP_MS)
      .execute();
  });
}
