import { describe, expect, it } from 'vitest';
import { createActivity } from '#server/domain/artifacts/activity.ts';
import type { Database } from '#server/db/database.ts';
import type { Digest } from '#server/lib/digest.ts';
import { createAuditTrail } from '#server/events/audit.ts';
import { DEFAULT_REGISTRY_SETTINGS } from '#server/config/registry-settings.ts';
import { manualClock } from '#server/lib/clock.ts';
import { databases } from './open-database.ts';

const DIGEST = `sha256:${'a'.repeat(64)}` as Digest;

describe.each(databases)('what reading leaves behind: %s', (_name, open, isHere) => {
  const test = it.skipIf(!isHere);

  test('is written at the next try when a write failed, and given up in the end', async () => {
    const { db, dispose } = await open();
    const clock = manualClock();
    let fails = 0;
    const failing: Database = {
      ...db,
      tx: (work) => (fails-- > 0 ? Promise.reject(new Error('a deadlock')) : db.tx(work)),
    };
    const failures: unknown[] = [];
    const activity = createActivity({
      db: failing,
      clock,
      audit: createAuditTrail({ clock, settings: () => DEFAULT_REGISTRY_SETTINGS }),
      writeTraffic: () => Promise.resolve(),
      onFailure: (error) => failures.push(error),
    });
    await db.tx((tx) =>
      tx.insertInto('blob').values({ digest: DIGEST, size_bytes: 1, created_at: 0, seen_at: 0 }).execute(),
    );
    const seenAt = async (): Promise<number | undefined> =>
      (await db.read.selectFrom('blob').select('seen_at').executeTakeFirst())?.seen_at;

    fails = 1;
    activity.blobSeen(DIGEST);
    const first = clock.now();
    await expect(activity.flush()).rejects.toThrow('a deadlock');
    await activity.flush();
    expect(await seenAt()).toBe(first);

    fails = 5;
    clock.advance(10);
    activity.blobSeen(DIGEST);
    for (let time = 1; time <= 5; time++) await expect(activity.flush()).rejects.toThrow('a deadlock');
    await activity.flush();
    expect(await seenAt()).toBe(first);
    await activity.stop();
    await dispose();
  });
});
