import { sql, SqliteAdapter, type RawBuilder, type SelectQueryBuilder, type SqlBool } from 'kysely';
import { AppError } from '../lib/errors.ts';
import type { Filter, ListRequest, ResultPage, SortKey } from '../lib/list-query.ts';
import type { Db } from './database.ts';
import { narrowTo, type SearchIndex } from './search-index.ts';

/** A column that a list may be filtered and sorted by. */
export interface ListColumn {
  /** Column as the query names it (`p.name`), or what is computed of some. */
  readonly ref: string | RawBuilder<unknown>;
  readonly kind: 'text' | 'number' | 'time' | 'flag';
  /** Where its texts are indexed, so that {@link narrow} finds those that contain something. */
  readonly search?: SearchIndex;
  /** A better way to ask for the rows whose text, as a column of that name, meets a condition. */
  readonly containing?: (meets: (ref: RawBuilder<unknown>) => Condition) => Condition;
}
/** A key of `q` that is no column: it says itself what it asks for, and nothing can be sorted by it. */
export interface ListRule {
  readonly where: (filter: Filter) => Condition;
}
/**
 * Every key that a list's `q` and `sort` may name, in snake case; `ProjectID`, `projectId` and `project_id` are the same
 * key (Harbor's rule). Others are refused.
 */
export type ListColumns = Readonly<Record<string, ListColumn | ListRule>>;

type Value = string | number;
export type Condition = RawBuilder<SqlBool>;

const COMPARISONS = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` };

/** The column in SQL. */
export const columnRef = ({ ref }: ListColumn): RawBuilder<unknown> =>
  typeof ref === 'string' ? sql.ref(ref) : ref;

export const isColumn = (key: ListColumn | ListRule): key is ListColumn => 'ref' in key;

/** A key as it is compared. */
export const plainKey = (name: string): string => name.replaceAll('_', '').toLowerCase();
/** Whether both name the same key. */
export const isKey = (a: string, b: string): boolean => plainKey(a) === plainKey(b);

/** Throws `bad_request` that names the known keys: a mistyped one would show everything, as if nothing were filtered. */
export function findKey(columns: ListColumns, parameter: 'q' | 'sort', key: string): ListColumn | ListRule {
  const known = Object.entries(columns).filter(([, column]) => parameter === 'q' || isColumn(column));
  const found = known.find(([name]) => isKey(name, key));
  if (found) return found[1];
  const names = known.map(([name]) => name).join(', ');
  throw new AppError(
    'bad_request',
    names === ''
      ? `${parameter}: this list takes no ${parameter}; leave it out`
      : `${parameter}: this list has no ${JSON.stringify(key.slice(0, 100))}; it knows ${names}`,
  );
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/** Milliseconds since the epoch, NaN for what is no time; UTC unless it says otherwise. */
function readTime(text: string): number {
  const [, day, time = '00:00:00', zone = 'Z'] = TIME.exec(text) ?? [];
  return day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone}`);
}

function readValue(column: ListColumn, key: string, text: string): Value {
  if (column.kind === 'text') return text;
  if (column.kind === 'flag') {
    if (text === 'true' || text === '1') return 1;
    if (text === 'false' || text === '0') return 0;
    throw new AppError('bad_request', `q: ${key} is true or false, not ${JSON.stringify(text)}`);
  }
  if (column.kind === 'time') {
    const time = readTime(text);
    if (Number.isFinite(time)) return time;
  } else if (/^-?\d{1,15}$/.test(text)) return Number(text);
  const wanted = column.kind === 'time' ? 'a time like 2026-01-31T08:00:00' : 'a whole number';
  throw new AppError('bad_request', `q: ${key} is ${wanted}, not ${JSON.stringify(text)}`);
}

const patternOf = (text: string): string => `%${text.replaceAll(/[\\%_]/g, (char) => `\\${char}`)}%`;

/** The same as `contains` asks of a text column; SQLite's LIKE looks at no case by itself, which is twice as quick. */
export function containing(db: Db, ref: string, text: string): Condition {
  return db.getExecutor().adapter instanceof SqliteAdapter
    ? sql`${sql.ref(ref)} like ${patternOf(text)} escape '\\'`
    : contains({ ref, kind: 'text' }, text);
}

function contains(column: ListColumn, text: string): Condition {
  const pattern = patternOf(text);
  const ref = column.kind === 'text' ? columnRef(column) : sql`cast(${columnRef(column)} as text)`;
  if (/^[\x20-\x7e]*$/.test(text))
    return sql<SqlBool>`lower(${ref}) like ${pattern.toLowerCase()} escape '\\'`;
  // Of the column's collation too: names that sort by bytes keep an "Ö" on PostgreSQL, which a bare text would lose.
  return sql<SqlBool>`lower(${ref}) like lower(coalesce(cast(${pattern} as text), ${ref})) escape '\\'`;
}

function conditionOf(column: ListColumn, filter: Filter): Condition {
  const ref = columnRef(column);
  const read = (text: string): Value => readValue(column, filter.key, text);
  switch (filter.op) {
    case 'equals':
      return sql<SqlBool>`${ref} = ${read(filter.value)}`;
    case 'contains': {
      const meets = (inner: RawBuilder<unknown>): Condition =>
        contains({ ...column, ref: inner }, filter.value);
      return column.containing ? column.containing(meets) : meets(ref);
    }
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

/** The conditions of `q` on these columns. Throws `bad_request` for a key that is none of them, and for a bad value. */
export function conditionsOf(columns: ListColumns, filters: readonly Filter[]): Condition[] {
  return filters.map((filter) => {
    const found = findKey(columns, 'q', filter.key);
    return isColumn(found) ? conditionOf(found, filter) : found.where(filter);
  });
}

/**
 * Further conditions for the texts that `q` asks for, where an index finds them: with them the database looks at fewer
 * rows, and finds the same ones. Some are for the page only, some for the count.
 */
export async function narrow(
  db: Db,
  columns: ListColumns,
  filters: readonly Filter[],
): Promise<{ readonly page: readonly Condition[]; readonly count: readonly Condition[] }> {
  const page: Condition[] = [];
  const count: Condition[] = [];
  for (const filter of filters) {
    if (filter.op !== 'contains') continue;
    const column = findKey(columns, 'q', filter.key);
    if (!isColumn(column) || !column.search) continue;
    const narrowing = await narrowTo(db, column.search, filter.value);
    if (narrowing?.page) page.push(narrowing.page);
    if (narrowing) count.push(narrowing.count);
  }
  return { page, count };
}

/**
 * One page of a query and the count of all its rows: two queries, whatever the page. A count that is kept somewhere is
 * given as `total`, since to count looks at each row; `counted` is a query of the same rows that is quicker to count.
 */
export async function readPage<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  order: RawBuilder<unknown>,
  at: Pick<ListRequest, 'limit' | 'offset'> & {
    readonly total?: number | undefined;
    readonly counted?: SelectQueryBuilder<DB, TB, unknown>;
  },
): Promise<ResultPage<Row>> {
  const [items, counted] = await Promise.all([
    query.orderBy(order).limit(at.limit).offset(at.offset).execute(),
    at.total ?? countRows(at.counted ?? query),
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

/**
 * The `order by` of `sort` on these columns, or of `fallback` where it names none; `unique` makes it total. Throws
 * `bad_request` for a key that is no column.
 */
export function orderOf(
  columns: ListColumns,
  sort: readonly SortKey[],
  fallback: { by: readonly SortKey[]; unique: string },
): RawBuilder<unknown> {
  const known = (keys: readonly SortKey[]): RawBuilder<unknown>[] =>
    keys.flatMap(({ key, descending }) => {
      const column = findKey(columns, 'sort', key);
      return isColumn(column) ? [sql`${columnRef(column)} ${descending ? sql`desc` : sql`asc`}`] : [];
    });
  const asked = known(sort);
  const parts = asked.length > 0 ? asked : known(fallback.by);
  // Without a last, unique key two pages may show the same row and leave out another.
  const last = sql`${sql.ref(fallback.unique)} ${(asked.length > 0 ? sort : fallback.by)[0]?.descending ? sql`desc` : sql`asc`}`;
  return sql.join([...parts, last]);
}
