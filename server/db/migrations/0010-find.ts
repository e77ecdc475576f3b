import { sql, type Kysely } from 'kysely';
import type { DatabaseKind } from '../kind.ts';

/** Tags by the begin of their name and artifacts by that of their digest, wherever in the registry they are. */
export async function addFind(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  await sql`create index tag_by_name on tag (name, pushed_at desc)`.execute(db);
  // Digests are compared by their bytes, as the column of names is already.
  const digest = kind === 'sqlite' ? sql`digest` : sql`digest collate "C"`;
  await sql`create index artifact_by_digest on artifact (${digest})`.execute(db);
}
