import type { Kysely } from 'kysely';
import type { DatabaseKind } from '../kind.ts';

/** Archives of images that somebody sent, until the names of what is in them are confirmed. */
export async function addArchives(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  await db.schema
    .createTable('archive_import')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'bigint', (c) => c.notNull())
    .addColumn('account_id', 'bigint', (c) => c.notNull())
    .addColumn('file_name', 'text', (c) => c.notNull())
    .addColumn('images', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('active_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('archive_import_active')
    .on('archive_import')
    .columns(['active_at', 'id'])
    .execute();
  await db.schema
    .createIndex('archive_import_account')
    .on('archive_import')
    .columns(['project_id', 'account_id', 'created_at', 'id'])
    .execute();
  await db.schema
    .createTable('archive_part')
    .addColumn('import_id', 'text', (c) => c.notNull().references('archive_import.id').onDelete('cascade'))
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('size_bytes', 'bigint', (c) => c.notNull())
    .addColumn('upload_id', 'text')
    .addColumn('media_type', 'text')
    .addColumn('bytes', kind === 'sqlite' ? 'blob' : 'bytea')
    .addPrimaryKeyConstraint('archive_part_pk', ['import_id', 'digest'])
    .execute();
  // All uploads of one archive lie under one name.
  await db.schema.createIndex('upload_name').on('upload').column('repository_name').execute();
}
