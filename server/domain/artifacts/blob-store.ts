import type { ProjectScope } from '../../access/scope.ts';
import type { Db, Tx } from '../../db/database.ts';
import type { Digest } from '../../lib/digest.ts';

/** Values bound in one IN list: below the limits of both databases. */
const IN_LIST = 500;

/** Size in bytes of a blob linked to that repository of the scope's project; one indexed query. */
export async function findLinkedBlob(
  db: Db,
  scope: ProjectScope,
  at: { repository: string; digest: Digest },
): Promise<number | undefined> {
  const row = await db
    .selectFrom('repository')
    .innerJoin('repository_blob', 'repository_blob.repository_id', 'repository.id')
    .innerJoin('blob', 'blob.digest', 'repository_blob.digest')
    .select('blob.size_bytes')
    .where('repository.project_id', '=', scope.projectId)
    .where('repository.name', '=', at.repository)
    .where('repository_blob.digest', '=', at.digest)
    .executeTakeFirst();
  return row?.size_bytes;
}

/** Sizes of those of the digests that are linked to the repository. */
export async function findLinkedSizes(
  db: Db,
  repositoryId: number,
  digests: readonly Digest[],
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (let i = 0; i < digests.length; i += IN_LIST) {
    const rows = await db
      .selectFrom('repository_blob')
      .innerJoin('blob', 'blob.digest', 'repository_blob.digest')
      .select(['blob.digest', 'blob.size_bytes'])
      .where('repository_blob.repository_id', '=', repositoryId)
      .where('repository_blob.digest', 'in', digests.slice(i, i + IN_LIST))
      .execute();
    for (const row of rows) sizes.set(row.digest, row.size_bytes);
  }
  return sizes;
}

/** Writes down a blob that storage holds (again, if it was known) and links it to the repository. */
export async function linkBlob(
  tx: Tx,
  repositoryId: number,
  blob: { digest: Digest; sizeBytes: number; nowMs: number },
): Promise<void> {
  await noteBlob(tx, blob);
  await tx
    .insertInto('repository_blob')
    .values({ repository_id: repositoryId, digest: blob.digest, linked_at: blob.nowMs })
    .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doNothing())
    .execute();
}

/** Takes the link away; the bytes stay for other repositories, and for the clean-up. False when there was none. */
export async function unlinkBlob(tx: Tx, repositoryId: number, digest: Digest): Promise<boolean> {
  const result = await tx
    .deleteFrom('repository_blob')
    .where('repository_id', '=', repositoryId)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Whether a manifest of the repository refers to the blob. */
export async function isBlobReferenced(db: Db, repositoryId: number, digest: Digest): Promise<boolean> {
  const row = await db
    .selectFrom('artifact_reference')
    .innerJoin('artifact', 'artifact.id', 'artifact_reference.artifact_id')
    .select('artifact.id')
    .where('artifact.repository_id', '=', repositoryId)
    .where('artifact_reference.digest', '=', digest)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export interface BlobHolder {
  readonly projectId: number;
  readonly sizeBytes: number;
}

/** Projects with a repository that links the blob, at most `limit`; by `repository` only that one. */
export async function findBlobHolders(
  db: Db,
  digest: Digest,
  at: { projectId?: number; repository?: string; limit: number },
): Promise<BlobHolder[]> {
  let query = db
    .selectFrom('repository_blob')
    .innerJoin('repository', 'repository.id', 'repository_blob.repository_id')
    .innerJoin('blob', 'blob.digest', 'repository_blob.digest')
    .select(['repository.project_id as projectId', 'blob.size_bytes as sizeBytes'])
    .distinct()
    .where('repository_blob.digest', '=', digest)
    .limit(at.limit);
  if (at.projectId !== undefined) query = query.where('repository.project_id', '=', at.projectId);
  if (at.repository !== undefined) query = query.where('repository.name', '=', at.repository);
  return query.execute();
}

export interface UploadRow {
  readonly id: string;
  readonly active_at: number;
}

/** The upload, if it was begun in this repository of the scope's project. */
export function findUpload(
  db: Db,
  scope: ProjectScope,
  at: { repository: string; uploadId: string },
): Promise<UploadRow | undefined> {
  return db
    .selectFrom('upload')
    .select(['id', 'active_at'])
    .where('id', '=', at.uploadId)
    .where('project_id', '=', scope.projectId)
    .where('repository_name', '=', at.repository)
    .executeTakeFirst();
}

export async function insertUpload(
  tx: Tx,
  scope: ProjectScope,
  upload: { id: string; repository: string; nowMs: number },
): Promise<void> {
  await tx
    .insertInto('upload')
    .values({
      id: upload.id,
      project_id: scope.projectId,
      repository_name: upload.repository,
      account_id: scope.principal.kind === 'user' ? scope.principal.userId : 0,
      created_at: upload.nowMs,
      active_at: upload.nowMs,
    })
    .execute();
}

/** Unfinished uploads of an account; 0 is everybody who is not signed in. */
export async function countUploads(db: Db, accountId: number): Promise<number> {
  const { count } = await db
    .selectFrom('upload')
    .select((select) => select.fn.countAll<number | string>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** That all uploads under a name go on. */
export async function touchUploadsUnder(tx: Tx, repository: string, nowMs: number): Promise<void> {
  await tx
    .updateTable('upload')
    .set({ active_at: nowMs })
    .where('repository_name', '=', repository)
    .execute();
}

/** Writes down a blob that storage holds and no repository has so far. */
export async function noteBlob(
  tx: Tx,
  blob: { digest: Digest; sizeBytes: number; nowMs: number },
): Promise<void> {
  await tx
    .insertInto('blob')
    .values({ digest: blob.digest, size_bytes: blob.sizeBytes, created_at: blob.nowMs, seen_at: blob.nowMs })
    .onConflict((conflict) => conflict.column('digest').doUpdateSet({ seen_at: blob.nowMs }))
    .execute();
}

export async function touchUpload(tx: Tx, uploadId: string, nowMs: number): Promise<void> {
  await tx.updateTable('upload').set({ active_at: nowMs }).where('id', '=', uploadId).execute();
}

export async function removeUpload(tx: Tx, uploadId: string): Promise<void> {
  await tx.deleteFrom('upload').where('id', '=', uploadId).execute();
}

/** Which uploads to drop: idle since before an instant, or of what was deleted at one. */
export interface UploadFilter {
  readonly idleBeforeMs?: number;
  readonly createdUntilMs?: number;
  readonly projectId?: number;
  readonly repository?: string | undefined;
  /** No byte was ever sent to it. */
  readonly isUntouched?: true;
}

function filterUploads(db: Db, where: UploadFilter) {
  let query = db.selectFrom('upload').select('id');
  if (where.idleBeforeMs !== undefined) query = query.where('active_at', '<', where.idleBeforeMs);
  if (where.createdUntilMs !== undefined) query = query.where('created_at', '<=', where.createdUntilMs);
  if (where.isUntouched) query = query.whereRef('active_at', '=', 'created_at');
  if (where.projectId !== undefined) query = query.where('project_id', '=', where.projectId);
  if (where.repository !== undefined) query = query.where('repository_name', '=', where.repository);
  return query;
}

/** Ids of matching uploads after `afterId`, in the order of their ids. */
export async function listUploads(
  db: Db,
  where: UploadFilter,
  page: { afterId: string; limit: number },
): Promise<string[]> {
  const rows = await filterUploads(db, where)
    .where('id', '>', page.afterId)
    .orderBy('id')
    .limit(page.limit)
    .execute();
  return rows.map((row) => row.id);
}

/** Whether the upload still matches: it may have gone on since it was listed. */
export async function matchesUpload(db: Db, where: UploadFilter, uploadId: string): Promise<boolean> {
  return (await filterUploads(db, where).where('id', '=', uploadId).executeTakeFirst()) !== undefined;
}
