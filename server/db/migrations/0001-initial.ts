import { sql, type ColumnDataType, type ColumnDefinitionBuilder, type Kysely } from 'kysely';
import type { DatabaseKind } from '../kind.ts';

type Build = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
const required: Build = (column) => column.notNull();

/** Column types that differ between the databases. */
function dialect(kind: DatabaseKind) {
  const sqlite = kind === 'sqlite';
  return {
    idType: (sqlite ? 'integer' : 'bigint') as ColumnDataType,
    id: ((column) =>
      sqlite
        ? column.primaryKey().autoIncrement()
        : column.primaryKey().generatedByDefaultAsIdentity()) as Build,
    bytes: (sqlite ? 'blob' : 'bytea') as ColumnDataType,
    // Names sort by bytes (OCI distribution spec, "Listing Tags"); SQLite does so by itself.
    name: (sqlite ? sql`text` : sql`text collate "C"`) as ReturnType<typeof sql>,
  };
}

async function createAccounts(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  const { id, idType, name } = dialect(kind);
  await db.schema
    .createTable('setting')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('value', 'text', required)
    .execute();
  await db.schema
    .createTable('account')
    .addColumn('id', idType, id)
    .addColumn('username', name, required)
    .addColumn('email', 'text', required)
    .addColumn('realname', 'text', required)
    .addColumn('comment', 'text', required)
    .addColumn('password_hash', 'text')
    .addColumn('is_admin', 'integer', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('updated_at', 'bigint', required)
    .addColumn('deleted_at', 'bigint')
    .execute();
  await db.schema.createIndex('account_username').on('account').column('username').unique().execute();
  await db.schema
    .createTable('session')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('account_id', 'bigint', (c) => c.notNull().references('account.id').onDelete('cascade'))
    .addColumn('via', 'text', required)
    .addColumn('csrf_secret', 'text', required)
    .addColumn('user_agent', 'text', required)
    .addColumn('address', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('expires_at', 'bigint', required)
    .execute();
  await db.schema.createIndex('session_account').on('session').column('account_id').execute();
  await db.schema
    .createTable('token_key')
    .addColumn('kid', 'text', (c) => c.primaryKey())
    .addColumn('private_jwk', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .execute();
}

async function createProjects(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  const { id, idType, name } = dialect(kind);
  await db.schema
    .createTable('project')
    .addColumn('id', idType, id)
    .addColumn('name', name, required)
    .addColumn('owner_id', 'bigint', (c) => c.notNull().references('account.id'))
    .addColumn('is_public', 'integer', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('updated_at', 'bigint', required)
    .addColumn('deleted_at', 'bigint')
    .execute();
  await db.schema.createIndex('project_name').on('project').column('name').unique().execute();
  await db.schema
    .createTable('project_metadata')
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('project.id').onDelete('cascade'))
    .addColumn('name', 'text', required)
    .addColumn('value', 'text', required)
    .addPrimaryKeyConstraint('project_metadata_pk', ['project_id', 'name'])
    .execute();
  await db.schema
    .createTable('project_member')
    .addColumn('id', idType, id)
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('project.id').onDelete('cascade'))
    .addColumn('account_id', 'bigint', (c) => c.notNull().references('account.id').onDelete('cascade'))
    .addColumn('role_id', 'integer', required)
    .addColumn('created_at', 'bigint', required)
    .addUniqueConstraint('project_member_once', ['project_id', 'account_id'])
    .execute();
  await db.schema.createIndex('project_member_account').on('project_member').column('account_id').execute();
  await db.schema
    .createTable('repository')
    .addColumn('id', idType, id)
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('project.id'))
    .addColumn('name', name, required)
    .addColumn('description', 'text', required)
    .addColumn('artifact_count', 'bigint', required)
    .addColumn('pull_count', 'bigint', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('updated_at', 'bigint', required)
    .addUniqueConstraint('repository_name', ['project_id', 'name'])
    .execute();
}

async function createContent(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  const { name } = dialect(kind);
  await db.schema
    .createTable('blob')
    .addColumn('digest', 'text', (c) => c.primaryKey())
    .addColumn('size_bytes', 'bigint', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('seen_at', 'bigint', required)
    .execute();
  await db.schema
    .createTable('repository_blob')
    .addColumn('repository_id', 'bigint', (c) => c.notNull().references('repository.id').onDelete('cascade'))
    .addColumn('digest', 'text', (c) => c.notNull().references('blob.digest'))
    .addColumn('linked_at', 'bigint', required)
    .addPrimaryKeyConstraint('repository_blob_pk', ['repository_id', 'digest'])
    .execute();
  await db.schema.createIndex('repository_blob_digest').on('repository_blob').column('digest').execute();
  await db.schema
    .createTable('upload')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('project_id', 'bigint', required)
    .addColumn('repository_name', name, required)
    .addColumn('account_id', 'bigint', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('active_at', 'bigint', required)
    .execute();
  await db.schema.createIndex('upload_active').on('upload').column('active_at').execute();
}

async function createArtifacts(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  const { id, idType, bytes, name } = dialect(kind);
  await db.schema
    .createTable('artifact')
    .addColumn('id', idType, id)
    .addColumn('project_id', 'bigint', required)
    .addColumn('repository_id', 'bigint', (c) => c.notNull().references('repository.id').onDelete('cascade'))
    .addColumn('digest', 'text', required)
    .addColumn('media_type', 'text', required)
    .addColumn('config_media_type', 'text', required)
    .addColumn('artifact_type', 'text')
    .addColumn('referrer_type', 'text')
    .addColumn('kind', 'text', required)
    .addColumn('subject_digest', 'text')
    .addColumn('manifest_bytes', 'bigint', required)
    .addColumn('size_bytes', 'bigint', required)
    .addColumn('annotations', 'text', required)
    .addColumn('extra_attrs', 'text', required)
    .addColumn('pull_count', 'bigint', required)
    .addColumn('pushed_at', 'bigint', required)
    .addColumn('pulled_at', 'bigint')
    .addUniqueConstraint('artifact_digest', ['repository_id', 'digest'])
    .execute();
  await db.schema
    .createIndex('artifact_subject')
    .on('artifact')
    .columns(['repository_id', 'subject_digest', 'referrer_type'])
    .execute();
  await db.schema
    .createTable('artifact_manifest')
    .addColumn('artifact_id', 'bigint', (c) => c.primaryKey().references('artifact.id').onDelete('cascade'))
    .addColumn('bytes', bytes, required)
    .execute();
  await db.schema
    .createTable('artifact_reference')
    .addColumn('artifact_id', 'bigint', (c) => c.notNull().references('artifact.id').onDelete('cascade'))
    .addColumn('position', 'integer', required)
    .addColumn('role', 'text', required)
    .addColumn('digest', 'text', required)
    .addColumn('media_type', 'text', required)
    .addColumn('size_bytes', 'bigint', required)
    .addColumn('platform', 'text')
    .addColumn('annotations', 'text', required)
    .addColumn('urls', 'text', required)
    .addPrimaryKeyConstraint('artifact_reference_pk', ['artifact_id', 'position'])
    .execute();
  await db.schema
    .createIndex('artifact_reference_digest')
    .on('artifact_reference')
    .column('digest')
    .execute();
  await db.schema
    .createTable('tag')
    .addColumn('id', idType, id)
    .addColumn('repository_id', 'bigint', (c) => c.notNull().references('repository.id').onDelete('cascade'))
    .addColumn('artifact_id', 'bigint', (c) => c.notNull().references('artifact.id').onDelete('cascade'))
    .addColumn('name', name, required)
    .addColumn('pushed_at', 'bigint', required)
    .addColumn('pulled_at', 'bigint')
    .addUniqueConstraint('tag_name', ['repository_id', 'name'])
    .execute();
  await db.schema.createIndex('tag_artifact').on('tag').column('artifact_id').execute();
}

async function createRecords(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  const { id, idType } = dialect(kind);
  await db.schema
    .createTable('event')
    .addColumn('id', idType, id)
    .addColumn('kind', 'text', required)
    .addColumn('project_id', 'bigint')
    .addColumn('payload', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('dispatched_at', 'bigint')
    .execute();
  await db.schema
    .createTable('job')
    .addColumn('id', idType, id)
    .addColumn('kind', 'text', required)
    .addColumn('payload', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('dedupe_key', 'text', (c) => c.unique())
    .addColumn('run_at', 'bigint', required)
    .addColumn('attempts', 'integer', required)
    .addColumn('lease_owner', 'text')
    .addColumn('lease_until', 'bigint')
    .addColumn('error', 'text')
    .addColumn('created_at', 'bigint', required)
    .addColumn('finished_at', 'bigint')
    .execute();
  await db.schema.createIndex('job_due').on('job').columns(['state', 'run_at']).execute();
  await db.schema
    .createTable('audit_log')
    .addColumn('id', idType, id)
    .addColumn('op_time', 'bigint', required)
    .addColumn('account_id', 'bigint')
    .addColumn('username', 'text', required)
    .addColumn('operation', 'text', required)
    .addColumn('resource', 'text', required)
    .addColumn('resource_type', 'text', required)
    .addColumn('description', 'text', required)
    .addColumn('succeeded', 'integer', required)
    .addColumn('project_id', 'bigint')
    .addColumn('request_id', 'text', required)
    .execute();
  await db.schema.createIndex('audit_log_time').on('audit_log').columns(['op_time', 'id']).execute();
  await db.schema
    .createIndex('audit_log_project')
    .on('audit_log')
    .columns(['project_id', 'op_time', 'id'])
    .execute();
}

/** Everything the first version stores. */
export async function createInitialTables(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  await createAccounts(db, kind);
  await createProjects(db, kind);
  await createContent(db, kind);
  await createArtifacts(db, kind);
  await createRecords(db, kind);
}
