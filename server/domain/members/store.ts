import { sql } from 'kysely';
import type { RoleId } from '../../access/roles.ts';
import type { ProjectScope } from '../../access/scope.ts';
import type { Db, Tx } from '../../db/database.ts';
import { conditionsOf } from '../../db/list-filter.ts';
import type { ListRequest, ResultPage } from '../../lib/list-query.ts';

export interface Member {
  readonly id: number;
  readonly projectId: number;
  readonly accountId: number;
  readonly username: string;
  readonly role: RoleId;
}

function membersIn(db: Db, scope: ProjectScope) {
  return db
    .selectFrom('project_member as member')
    .innerJoin('account', 'account.id', 'member.account_id')
    .where('member.project_id', '=', scope.projectId)
    .where('account.deleted_at', 'is', null);
}

const withNames = (query: ReturnType<typeof membersIn>) =>
  query.select(['member.id', 'member.project_id', 'member.account_id', 'member.role_id', 'account.username']);

type Row = Awaited<ReturnType<ReturnType<typeof withNames>['execute']>>[number];

// The service lets no other number than a role's in.
const toMember = (row: Row): Member => ({
  id: row.id,
  projectId: row.project_id,
  accountId: row.account_id,
  username: row.username,
  role: row.role_id as RoleId,
});

export async function selectMember(db: Db, scope: ProjectScope, id: number): Promise<Member | undefined> {
  const row = await withNames(membersIn(db, scope)).where('member.id', '=', id).executeTakeFirst();
  return row && toMember(row);
}

/**
 * The member as it is, with its row held until the transaction ends, so that two changes at once follow each other;
 * undefined where it is gone.
 */
export async function holdMember(tx: Tx, scope: ProjectScope, id: number): Promise<Member | undefined> {
  await tx
    .updateTable('project_member')
    .set((eb) => ({ role_id: eb.ref('project_member.role_id') }))
    .where('project_id', '=', scope.projectId)
    .where('id', '=', id)
    .execute();
  return selectMember(tx, scope, id);
}

export async function selectMembers(
  db: Db,
  scope: ProjectScope,
  asked: { namePart?: string; request: ListRequest },
): Promise<ResultPage<Member>> {
  let query = membersIn(db, scope);
  if (asked.namePart) {
    const columns = { name: { ref: 'account.username', kind: 'text' } } as const;
    query = query.where((eb) =>
      eb.and(conditionsOf(columns, [{ key: 'name', op: 'contains', value: asked.namePart ?? '' }])),
    );
  }
  const { limit, offset } = asked.request;
  const [rows, count] = await Promise.all([
    withNames(query).orderBy('account.username').orderBy('member.id').limit(limit).offset(offset).execute(),
    query.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow(),
  ]);
  return { items: rows.map(toMember), total: count.total };
}

export async function insertMember(
  tx: Tx,
  scope: ProjectScope,
  member: { accountId: number; role: RoleId; nowMs: number },
): Promise<number> {
  const { id } = await tx
    .insertInto('project_member')
    .values({
      project_id: scope.projectId,
      account_id: member.accountId,
      role_id: member.role,
      created_at: member.nowMs,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export async function updateRole(
  tx: Tx,
  scope: ProjectScope,
  change: { id: number; role: RoleId },
): Promise<void> {
  await tx
    .updateTable('project_member')
    .set({ role_id: change.role })
    .where('project_id', '=', scope.projectId)
    .where('id', '=', change.id)
    .execute();
}

/** Ends every membership of the account; resolves to the projects that they were in. */
export async function deleteMembershipsOf(
  tx: Tx,
  accountId: number,
): Promise<{ readonly projectId: number; readonly projectName: string }[]> {
  const rows = await tx
    .selectFrom('project_member')
    .innerJoin('project', 'project.id', 'project_member.project_id')
    .select(['project.id as projectId', 'project.name as projectName'])
    .where('project_member.account_id', '=', accountId)
    .orderBy('project.id')
    .execute();
  await tx.deleteFrom('project_member').where('account_id', '=', accountId).execute();
  return rows;
}

/** Whether the account has the role in any project. */
export async function hasRoleAnywhere(db: Db, accountId: number, role: RoleId): Promise<boolean> {
  const row = await db
    .selectFrom('project_member')
    .select('id')
    .where('account_id', '=', accountId)
    .where('role_id', '=', role)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export async function deleteMember(tx: Tx, scope: ProjectScope, id: number): Promise<void> {
  await tx
    .deleteFrom('project_member')
    .where('project_id', '=', scope.projectId)
    .where('id', '=', id)
    .execute();
}
