import type { Database, Tx } from '#server/db/database.ts';
import type { Tables } from '#server/db/tables.ts';

/** How much of everything. */
export interface SeedCounts {
  readonly users: number;
  readonly projects: number;
  readonly repositories: number;
  readonly artifacts: number;
  readonly tags: number;
  readonly auditRows: number;
}

/** When it all began, in milliseconds since the epoch. */
export const BEGIN = Date.UTC(2025, 0, 1);
const ROWS = 500;

export interface Named {
  readonly id: number;
  readonly name: string;
}

export interface SeededRepository extends Named {
  readonly projectId: number;
  readonly artifacts: number;
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
export const pick = <T>(from: readonly T[], i: number): T => from[i % from.length] as T;

function* inChunks<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let i = 0; i < rows.length; i += ROWS) yield rows.slice(i, i + ROWS);
}

/** Writes rows some hundred at a time, each in a transaction of its own, and gives back the ids in the rows' order. */
export async function insert<T extends 'account' | 'project' | 'repository' | 'artifact'>(
  db: Database,
  table: T,
  rows: readonly object[],
): Promise<number[]> {
  const ids: number[] = [];
  for (const chunk of inChunks(rows)) {
    const made = await db.quickTx((tx) =>
      (tx as Tx)
        .insertInto(table as 'account')
        .values(chunk as never)
        .returning('id')
        .execute(),
    );
    // Both databases number the rows of one statement in their order.
    ids.push(...made.map((row) => row.id).toSorted((a, b) => a - b));
  }
  return ids;
}

/** The same for rows that nobody refers to by their ids. */
export async function append(db: Database, table: keyof Tables, rows: readonly object[]): Promise<void> {
  for (const chunk of inChunks(rows)) {
    await db.quickTx(async (tx) => {
      await (tx as Tx)
        .insertInto(table as 'tag')
        .values(chunk as never)
        .execute();
    });
  }
}
