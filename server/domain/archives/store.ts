import type { ProjectScope } from '../../access/scope.ts';
import type { Db, Tx } from '../../db/database.ts';
import { readJson, writeJson } from '../../db/json.ts';
import type { Digest } from '../../lib/digest.ts';
import type { Platform } from '../../lib/manifest.ts';

/** Values bound in one statement: below the limits of both databases. */
const IN_LIST = 400;

/** An image of an archive as it is kept until its names are confirmed. */
export interface KeptImage {
  readonly names: readonly string[];
  readonly digest: Digest;
  readonly mediaType: string;
  readonly kind: string;
  readonly sizeBytes: number;
  readonly platforms: readonly Platform[];
  readonly missing: number;
  /** Children before the indexes that list them. */
  readonly manifests: readonly Digest[];
  readonly blobs: readonly Digest[];
}

export interface ImportRow {
  readonly id: string;
  readonly fileName: string;
  readonly images: readonly KeptImage[];
  readonly createdAtMs: number;
  readonly activeAtMs: number;
}

export interface PartRow {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** The unfinished upload that holds a blob; null once it is in storage, and for a manifest. */
  readonly uploadId: string | null;
  /** Of a manifest. */
  readonly manifest: { readonly mediaType: string; readonly bytes: Buffer } | null;
}

const accountOf = ({ principal }: ProjectScope): number => (principal.kind === 'user' ? principal.userId : 0);

/** Writes down an archive that was received whole. */
export async function insertImport(
  tx: Tx,
  scope: ProjectScope,
  row: ImportRow & { readonly parts: readonly PartRow[] },
): Promise<void> {
  await tx
    .insertInto('archive_import')
    .values({
      id: row.id,
      project_id: scope.projectId,
      account_id: accountOf(scope),
      file_name: row.fileName,
      images: writeJson(row.images),
      created_at: row.createdAtMs,
      active_at: row.activeAtMs,
    })
    .execute();
  for (const part of row.parts)
    await tx
      .insertInto('archive_part')
      .values({
        import_id: row.id,
        digest: part.digest,
        size_bytes: part.sizeBytes,
        upload_id: part.uploadId,
        media_type: part.manifest?.mediaType ?? null,
        bytes: part.manifest?.bytes ?? null,
      })
      .execute();
}

/** The caller's own import in the project. */
export async function findImport(db: Db, scope: ProjectScope, id: string): Promise<ImportRow | undefined> {
  const row = await db
    .selectFrom('archive_import')
    .selectAll()
    .where('id', '=', id)
    .where('project_id', '=', scope.projectId)
    .where('account_id', '=', accountOf(scope))
    .executeTakeFirst();
  return row && readImport(row);
}

function readImport(row: {
  id: string;
  file_name: string;
  images: string;
  created_at: number;
  active_at: number;
}): ImportRow {
  return {
    id: row.id,
    fileName: row.file_name,
    images: readJson<KeptImage[]>(row.images),
    createdAtMs: row.created_at,
    activeAtMs: row.active_at,
  };
}

/** The caller's own imports in the project, newest first, at most `limit`. */
export async function listImports(db: Db, scope: ProjectScope, limit: number): Promise<ImportRow[]> {
  const rows = await db
    .selectFrom('archive_import')
    .selectAll()
    .where('project_id', '=', scope.projectId)
    .where('account_id', '=', accountOf(scope))
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(readImport);
}

/** How many imports of the caller's wait in the project. */
export async function countImports(db: Db, scope: ProjectScope): Promise<number> {
  const { count } = await db
    .selectFrom('archive_import')
    .select((select) => select.fn.countAll<number | string>().as('count'))
    .where('project_id', '=', scope.projectId)
    .where('account_id', '=', accountOf(scope))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** The parts of these digests, by digest. */
export async function findParts(
  db: Db,
  importId: string,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, PartRow>> {
  const parts = new Map<Digest, PartRow>();
  for (let i = 0; i < digests.length; i += IN_LIST) {
    const rows = await db
      .selectFrom('archive_part')
      .selectAll()
      .where('import_id', '=', importId)
      .where('digest', 'in', digests.slice(i, i + IN_LIST))
      .execute();
    for (const row of rows) {
      const digest = row.digest as Digest;
      parts.set(digest, {
        digest,
        sizeBytes: row.size_bytes,
        uploadId: row.upload_id,
        manifest: row.bytes && { mediaType: row.media_type ?? '', bytes: row.bytes },
      });
    }
  }
  return parts;
}

/** That storage has these blobs now. */
export async function markStored(tx: Tx, importId: string, digests: readonly Digest[]): Promise<void> {
  for (const digest of digests)
    await tx
      .updateTable('archive_part')
      .set({ upload_id: null })
      .where('import_id', '=', importId)
      .where('digest', '=', digest)
      .execute();
}

export async function touchImport(tx: Tx, importId: string, nowMs: number): Promise<void> {
  await tx.updateTable('archive_import').set({ active_at: nowMs }).where('id', '=', importId).execute();
}

export async function removeImport(tx: Tx, importId: string): Promise<void> {
  await tx.deleteFrom('archive_part').where('import_id', '=', importId).execute();
  await tx.deleteFrom('archive_import').where('id', '=', importId).execute();
}

/** Ids of imports that nobody went on with since before that instant, at most `limit`. */
export async function listIdleImports(db: Db, beforeMs: number, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('archive_import')
    .select('id')
    .where('active_at', '<', beforeMs)
    .orderBy('active_at')
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}
