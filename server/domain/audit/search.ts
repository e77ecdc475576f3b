import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../db/database.ts';
import { oneOf } from '../../db/id-set.ts';
import { findKey, isColumn, type Condition } from '../../db/list-filter.ts';
import { AppError } from '../../lib/errors.ts';
import type { KeysetPage, KeysetRequest, ListRequest, ResultPage, SortKey } from '../../lib/list-query.ts';
import { FEW_ROWS, prepare, type Asked, type AuditProjects } from './asked.ts';
import { COLUMNS } from './columns.ts';
import { selectDetails, selectIds, type AuditDetail } from './store.ts';
import { createTotals } from './totals.ts';
import { walk } from './walk.ts';

/** Windows that one request for a page of our own API looks at; the next request goes on from there. */
const MAX_WINDOWS = 10;

export interface AuditSearch {
  /** One page and the number of all that match. Throws `bad_request` for a `q` or `sort` that cannot be. */
  page(projects: AuditProjects, request: ListRequest): Promise<ResultPage<AuditDetail>>;
  /** Some entries from a position on, newest first. */
  from(projects: AuditProjects, request: KeysetRequest): Promise<KeysetPage<AuditDetail>>;
}

/** The one key of `sort`; the time itself where there is none. */
function readSort(sort: readonly SortKey[]): { column: string; descending: boolean } {
  const [first = { key: 'op_time', descending: true }, ...more] = sort;
  const column = findKey(COLUMNS, 'sort', first.key);
  if (!isColumn(column) || typeof column.ref !== 'string')
    throw new Error('every key of the log is a column');
  // The time behind another key, in its direction, is how the log is indexed.
  const rest = more.filter(({ key }) => findKey(COLUMNS, 'sort', key) !== COLUMNS.op_time);
  const isMixed = more.some((key) => key.descending !== first.descending);
  if (rest.length > 0 || isMixed)
    throw new AppError('bad_request', 'sort: the log is sorted by one key, such as -op_time or username');
  return { column: column.ref, descending: first.descending };
}

const ORDERED = ['username', 'resource', 'resource_type', 'operation', 'project_id'];

/** Columns of an index that has them in this order. */
function orderBy(column: string): string[] {
  if (column === 'id') return ['id'];
  return column === 'op_time' ? ['op_time', 'id'] : [column, 'op_time', 'id'];
}

export function createAuditSearch(db: Db): AuditSearch {
  const total = createTotals(db);

  async function idsOf(asked: Asked, request: ListRequest): Promise<number[]> {
    const { column, descending } = readSort(request.sort);
    const { parts, conditions, isFew } = asked;
    const { limit, offset } = request;
    const order = orderBy(column);
    const isTime = column === 'op_time' || column === 'id';
    const isServed =
      parts.length === 0 ? isTime || ORDERED.includes(column) : column === 'op_time' && parts.length === 1;
    if (isFew || (isServed && parts.every((part) => part.ordered)))
      return selectIds(db, conditions, { order, descending, limit, offset });
    if (isTime) return (await walk(db, asked, { descending, limit: offset + limit })).ids.slice(offset);
    const { ids } = await walk(db, asked, { descending, limit: FEW_ROWS + 1 });
    if (ids.length > FEW_ROWS)
      throw new AppError(
        'bad_request',
        `sort: more than ${FEW_ROWS} entries match, which are sorted by op_time only; ask q for fewer of them`,
      );
    return selectIds(db, [oneOf(db, 'id', ids)], { order, descending, limit, offset });
  }

  return {
    async page(projects, request) {
      const asked = await prepare(db, { projects, filters: request.filters, byId: false });
      const key = createHash('sha256')
        .update(JSON.stringify([projects, request.filters]))
        .digest('base64');
      readSort(request.sort);
      // Counted first: a page beyond the end would be looked for through the whole log.
      const count = await total(asked, key);
      const ids = request.offset < count ? await idsOf(asked, request) : [];
      return { items: await selectDetails(db, ids), total: count };
    },
    async from(projects, request) {
      const asked = await prepare(db, { projects, filters: request.filters, byId: true });
      const limit = request.limit + 1;
      const from = readCursor(request.after);
      const { ids, endedAt } = asked.isFew
        ? { ids: await newestOf(db, asked.conditions, { from, limit }), endedAt: undefined }
        : await walk(db, asked, { descending: true, limit, maxWindows: MAX_WINDOWS, from });
      const items = await selectDetails(db, ids.slice(0, request.limit));
      const next = ids.length > request.limit ? items.at(-1)?.id : endedAt;
      return { items, next: next === undefined ? null : String(next) };
    },
  };
}

function newestOf(
  db: Db,
  conditions: readonly Condition[],
  { from, limit }: { from: number | undefined; limit: number },
): Promise<number[]> {
  const below: Condition[] = from === undefined ? [] : [sql`id < ${from}`];
  return selectIds(db, [...conditions, ...below], { order: ['id'], descending: true, limit });
}

function readCursor(after: string | undefined): number | undefined {
  if (after === undefined) return undefined;
  if (!/^\d{1,15}$/.test(after))
    throw new AppError(
      'bad_request',
      'after: this is no place in the log; leave it out to begin at the front',
    );
  return Number(after);
}
