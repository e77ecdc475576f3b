import { sql, type SelectQueryBuilder, type SqlBool } from 'kysely';
import type { Db } from './database.ts';
import { AppError } from '../lib/errors.ts';
import type { KeysetPage, KeysetRequest, SortKey } from '../lib/list-query.ts';
import {
  columnRef,
  findKey,
  isColumn,
  plainKey,
  type Condition,
  type ListColumn,
  type ListColumns,
} from './list-filter.ts';

/** In which order a list is read. */
export interface KeysetOrder {
  readonly columns: ListColumns;
  /** Where the request names none. */
  readonly by: SortKey;
  /** A number that no two rows share, as the query names it. */
  readonly unique: string;
}

type Position = { readonly value: string | number; readonly id: number };

/** A cursor says by which key it was made, and the last row's values. It is readable, and grants nothing. */
const encode = (key: string, { value, id }: Position): string =>
  Buffer.from(JSON.stringify([plainKey(key), value, id])).toString('base64url');

function decode(cursor: string, key: SortKey, column: ListColumn): Position {
  const refused = new AppError(
    'bad_request',
    'after: this is not a place in this list and order; leave it out to begin at the front',
  );
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw refused;
  }
  const [name, value, id, ...more] = Array.isArray(parts) ? (parts as unknown[]) : [];
  const isRight =
    column.kind === 'text'
      ? typeof value === 'string' && value.isWellFormed() && !value.includes('\0')
      : Number.isSafeInteger(value);
  if (name !== plainKey(key.key) || !isRight || !Number.isSafeInteger(id) || more.length > 0) throw refused;
  return { value: value as string | number, id: id as number };
}

/**
 * Some rows of a query after a position: as quick at the end of a list as at its front, and no row is left out or shown
 * twice because others came or went meanwhile. Throws `bad_request` for a sort key or position that is none.
 */
export async function readKeyset<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  order: KeysetOrder,
  request: KeysetRequest,
): Promise<KeysetPage<Row>> {
  const key = request.sort ?? order.by;
  const column = findKey(order.columns, 'sort', key.key);
  if (!isColumn(column)) throw new Error(`${key.key} cannot be sorted by`);
  const [ref, unique] = [columnRef(column), sql.ref(order.unique)];
  const direction = key.descending ? sql`desc` : sql`asc`;
  const beyond = key.descending ? sql`<` : sql`>`;
  const inOrder = sql`${ref} ${direction}, ${unique} ${direction}`;
  const read = (limit: number, condition: Condition = sql`1 = 1`, order = inOrder): Promise<Row[]> =>
    query
      .select([ref.as('cursor_value'), unique.as('cursor_id')])
      .where(condition)
      .orderBy(order)
      .limit(limit)
      .execute() as Promise<Row[]>;

  const wanted = request.limit + 1;
  const rows: Row[] = [];
  if (request.after === undefined) rows.push(...(await read(wanted)));
  else {
    const { value, id } = decode(request.after, key, column);
    // First those that share the last row's value: asked for both at once, SQLite would walk all of them for each page,
    // since it uses no index for a comparison of rows that has the table's own key in it.
    const equal = sql<SqlBool>`${ref} = ${value} and ${unique} ${beyond} ${id}`;
    rows.push(...(await read(wanted, equal, sql`${unique} ${direction}`)));
    if (rows.length < wanted)
      rows.push(...(await read(wanted - rows.length, sql`${ref} ${beyond} ${value}`)));
  }
  const items = rows.slice(0, request.limit);
  const last = items.at(-1) as { cursor_value: string | number; cursor_id: number } | undefined;
  const isLast = rows.length <= request.limit || !last;
  return {
    items,
    next: isLast ? null : encode(key.key, { value: last.cursor_value, id: last.cursor_id }),
  };
}

/** Rows that are counted at most: to count on would take as long as the list is. */
const MOST_COUNTED = 10_000;

/**
 * The page with the number of all rows of the query, where the request asks for it. `known` is the number where nothing
 * is filtered and it is kept somewhere.
 */
export async function withTotal<DB, TB extends keyof DB, Row>(
  page: KeysetPage<Row>,
  request: KeysetRequest,
  among: { readonly db: Db; readonly query: SelectQueryBuilder<DB, TB, unknown>; readonly known?: number },
): Promise<KeysetPage<Row>> {
  if (request.counts !== true) return page;
  if (request.filters.length === 0 && among.known !== undefined) return { ...page, total: among.known };
  const some = among.query
    .clearSelect()
    .select(sql`1`.as('one'))
    .limit(MOST_COUNTED + 1);
  const { rows } = await sql<{
    total: number;
  }>`select count(*) as total from (${some}) as counted_rows`.execute(among.db);
  const total = Number(rows[0]?.total ?? 0);
  return { ...page, total: total > MOST_COUNTED ? null : total };
}
