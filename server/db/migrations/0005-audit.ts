import { sql, type Kysely } from 'kysely';

/** From where something was done, what it changed, and indices by which the log is read at any length. */
export async function addAuditDetails(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('audit_log')
    .addColumn('address', 'text', (c) => c.notNull().defaultTo(''))
    .execute();
  for (const column of ['before', 'after'])
    await db.schema.alterTable('audit_log').addColumn(column, 'text').execute();
  for (const column of ['username', 'operation', 'resource_type', 'resource']) {
    await db.schema
      .createIndex(`audit_log_${column}`)
      .on('audit_log')
      .columns([column, 'op_time', 'id'])
      .execute();
  }
  // Few attempts fail: the others cost this index nothing.
  await sql`create index audit_log_failed on audit_log (op_time, id) where succeeded = 0`.execute(db);
}
