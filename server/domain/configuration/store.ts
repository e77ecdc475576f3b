import type { Db, Tx } from '../../db/database.ts';

const PREFIX = 'configuration.';
/** One row that every change writes first: whoever changes at the same time waits for it and then reads anew. */
const CHANGED_AT = 'configuration_changed_at';

/** What is stored of the configuration: JSON texts by key. */
export async function selectConfiguration(db: Db): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('setting').selectAll().where('key', 'like', `${PREFIX}%`).execute();
  return new Map(rows.map(({ key, value }) => [key.slice(PREFIX.length), value]));
}

async function writeSetting(tx: Tx, key: string, value: string): Promise<void> {
  await tx
    .insertInto('setting')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}

/** Makes other changes wait until this transaction has ended (SQLite has one writer anyway). */
export async function lockConfiguration(tx: Tx, nowMs: number): Promise<void> {
  await writeSetting(tx, CHANGED_AT, String(nowMs));
}

/** Stores the key's JSON text. */
export async function writeConfiguration(tx: Tx, key: string, text: string): Promise<void> {
  await writeSetting(tx, `${PREFIX}${key}`, text);
}
