import type { Db } from '../../db/database.ts';
import type { ArtifactRow } from './artifact-store.ts';

/** Values bound in one IN list: below the limits of both databases. */
const IN_LIST = 500;

/** Reads in pieces what asks for many values. */
export async function inChunks<T, R>(values: readonly T[], read: (chunk: T[]) => Promise<R[]>): Promise<R[]> {
  const rows: R[] = [];
  for (let i = 0; i < values.length; i += IN_LIST) rows.push(...(await read(values.slice(i, i + IN_LIST))));
  return rows;
}

/** Artifacts that one deletion or one copy takes: each is one transaction, and nobody else writes meanwhile. */
export const MAX_PARTS = 1_000;

const PART = [
  'artifact.id',
  'artifact.digest',
  'artifact.media_type',
  'artifact.tag_count',
  'artifact.manifest_bytes',
  'artifact.accessory_subject',
  'artifact.accessory_type',
] as const;

/** What is read of many artifacts at once: nothing of it is long, as annotations may be. */
export type PartRow = Pick<
  ArtifactRow,
  'id' | 'digest' | 'media_type' | 'tag_count' | 'manifest_bytes' | 'accessory_subject' | 'accessory_type'
>;

/**
 * What belongs to these artifacts of one repository: their accessories, and the children of those that are indexes. Of very
 * many only so many that the caller sees that they are more than {@link MAX_PARTS}.
 */
export async function selectBelonging(
  db: Db,
  repositoryId: number,
  artifacts: readonly Pick<ArtifactRow, 'id' | 'digest'>[],
): Promise<{ accessories: PartRow[]; children: PartRow[] }> {
  const digests = artifacts.map((artifact) => artifact.digest);
  const ids = artifacts.map((artifact) => artifact.id);
  const accessories = await inChunks(digests, (chunk) =>
    db
      .selectFrom('artifact')
      .select(PART)
      .where('repository_id', '=', repositoryId)
      .where('accessory_subject', 'in', chunk)
      .limit(MAX_PARTS + 1)
      .execute(),
  );
  const children = await inChunks(ids, (chunk) =>
    db
      .selectFrom('artifact_reference')
      .innerJoin('artifact', 'artifact.digest', 'artifact_reference.digest')
      .select(PART)
      .distinct()
      .where('artifact_reference.artifact_id', 'in', chunk)
      .where('artifact_reference.role', '=', 'child')
      .where('artifact.repository_id', '=', repositoryId)
      .limit(MAX_PARTS + 1)
      .execute(),
  );
  return { accessories, children };
}

/** Those of the digests that an index of the repository lists which is none of `besides`. */
export async function selectNeeded(
  db: Db,
  repositoryId: number,
  { digests, besides }: { digests: readonly string[]; besides: readonly number[] },
): Promise<ReadonlySet<string>> {
  const rows = await inChunks(digests, (chunk) =>
    db
      .selectFrom('artifact')
      .select('artifact.digest')
      .where('artifact.repository_id', '=', repositoryId)
      .where('artifact.digest', 'in', chunk)
      // The first such index is enough: a child may be in very many.
      .where((eb) =>
        eb.exists(
          eb
            .selectFrom('artifact_reference')
            .innerJoin('artifact as parent', 'parent.id', 'artifact_reference.artifact_id')
            .select('parent.id')
            .whereRef('artifact_reference.digest', '=', 'artifact.digest')
            .where('artifact_reference.role', '=', 'child')
            .where('parent.repository_id', '=', repositoryId)
            .where('parent.id', 'not in', besides),
        ),
      )
      .execute(),
  );
  return new Set(rows.map((row) => row.digest));
}

/** Those of the digests that the repository has. */
export async function selectPresent(
  db: Db,
  repositoryId: number,
  digests: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await inChunks(digests, (chunk) =>
    db
      .selectFrom('artifact')
      .select('digest')
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', chunk)
      .execute(),
  );
  return new Set(rows.map((row) => row.digest));
}

/** Names that are told of one artifact. */
const MAX_NAMES = 1_000;

/** The tags of each of these artifacts, by name; of one with very many the first ones. */
export async function selectTagNames(
  db: Db,
  artifactIds: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const names = new Map<number, string[]>();
  const most = MAX_NAMES * Math.max(1, artifactIds.length);
  const rows = await inChunks(artifactIds, (chunk) =>
    db
      .selectFrom('tag')
      .select(['artifact_id', 'name'])
      .where('artifact_id', 'in', chunk)
      .orderBy('artifact_id')
      .orderBy('name')
      .limit(most)
      .execute(),
  );
  for (const { artifact_id: id, name } of rows) {
    const known = names.get(id);
    if (!known) names.set(id, [name]);
    else if (known.length < MAX_NAMES) known.push(name);
  }
  return names;
}
