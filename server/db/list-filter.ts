import { sql, type RawBuilder, type SelectQueryBuilder, type SqlBool } from 'kysely';
import { AppError } from '../lib/errors.ts';
import type { Filter, ListRequest, ResultPage, SortKey } from '../lib/list-query.ts';

/** A column that a list may be filtered and sorted by. */
export interface ListColumn {
  /** Column as the query names it: `p.name`. */
  readonly ref: string;
  readonly kind: 'text' | 'number' | 'time' | 'flag';
}
/** By wire name in snake case; `ProjectID`, `projectId` and `project_id` are the same key (Harbor's rule). */
export type ListColumns = Readonly<Record<string, ListColumn>>;

type Value = string | number;
type Condition = RawBuilder<SqlBool>;

const COMPARISONS = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` };

function findColumn(columns: ListColumns, key: string): ListColumn | undefined {
  const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();
  return Object.entries(columns).find(([name]) => plain(name) === plain(key))?.[1];
}

function readTime(text: string): number {
  const zoned = /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}${text.includes('T') ? '' : 'T00:00:00'}Z`;
  return Date.parse(zoned);
}

function readValue(column: ListColumn, key: string, text: string): Value {
  if (column.kind === 'text') return text;
  if (column.kind === 'flag') {
    if (text === 'true' || text === '1') return 1;
    if (text === 'false' || text === '0') return 0;
    throw new AppError('bad_request', `q: ${key} is true or false, not ${JSON.stringify(text)}`);
  }
  const value = column.kind === 'time' ? readTime(text) : Number(text);
  if (Number.isFinite(value) && text !== '') return value;
  const wanted = column.kind === 'time' ? 'a time like 2026-01-31T08:00:00' : 'a number';
  throw new AppError('bad_request', `q: ${key} is ${wanted}, not ${JSON.stringify(text)}`);
}

function contains(column: ListColumn, text: string): Condition {
  const pattern = `%${text.replaceAll(/[\\%_]/g, (char) => `\\${char}`)}%`;
  return sql<SqlBool>`lower(cast(${sql.ref(column.ref)} as text)) like lower(${pattern}) escape '\\'`;
}

function conditionOf(column: ListColumn, filter: Filter): Condition {
  const ref = sql.ref(column.ref);
  const read = (text: string): Value => readValue(column, filter.key, text);
  switch (filter.op) {
    case 'equals':
      return sql<SqlBool>`${ref} = ${read(filter.value)}`;
    case 'contains':
      return contains(column, filter.value);
    case 'range': {
      const from = filter.from === undefined ? sql`1 = 1` : sql`${ref} >= ${read(filter.from)}`;
      const to = filter.to === undefined ? sql`1 = 1` : sql`${ref} <= ${read(filter.to)}`;
      return sql<SqlBool>`(${from} and ${to})`;
    }
    case 'any':
      return filter.values.length === 0
        ? sql<SqlBool>`1 = 0`
        : sql<SqlBool>`${ref} in (${sql.join(filter.values.map(read))})`;
    case 'all':
      return sql<SqlBool>`(${sql.join([sql`1 = 1`, ...filter.values.map((value) => sql`${ref} = ${read(value)}`)], sql` and `)})`;
    default:
      return sql<SqlBool>`${ref} ${COMPARISONS[filter.op]} ${read(filter.value)}`;
  }
}

/** The conditions of `q` on these columns; unknown keys are ignored, as in Harbor. Throws `bad_request` for a bad value. */
export function conditionsOf(columns: ListColumns, filters: readonly Filter[]): Condition[] {
  return filters.flatMap((filter) => {
    const column = findColumn(columns, filter.key);
    return column ? [conditionOf(column, filter)] : [];
  });
}

/**
 * One page of a query and the count of all its rows: two queries, whatever the page. A count that is kept somewhere is
 * given as `total`, since to count looks at each row.
 */
export async function readPage<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  order: RawBuilder<unknown>,
  { limit, offset, total }: Pick<ListRequest, 'limit' | 'offset'> & { readonly total?: number | undefined },
): Promise<ResultPage<Row>> {
  const [items, counted] = await Promise.all([
    query.orderBy(order).limit(limit).offset(offset).execute(),
    total ?? countRows(query),
  ]);
  return { items, total: counted };
}

async function countRows<DB, TB extends keyof DB>(
  query: SelectQueryBuilder<DB, TB, unknown>,
): Promise<number> {
  const row = await query
    .clearSelect()
    .select(sql<number>`count(*)`.as('total'))
    .executeTakeFirstOrThrow();
  // Kysely cannot tell that clearSelect leaves this one column.
  return (row as { total: number }).total;
}

/** The `order by` of `sort` on these columns, or of `fallback` where it names none of them; `unique` makes it total. */
export function orderOf(
  columns: ListColumns,
  sort: readonly SortKey[],
  fallback: { by: readonly SortKey[]; unique: string },
): RawBuilder<unknown> {
  const known = (keys: readonly SortKey[]): RawBuilder<unknown>[] =>
    keys.flatMap(({ key, descending }) => {
      const column = findColumn(columns, key);
      return column ? [sql`${sql.ref(column.ref)} ${descending ? sql`desc` : sql`asc`}`] : [];
    });
  const asked = known(sort);
  const parts = asked.length > 0 ? asked : known(fallback.by);
  // Without a last, unique key two pages may show the same row and leave out another.
  const last = sql`${sql.ref(fallback.unique)} ${(asked.length > 0 ? sort : fallback.by)[0]?.descending ? sql`desc` : sql`asc`}`;
  return sql.join([...parts, last]);
}
