import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { noBarrier } from './barrier.ts';
import { transactions, type Database } from './database.ts';
import { migrate } from './migrations/index.ts';
import type { Tables } from './tables.ts';

const INT8 = 20;
const NUMERIC = 1700;

/** Opens a PostgreSQL database by its URL; a commit there is durable by itself. */
export async function openPostgres(url: string): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    types: {
      // bigint and numeric (sum) arrive as text; every count and size here is far below 2^53.
      getTypeParser: (oid, format) =>
        oid === INT8 || oid === NUMERIC
          ? (text: string) => Number(text)
          : pg.types.getTypeParser(oid, format as 'text'),
    },
  });
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  await migrate(kysely, 'postgres');
  return {
    kind: 'postgres',
    read: kysely,
    ...transactions(kysely, noBarrier),
    close: () => kysely.destroy(),
  };
}
