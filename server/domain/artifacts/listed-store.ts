import { sql, type ExpressionBuilder, type Expression, type SqlBool } from 'kysely';
import type { Db, Tx } from '../../db/database.ts';
import type { Tables } from '../../db/tables.ts';
import { AppError } from '../../lib/errors.ts';

// What the list of artifacts shows, and how much of it there is, is kept with each change: to find it out for a page
// would mean to look at every artifact of the repository.

/** The artifact has a row of its own in the list: it is no accessory of another, and has a tag or is in no index here. */
const listed = sql<SqlBool>`artifact.accessory_subject is null and (artifact.tag_count > 0 or not exists (
  select 1 from artifact_reference r join artifact parent on parent.id = r.artifact_id
  where r.digest = artifact.digest and r.role = 'child' and parent.repository_id = artifact.repository_id))`;
const flag = sql<0 | 1>`case when ${listed} then 1 else 0 end`;

const CHUNK = 500;

/**
 * Begins a change of a repository's artifacts or tags, before anything of them is read. Two changes at once would each
 * miss the other's rows (an index and its child, the same manifest twice), so on PostgreSQL the second waits here;
 * SQLite has one writer anyway. Throws `conflict` where the repository went while it waited.
 */
export async function lockListing(tx: Tx, repositoryId: number): Promise<void> {
  const locked = await tx
    .updateTable('repository')
    .set((eb) => ({ listed_count: eb.ref('listed_count') }))
    .where('id', '=', repositoryId)
    .executeTakeFirst();
  if (locked.numUpdatedRows === 0n)
    throw new AppError('conflict', 'the repository was deleted meanwhile: try again');
}

async function addListed(tx: Tx, repositoryId: number, by: number): Promise<void> {
  if (by === 0) return;
  await tx
    .updateTable('repository')
    .set((eb) => ({ listed_count: eb('listed_count', '+', by) }))
    .where('id', '=', repositoryId)
    .execute();
}

async function relist(
  tx: Tx,
  repositoryId: number,
  which: (eb: ExpressionBuilder<Tables, 'artifact'>) => Expression<SqlBool>,
): Promise<void> {
  const changed = await tx
    .updateTable('artifact')
    .set({ is_listed: flag })
    .where('repository_id', '=', repositoryId)
    .where(which)
    .where('is_listed', '<>', flag)
    .returning('is_listed')
    .execute();
  await addListed(
    tx,
    repositoryId,
    changed.reduce((sum, row) => sum + (row.is_listed === 1 ? 1 : -1), 0),
  );
}

/** Looks again at one artifact, after it came or its tags changed. */
export function relistArtifact(tx: Tx, repositoryId: number, artifactId: number): Promise<void> {
  return relist(tx, repositoryId, (eb) => eb('id', '=', artifactId));
}

/** Looks again at the artifacts of these digests, after an index that lists them came or went. */
export async function relistDigests(tx: Tx, repositoryId: number, digests: readonly string[]): Promise<void> {
  for (let i = 0; i < digests.length; i += CHUNK)
    await relist(tx, repositoryId, (eb) => eb('digest', 'in', digests.slice(i, i + CHUNK)));
}

/** Counts tags that the artifact got, or lost where `by` is negative. */
export async function countTag(
  tx: Tx,
  at: { repositoryId: number; artifactId: number },
  by: number,
): Promise<void> {
  await tx
    .updateTable('artifact')
    .set((eb) => ({ tag_count: eb('tag_count', '+', by) }))
    .where('id', '=', at.artifactId)
    .execute();
  await relistArtifact(tx, at.repositoryId, at.artifactId);
}

/** Digests of what an index lists. */
export async function childDigests(db: Db, artifactId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('artifact_reference')
    .select('digest')
    .where('artifact_id', '=', artifactId)
    .where('role', '=', 'child')
    .execute();
  return rows.map((row) => row.digest);
}

/** Counts an artifact that went, after its row. */
export async function unlist(
  tx: Tx,
  repositoryId: number,
  gone: { wasListed: boolean; children: readonly string[] },
): Promise<void> {
  if (gone.wasListed) await addListed(tx, repositoryId, -1);
  await relistDigests(tx, repositoryId, gone.children);
}

/** Accessories that are let go of, or taken back, at once. */
export const RELEASED_AT_ONCE = 500;

/**
 * Lets go of what belongs to an artifact that goes, and resolves to how many that were, at most {@link RELEASED_AT_ONCE}:
 * each is listed by itself again, or nobody would find it. As what it belonged stays known, for {@link adopt}.
 */
export async function releaseSome(tx: Tx, repositoryId: number, subject: string): Promise<number> {
  const rows = await tx
    .selectFrom('artifact')
    .select('id')
    .where('repository_id', '=', repositoryId)
    .where('accessory_subject', '=', subject)
    .limit(RELEASED_AT_ONCE)
    .execute();
  const ids = rows.map((row) => row.id);
  if (ids.length === 0) return 0;
  await tx.updateTable('artifact').set({ accessory_subject: null }).where('id', 'in', ids).execute();
  await relist(tx, repositoryId, (eb) => eb('id', 'in', ids));
  return ids.length;
}

/** The same of all of them. */
export async function release(tx: Tx, repositoryId: number, subject: string): Promise<void> {
  while ((await releaseSome(tx, repositoryId, subject)) === RELEASED_AT_ONCE);
}

/** Takes back what belonged to the artifact before it went, when it comes again: what names it, or is tagged as its signature. */
export async function adopt(tx: Tx, repositoryId: number, subject: string): Promise<void> {
  const released = tx
    .selectFrom('artifact')
    .select('artifact.id')
    .where('artifact.repository_id', '=', repositoryId)
    .where('artifact.accessory_subject', 'is', null)
    .where('artifact.accessory_type', 'is not', null)
    .limit(RELEASED_AT_ONCE);
  const naming = await released.where('artifact.subject_digest', '=', subject).execute();
  const signing = await released
    .innerJoin('tag', 'tag.artifact_id', 'artifact.id')
    .where('artifact.subject_digest', 'is', null)
    .where('tag.repository_id', '=', repositoryId)
    .where('tag.name', '=', `${subject.replace(':', '-')}.sig`)
    .execute();
  const ids = [...naming, ...signing].map((row) => row.id);
  if (ids.length === 0) return;
  await tx.updateTable('artifact').set({ accessory_subject: subject }).where('id', 'in', ids).execute();
  await relist(tx, repositoryId, (eb) => eb('id', 'in', ids));
}
