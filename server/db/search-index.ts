import { sql, SqliteAdapter, type SqlBool } from 'kysely';
import type { Db } from './database.ts';
import type { Condition } from './list-filter.ts';

/** Full-text tables of names; SQLite only, kept by triggers (migration 0006). */
export type SearchTable = 'repository_search' | 'project_search' | 'account_search';

/** Where a column's texts are indexed. */
export interface SearchIndex {
  readonly table: SearchTable;
  /** Id of the row that the text belongs to, as the query names it. */
  readonly id: string;
}

/** Of more rows than this a page is found sooner by walking the list in its order: every few rows is one of them. */
const FEW_ROWS = 250;
/** Trigrams of one text that are looked up: more of them leave hardly fewer rows. */
const MAX_TRIGRAMS = 24;
/** Trigrams that begin with a text of one or two letters: of more, most names have one. */
const FEW_TRIGRAMS = 64;

const quote = (token: string): string => `"${token.replaceAll('"', '""')}"`;

/** What FTS5 is asked for so that every row which contains the text, in any case of its letters, is among what it finds. */
function matchAll(letters: readonly string[]): string {
  const trigrams = letters.slice(0, -2).map((_, i) => letters.slice(i, i + 3).join(''));
  return [...new Set(trigrams)].slice(0, MAX_TRIGRAMS).map(quote).join(' AND ');
}

/**
 * The same for less than a trigram: the trigrams that begin so, since each name is indexed with two line feeds after it.
 * Undefined where they are many, or where it is not sure how the index writes the letter.
 */
async function matchBegin(db: Db, table: SearchTable, text: string): Promise<string | undefined> {
  if (!/^[\x20-\x7e]+$/.test(text)) return undefined;
  const begin = text.toLowerCase();
  const { rows } = await sql<{ term: string }>`select term from ${sql.table(`${table}_terms`)}
    where term >= ${begin} and term < ${`${begin}\u{10ffff}`} limit ${FEW_TRIGRAMS + 1}`.execute(db);
  if (rows.length > FEW_TRIGRAMS) return undefined;
  // A trigram that no name has.
  return rows.length === 0 ? quote('\n\n\n') : rows.map((row) => quote(row.term)).join(' OR ');
}

/** Conditions that leave only rows that may contain a text. They leave out none that does. */
export interface Narrowing {
  /** For a page: undefined where so many rows are left that the list is better walked in its order. */
  readonly page?: Condition;
  /** For the count of all. */
  readonly count: Condition;
}

/** Undefined where no index helps, and on PostgreSQL, which uses its trigram index by itself. */
export async function narrowTo(db: Db, index: SearchIndex, text: string): Promise<Narrowing | undefined> {
  if (!(db.getExecutor().adapter instanceof SqliteAdapter)) return undefined;
  const letters = Array.from(text);
  const match = letters.length < 3 ? await matchBegin(db, index.table, text) : matchAll(letters);
  if (match === undefined) return undefined;
  const table = sql.table(index.table);
  const found = sql`select rowid from ${table} where ${table} match ${match}`;
  const { rows } = await sql<{
    ids: string;
    size: number;
  }>`select json_group_array(rowid) as ids, count(*) as size
    from (${found} limit ${FEW_ROWS + 1})`.execute(db);
  const [few] = rows;
  if (few && few.size <= FEW_ROWS) {
    const condition = sql<SqlBool>`${sql.ref(index.id)} in (select value from json_each(${few.ids}))`;
    return { page: condition, count: condition };
  }
  // Trigrams by the dozen take longer to unite than names to compare.
  return letters.length < 3 ? undefined : { count: sql<SqlBool>`${sql.ref(index.id)} in (${found})` };
}
