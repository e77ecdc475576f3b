import { sql } from 'kysely';
import type { Db } from '../../db/database.ts';
import { oneOf } from '../../db/id-set.ts';
import type { Condition } from '../../db/list-filter.ts';
import type { Filter } from '../../lib/list-query.ts';
import { partsOf, type Part } from './columns.ts';
import { countMatches, selectBounds, selectTexts, type Bounds } from './store.ts';

/** What an index finds is sorted and filtered as a whole up to so many rows (10 to 20 ms on SQLite). */
export const FEW_ROWS = 20_000;
/** Rows of a span of time whose place in the log is looked up. */
const MAX_SPAN = 200_000;
/** Different texts that a "contains" is turned into. */
const MAX_TEXTS = 500;
/** Different texts that are looked at for it in one query (some 10 ms): those who fail to sign in can write any name. */
const MAX_LOOKED_AT = 2_000;

/** Whose log is read: everything, or what was done in some projects. */
export type AuditProjects = readonly number[] | 'all';

/** What is asked for, and how it is best looked for. */
export interface Asked {
  readonly parts: readonly Part[];
  readonly conditions: readonly Condition[];
  /** All that match are among few rows, which an index finds. */
  readonly isFew: boolean;
  /** Where in the log they lie; undefined where nothing does. */
  readonly bounds: Bounds | undefined;
}

/** Kept from being looked up in an index: SQLite has no statistics, and would choose any. */
export const unindexed = (condition: Condition): Condition => sql`(${condition}) is true`;

/** What "contains" asks for as a list of texts, where they are few. */
async function resolveTexts(db: Db, part: Part): Promise<Part> {
  if (part.distinct === undefined) return part;
  const column = part.distinct;
  const at = { column, contains: part.condition, limit: MAX_TEXTS, among: MAX_LOOKED_AT };
  const texts = await selectTexts(db, at);
  if (!texts) return part;
  const condition: Condition =
    texts.length === 0 ? sql`1 = 0` : sql`${sql.ref(column)} in (${sql.join(texts)})`;
  return { condition, indexed: true, ordered: texts.length <= 1 };
}

/** Reads what is asked, and how it is best looked for. */
export async function prepare(
  db: Db,
  { projects, filters, byId }: { projects: AuditProjects; filters: readonly Filter[]; byId: boolean },
): Promise<Asked> {
  const parts: Part[] = [];
  for (const part of partsOf(filters)) parts.push(await resolveTexts(db, part));
  if (projects !== 'all') {
    const condition = oneOf(db, 'project_id', projects);
    parts.push({ condition, indexed: true, ordered: projects.length === 1 });
  }
  const conditions = parts.map((part) => part.condition);
  const span = parts.filter((part) => part.isSpan).map((part) => part.condition);
  // An index that has them in the order of time serves as it is.
  const isServed = !byId && parts.length === 1 && parts[0]?.ordered === true;
  const few = isServed ? undefined : await findFew(db, parts);
  if (!few) return { parts, conditions, isFew: false, bounds: await boundsOf(db, span) };
  const others = parts.filter((part) => part !== few).map((part) => unindexed(part.condition));
  const among: Condition = sql`id in (select id from audit_log where ${few.condition})`;
  return { parts, conditions: [among, ...others], isFew: true, bounds: undefined };
}

/** Where in the log a span of time lies; the whole log where it is much of it, since to find out takes as long. */
async function boundsOf(db: Db, span: readonly Condition[]): Promise<Bounds | undefined> {
  const isShort = span.length > 0 && (await countMatches(db, span, MAX_SPAN)) < MAX_SPAN;
  return selectBounds(db, isShort ? span : []);
}

/** The part that leaves fewest rows, if it leaves few. */
async function findFew(db: Db, parts: readonly Part[]): Promise<Part | undefined> {
  let few: { readonly part: Part; readonly count: number } | undefined;
  for (const part of parts) {
    if (!part.indexed) continue;
    const limit = few?.count ?? FEW_ROWS + 1;
    const count = await countMatches(db, [part.condition], limit);
    if (count < limit) few = { part, count };
  }
  return few?.part;
}
