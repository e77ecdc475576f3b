import { sql, type ColumnDataType, type Kysely } from 'kysely';
import type { DatabaseKind } from '../kind.ts';

/** Labels of the whole registry or of one project, and which artifacts carry them. */
export async function createLabels(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  const sqlite = kind === 'sqlite';
  await db.schema
    .createTable('label')
    .addColumn('id', (sqlite ? 'integer' : 'bigint') as ColumnDataType, (c) =>
      sqlite ? c.primaryKey().autoIncrement() : c.primaryKey().generatedByDefaultAsIdentity(),
    )
    // Names sort by bytes in both databases, as those of projects do.
    .addColumn('name', sqlite ? sql`text` : sql`text collate "C"`, (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('color', 'text', (c) => c.notNull())
    .addColumn('scope', 'text', (c) => c.notNull())
    .addColumn('project_id', 'bigint', (c) => c.references('project.id').onDelete('cascade'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    // A label has a project exactly where its scope says so: no row can be read as another kind than it was made.
    .addCheckConstraint(
      'label_scope',
      sql`(scope = 'g' and project_id is null) or (scope = 'p' and project_id is not null)`,
    )
    .execute();
  // Two indices, since to a unique one each null is another.
  await sql`create unique index label_global_name on label (name) where project_id is null`.execute(db);
  await sql`create unique index label_project_name on label (project_id, name) where project_id is not null`.execute(
    db,
  );
  await db.schema
    .createTable('artifact_label')
    .addColumn('artifact_id', 'bigint', (c) => c.notNull().references('artifact.id').onDelete('cascade'))
    .addColumn('label_id', 'bigint', (c) => c.notNull().references('label.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('artifact_label_pk', ['artifact_id', 'label_id'])
    .execute();
  await db.schema
    .createIndex('artifact_label_label')
    .on('artifact_label')
    .columns(['label_id', 'artifact_id'])
    .execute();
}
