import SQLite from 'better-sqlite3';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { isUniqueViolation } from '#server/db/database.ts';
import { createInitialTables } from '#server/db/migrations/0001-initial.ts';
import { addSessionUse } from '#server/db/migrations/0007-accounts.ts';
import type { Tables } from '#server/db/tables.ts';
import { freshDatabase, hasPostgres } from '#test/support/postgres.ts';

interface Opened {
  readonly db: Kysely<Tables>;
  readonly dispose: () => Promise<void>;
}

/** A migration knows no tables of today. */
const asIs = (db: Kysely<Tables>) => db as unknown as Kysely<unknown>;

async function sqlite(): Promise<Opened> {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: new SQLite(':memory:') }) });
  await createInitialTables(asIs(db), 'sqlite');
  return { db, dispose: () => db.destroy() };
}

async function postgres(): Promise<Opened> {
  const fresh = await freshDatabase();
  if (!fresh) throw new Error('no PostgreSQL in this run');
  const pool = new pg.Pool({ connectionString: fresh.url });
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  await createInitialTables(asIs(db), 'postgres');
  return { db, dispose: () => db.destroy().then(fresh.dispose) };
}

const account = (username: string, email: string, deletedAt: number | null = null) => ({
  username,
  email,
  realname: '',
  comment: '',
  password_hash: null,
  is_admin: 0 as const,
  created_at: 1,
  updated_at: 1,
  deleted_at: deletedAt,
});

describe.each([
  ['SQLite', sqlite, true],
  ['PostgreSQL', postgres, hasPostgres()],
] as const)('the migration of accounts: %s', (_name, open, isHere) => {
  // Skips are counted; in CI a machine without PostgreSQL fails.
  const test = it.skipIf(!isHere);

  test('gives the sessions that are there a name of their own, and keeps them', async () => {
    const { db, dispose } = await open();
    const { id } = await db
      .insertInto('account')
      .values(account('ann', 'ann@example.com'))
      .returning('id')
      .executeTakeFirstOrThrow();
    const old = { account_id: id, via: 'password', csrf_secret: 'c', user_agent: '', address: '' } as const;
    for (const [hash, createdAt] of [
      ['a', 5],
      ['b', 7],
    ] as const) {
      const row = { ...old, id: hash, created_at: createdAt, expires_at: 100 };
      // As it was then: without the columns of today.
      await db
        .insertInto('session')
        .values(row as never)
        .execute();
    }
    await addSessionUse(asIs(db));
    const rows = await db.selectFrom('session').selectAll().orderBy('id').execute();
    expect(rows.map((row) => [row.id, Number(row.used_at)])).toEqual([
      ['a', 5],
      ['b', 7],
    ]);
    expect(new Set(rows.map((row) => row.public_id)).size).toBe(2);
    for (const row of rows) expect(row.public_id).toMatch(/^[0-9a-f-]{36}$/);
    await dispose();
  });

  test('lets no two accounts that are there have one address, but for none at all', async () => {
    const { db, dispose } = await open();
    await addSessionUse(asIs(db));
    const add = (...values: Parameters<typeof account>) =>
      db
        .insertInto('account')
        .values(account(...values))
        .execute();
    await add('admin', '');
    await add('robot', '');
    await add('ann', 'ann@example.com');
    await add('gone', 'ben@example.com', 9);
    await add('ben', 'ben@example.com');
    await expect(add('other', 'ANN@example.com').catch(isUniqueViolation)).resolves.toBe(true);
    await dispose();
  });

  test('frees an address that two accounts share, for the younger one', async () => {
    const { db, dispose } = await open();
    for (const [name, email] of [
      ['ann', 'a@example.com'],
      ['bob', 'A@example.com'],
      ['none', ''],
      ['nobody', ''],
    ] as const)
      await db.insertInto('account').values(account(name, email)).execute();
    await addSessionUse(asIs(db));
    const rows = await db.selectFrom('account').select(['id', 'email']).orderBy('id').execute();
    const [first, second, ...others] = rows;
    expect(first?.email).toBe('a@example.com');
    expect(second?.email).toBe(`A@example.com#${second?.id}`);
    expect(others.map((row) => row.email)).toEqual(['', '']);
    await dispose();
  });
});
