import type { Selectable } from 'kysely';
import type { UserPrincipal } from '../../access/principal.ts';
import { ROLE_IDS, roleAllows } from '../../access/roles.ts';
import type { Db } from '../../db/database.ts';
import { conditionsOf, orderOf, readPage, type ListColumns } from '../../db/list-filter.ts';
import type { AuditTable } from '../../db/tables.ts';
import type { ListRequest, ResultPage } from '../../lib/list-query.ts';

export interface AuditRecord {
  readonly id: number;
  readonly username: string;
  readonly resource: string;
  readonly resourceType: string;
  readonly operation: string;
  readonly description: string;
  readonly succeeded: boolean;
  readonly atMs: number;
}

const COLUMNS: ListColumns = {
  id: { ref: 'id', kind: 'number' },
  username: { ref: 'username', kind: 'text' },
  resource: { ref: 'resource', kind: 'text' },
  resource_type: { ref: 'resource_type', kind: 'text' },
  operation: { ref: 'operation', kind: 'text' },
  operation_description: { ref: 'description', kind: 'text' },
  operation_result: { ref: 'succeeded', kind: 'flag' },
  op_time: { ref: 'op_time', kind: 'time' },
  project_id: { ref: 'project_id', kind: 'number' },
};

/** Roles that may read their project's log. */
const LOG_ROLES = Object.values(ROLE_IDS).filter((role) => roleAllows(role, 'log:list'));

const toRecord = (row: Selectable<AuditTable>): AuditRecord => ({
  id: row.id,
  username: row.username,
  resource: row.resource,
  resourceType: row.resource_type,
  operation: row.operation,
  description: row.description,
  succeeded: row.succeeded === 1,
  atMs: row.op_time,
});

/** The log that the caller may read: all for a system administrator, else of the projects whose log is its to read. */
export async function selectRecords(
  db: Db,
  principal: UserPrincipal,
  request: ListRequest,
): Promise<ResultPage<AuditRecord>> {
  let query = db
    .selectFrom('audit_log')
    .selectAll()
    .where((eb) => eb.and(conditionsOf(COLUMNS, request.filters)));
  if (!principal.isAdmin) {
    query = query.where('project_id', 'in', (eb) =>
      eb
        .selectFrom('project_member')
        .select('project_member.project_id')
        .where('project_member.account_id', '=', principal.userId)
        .where('project_member.role_id', 'in', LOG_ROLES),
    );
  }
  const order = orderOf(COLUMNS, request.sort, { by: [{ key: 'op_time', descending: true }], unique: 'id' });
  const { items, total } = await readPage(query, order, request);
  return { items: items.map(toRecord), total };
}
