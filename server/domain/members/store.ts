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

export async function deleteMember(tx: Tx, scope: ProjectScope, id: number): Promise<void> {
  await tx
    .deleteFrom('project_member')
    .where('project_id', '=', scope.projectId)
    .where('id', '=', id)
    .execute();
}
