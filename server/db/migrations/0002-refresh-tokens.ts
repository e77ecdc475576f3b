import type { Kysely } from 'kysely';

/** What a client keeps instead of a password (distribution token specification, "offline_token"). */
export async function createRefreshTokens(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('refresh_token')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('account_id', 'bigint', (c) => c.notNull().references('account.id').onDelete('cascade'))
    .addColumn('service', 'text', (c) => c.notNull())
    .addColumn('password_mark', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('used_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('refresh_token_account')
    .on('refresh_token')
    .columns(['account_id', 'used_at'])
    .execute();
  await db.schema.createIndex('refresh_token_used').on('refresh_token').column('used_at').execute();
}
