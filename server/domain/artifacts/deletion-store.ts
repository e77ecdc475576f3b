import type { Db } from '../../db/database.ts';
import { inChunks } from './relations-store.ts';

/** Blobs that one preview adds up; whoever deletes more is told no sum. */
export const MAX_COUNTED_BLOBS = 100_000;
/** Artifacts whose blobs one preview looks at. */
export const MAX_COUNTED_ARTIFACTS = 20_000;

/** How often these artifacts refer to each digest, and whether it is a blob of the repository of one of them. */
export async function countReferences(
  db: Db,
  artifactIds: readonly number[],
): Promise<readonly { digest: string; count: number; isLinked: boolean }[]> {
  const rows = await inChunks(artifactIds, (chunk) =>
    db
      .selectFrom('artifact_reference')
      .innerJoin('artifact', 'artifact.id', 'artifact_reference.artifact_id')
      .leftJoin('repository_blob', (join) =>
        join
          .onRef('repository_blob.repository_id', '=', 'artifact.repository_id')
          .onRef('repository_blob.digest', '=', 'artifact_reference.digest'),
      )
      .select((eb) => [
        'artifact_reference.digest',
        eb.fn.countAll<number | string>().as('count'),
        eb.fn.count<number | string>('repository_blob.digest').as('linked'),
      ])
      .where('artifact_reference.artifact_id', 'in', chunk)
      .groupBy('artifact_reference.digest')
      .execute(),
  );
  return rows.map(({ digest, count, linked }) => ({
    digest,
    count: Number(count),
    isLinked: Number(linked) > 0,
  }));
}

/** Of these digests, how often anything refers to each, and the bytes of those that are stored as blobs. */
export async function countUses(
  db: Db,
  digests: readonly string[],
): Promise<readonly { digest: string; count: number; sizeBytes: number }[]> {
  const rows = await db
    .selectFrom('blob')
    .select([
      'blob.digest',
      'blob.size_bytes',
      (eb) =>
        eb
          .selectFrom('artifact_reference')
          .whereRef('artifact_reference.digest', '=', 'blob.digest')
          .select((inner) => inner.fn.countAll<number | string>().as('uses'))
          .as('uses'),
    ])
    .where('blob.digest', 'in', digests)
    .execute();
  return rows.map((row) => ({
    digest: row.digest,
    count: Number(row.uses ?? 0),
    sizeBytes: Number(row.size_bytes),
  }));
}

export interface ArtifactSize {
  readonly id: number;
  readonly manifest_bytes: number;
}

/** The next artifacts of a repository, by id. */
export async function selectSizesAfter(
  db: Db,
  repositoryId: number,
  { after, limit }: { after: number; limit: number },
): Promise<readonly ArtifactSize[]> {
  return db
    .selectFrom('artifact')
    .select(['id', 'manifest_bytes'])
    .where('repository_id', '=', repositoryId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** How many tags a repository has. */
export async function countTags(db: Db, repositoryId: number): Promise<number> {
  const row = await db
    .selectFrom('tag')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('repository_id', '=', repositoryId)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
