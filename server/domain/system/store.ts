import { sql } from 'kysely';
import type { Principal } from '../../access/principal.ts';
import type { Db, Tx } from '../../db/database.ts';

export interface Statistics {
  readonly privateProjects: number;
  readonly privateRepositories: number;
  readonly publicProjects: number;
  readonly publicRepositories: number;
  readonly storageBytes: number;
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

/** Projects and repositories that the caller sees, by visibility; bytes of all blobs only for an administrator. */
export async function selectStatistics(db: Db, principal: Principal): Promise<Statistics> {
  const account = principal.kind === 'user' ? principal.userId : 0;
  const isAdmin = principal.kind === 'user' && principal.isAdmin;
  let query = db
    .selectFrom('project')
    .leftJoin('repository', 'repository.project_id', 'project.id')
    .select(['project.is_public'])
    .select(sql<number>`count(distinct project.id)`.as('projects'))
    .select(sql<number>`count(repository.id)`.as('repositories'))
    .where('project.deleted_at', 'is', null)
    .groupBy('project.is_public');
  if (!isAdmin) {
    query = query.where((eb) =>
      eb.or([
        eb('project.is_public', '=', 1),
        eb('project.id', 'in', (members) =>
          members
            .selectFrom('project_member')
            .select('project_member.project_id')
            .where('project_member.account_id', '=', account),
        ),
      ]),
    );
  }
  const rows = await query.execute();
  const own = rows.find((row) => row.is_public === 0);
  const everybody = rows.find((row) => row.is_public === 1);
  return {
    privateProjects: own?.projects ?? 0,
    privateRepositories: own?.repositories ?? 0,
    publicProjects: everybody?.projects ?? 0,
    publicRepositories: everybody?.repositories ?? 0,
    storageBytes: isAdmin ? await selectStorageBytes(db) : 0,
  };
}

async function selectStorageBytes(db: Db): Promise<number> {
  const { total } = await db
    .selectFrom('blob')
    .select(sql<number>`coalesce(sum(size_bytes), 0)`.as('total'))
    .executeTakeFirstOrThrow();
  return total;
}
