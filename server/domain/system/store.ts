import { sql } from 'kysely';
import type { Principal } from '../../access/principal.ts';
import type { Db, Tx } from '../../db/database.ts';
import type { DatabaseKind } from '../../db/kind.ts';

export interface Statistics {
  readonly privateProjects: number;
  readonly privateRepositories: number;
  readonly publicProjects: number;
  readonly publicRepositories: number;
  readonly storageBytes: number;
}

export interface DatabaseFacts {
  readonly version: string;
  readonly bytes: number;
}

/** The database's own version, and its size on disk without its log. */
export async function selectDatabaseFacts(db: Db, kind: DatabaseKind): Promise<DatabaseFacts> {
  const facts =
    kind === 'sqlite'
      ? sql<DatabaseFacts>`
          select sqlite_version() as version, page_count * page_size as bytes
          from pragma_page_count(), pragma_page_size()`
      : sql<DatabaseFacts>`
          select current_setting('server_version') as version, pg_database_size(current_database()) as bytes`;
  const { rows } = await facts.execute(db);
  return rows[0] ?? { version: '', bytes: 0 };
}

/** Throws when the database does not answer. */
export async function selectOne(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}

export async function selectSetting(db: Db, key: string): Promise<string | undefined> {
  return (await db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst())?.value;
}

/** Writes a setting that nobody has written yet. */
export async function insertSetting(tx: Tx, key: string, value: string): Promise<void> {
  await tx
    .insertInto('setting')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
}

/** Whether an artifact is here, or the log tells of one that was pushed and deleted since. */
export async function wasArtifactPushed(db: Db): Promise<boolean> {
  if (await db.selectFrom('artifact').select('id').limit(1).executeTakeFirst()) return true;
  const pushed = db
    .selectFrom('audit_log')
    .select('id')
    .where('operation', '=', 'create')
    .where('resource_type', '=', 'artifact');
  return (await pushed.limit(1).executeTakeFirst()) !== undefined;
}

/**
 * Projects and repositories that the caller sees, by visibility; bytes of all blobs only for an administrator. The
 * database keeps both counts, so that no repository and no blob is looked at.
 */
export async function selectStatistics(db: Db, principal: Principal): Promise<Statistics> {
  const isAdmin = principal.kind === 'user' && principal.isAdmin;
  const everybody = await countProjects(db, 1);
  const own = isAdmin
    ? await countProjects(db, 0)
    : await countOwn(db, principal.kind === 'user' ? principal.userId : 0);
  return {
    privateProjects: own.projects,
    privateRepositories: own.repositories,
    publicProjects: everybody.projects,
    publicRepositories: everybody.repositories,
    storageBytes: isAdmin ? await selectStorageBytes(db) : 0,
  };
}

const counts = [
  sql<number>`count(*)`.as('projects'),
  sql<number>`coalesce(sum(repository_count), 0)`.as('repositories'),
] as const;

const countProjects = (db: Db, isPublic: 0 | 1) =>
  db
    .selectFrom('project')
    .select(counts)
    .where('is_public', '=', isPublic)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();

/** The private ones that the account is a member of. */
const countOwn = (db: Db, accountId: number) =>
  db
    .selectFrom('project_member')
    .innerJoin('project', 'project.id', 'project_member.project_id')
    .select(counts)
    .where('project_member.account_id', '=', accountId)
    .where('project.is_public', '=', 0)
    .where('project.deleted_at', 'is', null)
    .executeTakeFirstOrThrow();

/** Bytes of all blobs, each counted once; the database keeps the sum. */
export async function selectStorageBytes(db: Db): Promise<number> {
  const { total } = await db
    .selectFrom('storage_total')
    .select(sql<number>`coalesce(sum(bytes), 0)`.as('total'))
    .executeTakeFirstOrThrow();
  return total;
}
