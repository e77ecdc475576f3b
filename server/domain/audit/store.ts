import { sql, type Selectable } from 'kysely';
import { ROLE_IDS, roleAllows } from '../../access/roles.ts';
import type { Db } from '../../db/database.ts';
import { oneOf } from '../../db/id-set.ts';
import { readJson } from '../../db/json.ts';
import type { Condition } from '../../db/list-filter.ts';
import type { AuditTable } from '../../db/tables.ts';

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

/** A record with all that was written down. */
export interface AuditDetail extends AuditRecord {
  readonly projectId: number | null;
  readonly address: string;
  readonly requestId: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** Roles that may read their project's log. */
const LOG_ROLES = Object.values(ROLE_IDS).filter((role) => roleAllows(role, 'log:list'));

const toDetail = (row: Selectable<AuditTable>): AuditDetail => ({
  id: row.id,
  username: row.username,
  resource: row.resource,
  resourceType: row.resource_type,
  operation: row.operation,
  description: row.description,
  succeeded: row.succeeded === 1,
  atMs: row.op_time,
  projectId: row.project_id,
  address: row.address,
  requestId: row.request_id,
  before: row.before === null ? null : readJson(row.before),
  after: row.after === null ? null : readJson(row.after),
});

/** Ids of the projects whose log the account may read by its roles. */
export async function selectLogProjects(db: Db, accountId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('project_member')
    .select('project_id')
    .where('account_id', '=', accountId)
    .where('role_id', 'in', LOG_ROLES)
    .orderBy('project_id')
    .execute();
  return rows.map((row) => row.project_id);
}

/** The records of these ids, in their order. */
export async function selectDetails(db: Db, ids: readonly number[]): Promise<AuditDetail[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('audit_log')
    .selectAll()
    .where(oneOf(db, 'id', ids))
    .execute();
  const byId = new Map(rows.map((row) => [row.id, toDetail(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Ids between which something lies, both included. */
export interface Bounds {
  readonly first: number;
  readonly last: number;
}

/** How many match, counted up to `limit` where it is given. */
export async function countMatches(
  db: Db,
  conditions: readonly Condition[],
  limit?: number,
): Promise<number> {
  const matches = db.selectFrom('audit_log').where((eb) => eb.and([...conditions]));
  if (limit === undefined) {
    const row = await matches.select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow();
    return row.total;
  }
  const row = await db
    .selectFrom(matches.select('id').limit(limit).as('few'))
    .select(sql<number>`count(*)`.as('total'))
    .executeTakeFirstOrThrow();
  return row.total;
}

/** Ids of what matches, in an order, from an offset on. */
export async function selectIds(
  db: Db,
  conditions: readonly Condition[],
  at: { order: string[]; descending: boolean; limit: number; offset?: number },
): Promise<number[]> {
  const direction = at.descending ? sql`desc` : sql`asc`;
  const order = sql.join(at.order.map((column) => sql`${sql.ref(column)} ${direction}`));
  const rows = await db
    .selectFrom('audit_log')
    .select('id')
    .where((eb) => eb.and([...conditions]))
    .orderBy(order)
    .limit(at.limit)
    .offset(at.offset ?? 0)
    .execute();
  return rows.map((row) => row.id);
}

/** The first and the last id of the log of what matches; undefined where nothing does. */
export async function selectBounds(db: Db, span: readonly Condition[] = []): Promise<Bounds | undefined> {
  if (span.length > 0) {
    // Read off the index of time, so that a clock which was set back hides nothing.
    const row = await db
      .selectFrom('audit_log')
      .select((eb) => [eb.fn.min('id').as('first'), eb.fn.max('id').as('last')])
      .where((eb) => eb.and([...span]))
      .executeTakeFirstOrThrow();
    const { first, last } = row as { first: number | null; last: number | null };
    return first === null || last === null ? undefined : { first, last };
  }
  // One query each: SQLite looks both up at the ends of the table, but not together.
  const edge = async (end: 'min' | 'max'): Promise<number | null> =>
    (
      await db
        .selectFrom('audit_log')
        .select((eb) => eb.fn[end]('id').as('id'))
        .executeTakeFirstOrThrow()
    ).id as number | null;
  const [first, last] = [await edge('min'), await edge('max')];
  return first === null || last === null ? undefined : { first, last };
}

/**
 * The texts of a column with few different ones that contain a text: the index is asked for each. Undefined where more than
 * `limit` do, or where the column has more than `among`, of which no more are looked at.
 */
export async function selectTexts(
  db: Db,
  at: { column: string; contains: Condition; limit: number; among: number },
): Promise<string[] | undefined> {
  const column = sql.ref(at.column);
  const { rows } = await sql<{ text: string; place: number }>`
    with recursive distinct_text (text, place) as (
      select min(${column}), 1 from audit_log
      union all
      select (select min(${column}) from audit_log where ${column} > distinct_text.text), place + 1
      from distinct_text where distinct_text.text is not null and place <= ${at.among}
    ), audit_text as (select text as ${column}, place from distinct_text where text is not null)
    select ${column} as text, place from audit_text
    where ${at.contains} or place > ${at.among} limit ${at.limit + 1}`.execute(db);
  if (rows.length > at.limit || rows.some((row) => row.place > at.among)) return undefined;
  return rows.map((row) => row.text);
}
