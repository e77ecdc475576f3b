import { randomUUID } from 'node:crypto';
import { sql, type Kysely } from 'kysely';

/** Sessions that slide and that people can name, and no two accounts of one e-mail address. */
export async function addSessionUse(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('session').addColumn('public_id', 'text').execute();
  await db.schema
    .alterTable('session')
    .addColumn('used_at', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await sql`update session set used_at = created_at`.execute(db);
  const { rows } = await sql<{ id: string }>`select id from session`.execute(db);
  for (const { id } of rows)
    await sql`update session set public_id = ${randomUUID()} where id = ${id}`.execute(db);
  await db.schema.createIndex('session_public_id').on('session').column('public_id').unique().execute();
  await db.schema.createIndex('session_expires').on('session').column('expires_at').execute();
  // Two that were made in the same moment may share one on PostgreSQL: the older account keeps it, the other gets one
  // that nobody has, by which an administrator finds it.
  await sql`update account set email = email || '#' || id where email <> '' and deleted_at is null and exists (
    select 1 from account older where lower(older.email) = lower(account.email)
      and older.deleted_at is null and older.id < account.id)`.execute(db);
  // The first administrator may have none; a removed account's address is free again.
  await sql`create unique index account_email on account (lower(email)) where email <> '' and deleted_at is null`.execute(
    db,
  );
}
