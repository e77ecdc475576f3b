import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { afterCommit, isUniqueViolation, type Database } from '#server/db/database.ts';
import { openPostgres } from '#server/db/postgres.ts';
import { openSqlite } from '#server/db/sqlite.ts';
import { createDispatcher } from '#server/events/dispatch.ts';
import { createOutbox } from '#server/events/outbox.ts';
import type { RecordedEvent } from '#server/events/catalogue.ts';
import type { JobHandlers } from '#server/jobs/catalogue.ts';
import { createJobQueue } from '#server/jobs/queue.ts';
import { createJobRunner, retryDelayMs } from '#server/jobs/runner.ts';
import { manualClock } from '#server/lib/clock.ts';
import { freshDatabase, hasPostgres } from '#test/support/postgres.ts';

interface Opened {
  readonly db: Database;
  readonly dispose: () => Promise<void>;
}

async function sqlite(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-db-'));
  const db = await openSqlite(folder);
  return { db, dispose: () => db.close().then(() => rm(folder, { recursive: true, force: true })) };
}

async function postgres(): Promise<Opened> {
  const fresh = await freshDatabase();
  if (!fresh) throw new Error('no PostgreSQL in this run');
  const db = await openPostgres(fresh.url);
  return { db, dispose: () => db.close().then(fresh.dispose) };
}

const setting = (key: string, value = '1') => ({ key, value });

describe.each([
  ['SQLite', sqlite, true],
  ['PostgreSQL', postgres, hasPostgres()],
] as const)('database: %s', (_name, openDatabase, isHere) => {
  // Skips are counted; in CI a machine without PostgreSQL fails.
  const test = it.skipIf(!isHere);
  let opened: Opened;
  let db: Database;
  beforeEach(async () => {
    if (!isHere) return;
    opened = await openDatabase();
    db = opened.db;
  });
  afterEach(() => (isHere ? opened.dispose() : undefined));

  const keys = async (): Promise<string[]> =>
    (await db.read.selectFrom('setting').select('key').orderBy('key').execute()).map((row) => row.key);

  test('commits all of a transaction, or nothing', async () => {
    await db.tx((tx) => tx.insertInto('setting').values(setting('kept')).execute());
    const failed = db.tx(async (tx) => {
      await tx.insertInto('setting').values(setting('lost')).execute();
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    expect(await keys()).toEqual(['kept']);
  });

  test('runs hooks after the commit, and not at all after a failure', async () => {
    const seen: string[][] = [];
    const note = async (): Promise<void> => void seen.push(await keys());
    await db.tx(async (tx) => {
      afterCommit(() => void note());
      await tx.insertInto('setting').values(setting('a')).execute();
      expect(seen).toEqual([]);
    });
    await expect(
      db.tx(async () => {
        afterCommit(() => seen.push(['never']));
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await expect.poll(() => seen).toEqual([['a']]);
  });

  test('refuses a transaction inside another, and a hook outside of one', async () => {
    await expect(db.tx(() => db.tx(() => Promise.resolve(1)))).rejects.toThrow('inside another');
    expect(() => afterCommit(() => undefined)).toThrow('outside');
  });

  test('keeps apart transactions that run at once', async () => {
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        db.tx((tx) =>
          tx
            .insertInto('setting')
            .values(setting(`k${i}`))
            .execute(),
        ),
      ),
    );
    expect(await keys()).toHaveLength(40);
  });

  test('knows a broken unique constraint', async () => {
    await db.tx((tx) => tx.insertInto('setting').values(setting('a')).execute());
    const error: unknown = await db
      .tx((tx) => tx.insertInto('setting').values(setting('a')).execute())
      .catch((caught: unknown) => caught);
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(new Error('other'))).toBe(false);
  });

  test('sorts names by bytes and counts in numbers', async () => {
    const account = {
      email: '',
      realname: '',
      comment: '',
      password_hash: null,
      is_admin: 0 as const,
      created_at: 2 ** 45,
      updated_at: 0,
      deleted_at: null,
    };
    for (const username of ['b', 'A', '_', 'a', 'B'])
      await db.tx((tx) =>
        tx
          .insertInto('account')
          .values({ ...account, username })
          .execute(),
      );
    const rows = await db.read
      .selectFrom('account')
      .select(['username', 'created_at', 'id'])
      .orderBy('username')
      .execute();
    expect(rows.map((row) => row.username)).toEqual(['A', 'B', '_', 'a', 'b']);
    expect(rows[0]?.created_at).toBe(2 ** 45);
    expect(typeof rows[0]?.id).toBe('number');
  });

  function background(handlers: Partial<JobHandlers>, clock = manualClock()) {
    const failures: unknown[] = [];
    const queue = createJobQueue({ db, clock, wake: () => runner.wake() });
    const dispatcher = createDispatcher({ db, queue, clock, onFailure: (error) => failures.push(error) });
    const outbox = createOutbox({ clock, wake: () => dispatcher.wake() });
    const none = (): Promise<void> => Promise.resolve();
    const runner = createJobRunner({
      db,
      queue,
      clock,
      owner: 'test',
      log: (_text, error) => error !== undefined && failures.push(error),
      handlers: {
        'uploads.drop': none,
        'uploads.purge': none,
        'records.purge': none,
        'overview.keep': none,
        ...handlers,
      },
    });
    const idle = async (): Promise<void> => {
      await dispatcher.idle();
      await runner.idle();
    };
    const stop = async (): Promise<void> => {
      await runner.stop();
      await dispatcher.stop();
    };
    return { clock, queue, dispatcher, outbox, runner, failures, idle, stop };
  }

  const deleted = { kind: 'project.deleted', payload: { projectId: 7, projectName: 'p' } } as const;

  test('turns an event into its jobs once, and tells listeners', async () => {
    const ran: unknown[] = [];
    const heard: RecordedEvent[] = [];
    const work = background({ 'uploads.drop': async (payload) => void ran.push(payload) });
    work.dispatcher.listen((event) => heard.push(event));
    work.dispatcher.start();
    work.runner.start();
    await db.tx((tx) => work.outbox.record(tx, deleted));
    await expect
      .poll(() => ran)
      .toEqual([{ projectId: 7, projectName: 'p', occurredAtMs: expect.any(Number) }]);
    await work.idle();
    work.dispatcher.wake();
    await work.idle();
    expect(ran).toHaveLength(1);
    expect(heard.map((event) => event.kind)).toEqual(['project.deleted']);
    expect(await work.dispatcher.since(0, 10)).toHaveLength(1);
    await work.stop();
    expect(work.failures).toEqual([]);
  });

  test('dispatches what an earlier run left behind', async () => {
    const first = background({});
    await db.tx((tx) => first.outbox.record(tx, deleted));
    const ran: unknown[] = [];
    const second = background({ 'uploads.drop': async (payload) => void ran.push(payload) });
    second.dispatcher.start();
    second.runner.start();
    await expect.poll(() => ran).toHaveLength(1);
    await second.stop();
  });

  test('tries a failed job again, later each time, and gives up in the end', async () => {
    let attempts = 0;
    const work = background({
      'uploads.drop': () => {
        attempts++;
        return Promise.reject(new Error('not today'));
      },
    });
    await db.tx((tx) => work.queue.enqueue(tx, { kind: 'uploads.drop', payload: '{"projectId":1}' }));
    work.runner.start();
    await work.idle();
    for (let i = 1; i < 12; i++) {
      work.clock.advance(retryDelayMs(i));
      work.runner.wake();
      await work.idle();
    }
    expect(attempts).toBe(8);
    const [job] = await db.read.selectFrom('job').selectAll().where('kind', '=', 'uploads.drop').execute();
    expect(job).toMatchObject({ state: 'error', error: 'not today', attempts: 8 });
    await work.stop();
  });

  test('gives a job to one of many takers, and to another when its lease has run out', async () => {
    const { queue, clock } = background({});
    for (let i = 0; i < 20; i++)
      await db.tx((tx) => queue.enqueue(tx, { kind: 'uploads.drop', payload: '{}' }));
    const taken = await Promise.all(Array.from({ length: 30 }, (_, i) => queue.claim(`w${i}`, 1000)));
    const ids = taken.flatMap((job) => (job ? [job.id] : []));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(20);
    expect(await queue.claim('late', 1000)).toBeUndefined();
    clock.advance(1001);
    const again = await queue.claim('late', 1000);
    expect(again?.attempts).toBe(2);
    expect(await queue.heartbeat(again!, 'late', 1000)).toBe(true);
    expect(await queue.heartbeat(again!, 'w0', 1000)).toBe(false);
  });

  test('makes one job of a key', async () => {
    const { queue } = background({});
    for (let i = 0; i < 3; i++)
      await db.tx((tx) => queue.enqueue(tx, { kind: 'uploads.drop', payload: '{}', dedupeKey: 'k' }));
    expect(await db.read.selectFrom('job').select('id').execute()).toHaveLength(1);
  });

  test('fires a schedule once for each of its times', async () => {
    let runs = 0;
    const work = background({ 'uploads.purge': async () => void runs++ });
    work.runner.start();
    await work.idle();
    expect(runs).toBe(0);
    work.clock.advance(15 * 60_000);
    work.runner.wake();
    await work.idle();
    work.runner.wake();
    await work.idle();
    expect(runs).toBe(1);
    await work.stop();
  });
});

describe('SQLite alone', () => {
  it('reads on while a transaction is open', async () => {
    const { db, dispose } = await sqlite();
    await db.tx(async (tx) => {
      await tx.insertInto('setting').values(setting('unseen')).execute();
      expect(await db.read.selectFrom('setting').selectAll().execute()).toEqual([]);
    });
    expect(await db.read.selectFrom('setting').selectAll().execute()).toHaveLength(1);
    await dispose();
  });

  it('leaves no WAL behind when it closes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'berth-db-'));
    const db = await openSqlite(folder);
    await db.tx((tx) => tx.insertInto('setting').values(setting('a')).execute());
    await db.close();
    expect((await readdir(folder)).toSorted()).toEqual(['berth.db']);
    await rm(folder, { recursive: true });
  });

  it('says that the disk is full, and goes on when there is space again', async () => {
    const { db, dispose } = await sqlite();
    const pages = await sql<{ page_count: number }>`pragma page_count`.execute(db.read);
    const limit = (count: number) =>
      db.tx((tx) => sql`pragma max_page_count = ${sql.lit(count)}`.execute(tx));
    await limit((pages.rows[0]?.page_count ?? 0) + 2);
    const big = db.tx((tx) =>
      tx
        .insertInto('setting')
        .values(setting('big', 'x'.repeat(1_000_000)))
        .execute(),
    );
    await expect(big).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('full') });
    await limit(1_000_000);
    await db.tx((tx) => tx.insertInto('setting').values(setting('after')).execute());
    expect(await db.read.selectFrom('setting').select('key').execute()).toEqual([{ key: 'after' }]);
    await dispose();
  });
});
