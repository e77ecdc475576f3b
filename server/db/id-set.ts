import { sql, SqliteAdapter } from 'kysely';
import type { Db } from './database.ts';
import type { Condition } from './list-filter.ts';

/** The column is one of these ids: one parameter however many they are, so that the statement stays the same. */
export function oneOf(db: Db, ref: string, ids: readonly number[]): Condition {
  const [first] = ids;
  if (ids.length === 1 && first !== undefined) return sql`${sql.ref(ref)} = ${first}`;
  return db.getExecutor().adapter instanceof SqliteAdapter
    ? sql`${sql.ref(ref)} in (select value from json_each(${JSON.stringify(ids)}))`
    : sql`${sql.ref(ref)} = any(${ids}::bigint[])`;
}
