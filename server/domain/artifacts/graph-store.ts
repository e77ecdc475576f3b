import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import type { ProjectScope } from '../../access/scope.ts';
import type { Db } from '../../db/database.ts';
import type { ArtifactRow } from './artifact-store.ts';
import { inChunks } from './relations-store.ts';

const NODE = [
  'artifact.id',
  'artifact.digest',
  'artifact.media_type',
  'artifact.artifact_type',
  'artifact.kind',
  'artifact.size_bytes',
  'artifact.accessory_subject',
  'artifact.subject_digest',
] as const;

/** What a picture of the relations shows of an artifact. */
export type NodeRow = Pick<
  ArtifactRow,
  | 'id'
  | 'digest'
  | 'media_type'
  | 'artifact_type'
  | 'kind'
  | 'size_bytes'
  | 'accessory_subject'
  | 'subject_digest'
>;

/** Those of the digests that the repository has. */
export function selectNodes(db: Db, repositoryId: number, digests: readonly string[]): Promise<NodeRow[]> {
  return inChunks(digests, (chunk) =>
    db
      .selectFrom('artifact')
      .select(NODE)
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', chunk)
      .execute(),
  );
}

/** What says of itself that it belongs to one of the digests, by digest, at most `limit`. */
export function selectReferring(
  db: Db,
  repositoryId: number,
  asked: { digests: readonly string[]; limit: number },
): Promise<NodeRow[]> {
  if (asked.digests.length === 0) return Promise.resolve([]);
  const { digests, limit } = asked;
  // Each half has its index; what was signed by a tag alone has no subject.
  const half = (column: 'subject_digest' | 'accessory_subject') =>
    db
      .selectFrom('artifact')
      .select(NODE)
      .where('repository_id', '=', repositoryId)
      .where(column, 'in', digests)
      .orderBy('digest')
      .limit(limit)
      .execute();
  return Promise.all([half('subject_digest'), half('accessory_subject')]).then(([subjects, accessories]) => {
    const known = new Set(subjects.map((row) => row.id));
    return [...subjects, ...accessories.filter((row) => !known.has(row.id))].slice(0, limit);
  });
}

/** Indexes of the repository that list the digest. */
export function selectIndexesOf(
  db: Db,
  repositoryId: number,
  asked: { digest: string; limit: number },
): Promise<NodeRow[]> {
  return db
    .selectFrom('artifact_reference')
    .innerJoin('artifact', 'artifact.id', 'artifact_reference.artifact_id')
    .select(NODE)
    .distinct()
    .where('artifact_reference.digest', '=', asked.digest)
    .where('artifact_reference.role', '=', 'child')
    .where('artifact.repository_id', '=', repositoryId)
    .limit(asked.limit)
    .execute();
}

/** Annotations of the layers of these artifacts: attestations say there what they are. */
export function selectLayerNotes(
  db: Db,
  asked: { artifactIds: readonly number[]; limit: number },
): Promise<{ artifact_id: number; annotations: string }[]> {
  if (asked.artifactIds.length === 0) return Promise.resolve([]);
  return db
    .selectFrom('artifact_reference')
    .select(['artifact_id', 'annotations'])
    .where('artifact_id', 'in', asked.artifactIds)
    .where('role', '=', 'layer')
    .orderBy('artifact_id')
    .orderBy('position')
    .limit(asked.limit)
    .execute();
}

/** References of one blob that are looked at: a common base layer may have very many. */
const MOST_USES = 5_000;
/** A count beyond this says no more. */
const MOST_SHARING = 1_000;
const MOST_LAYERS = 50;

/**
 * For each of these layers how many other artifacts of the project have it. A layer is left out where that is not known: of
 * many layers the first {@link MOST_LAYERS} are counted, and one with more than {@link MOST_USES} uses in all is not.
 */
export async function countSharing(
  db: Db,
  scope: ProjectScope,
  asked: { artifactId: number; digests: readonly string[] },
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const digest of [...new Set(asked.digests)].slice(0, MOST_LAYERS)) {
    const uses = db
      .selectFrom('artifact_reference')
      .select('artifact_id')
      .where('digest', '=', digest)
      .where('role', '=', 'layer')
      .where('artifact_id', '!=', asked.artifactId)
      .limit(MOST_USES);
    // Everything else has its turn between two layers: a database in this process answers at once.
    await setImmediate();
    const { seen, count } = await db
      .selectFrom(uses.as('uses'))
      .innerJoin('artifact', 'artifact.id', 'uses.artifact_id')
      .select([
        sql<number | string>`count(*)`.as('seen'),
        sql<
          number | string
        >`count(distinct case when artifact.project_id = ${scope.projectId} then artifact.id end)`.as(
          'count',
        ),
      ])
      .executeTakeFirstOrThrow();
    const sharing = Math.min(Number(count), MOST_SHARING);
    if (Number(seen) < MOST_USES || sharing === MOST_SHARING) counts.set(digest, sharing);
  }
  return counts;
}
