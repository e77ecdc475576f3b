import type { Tx } from '../../db/database.ts';
import { readJson } from '../../db/json.ts';
import type { ArtifactRow } from './artifact-store.ts';
import { putTag } from './artifact-store.ts';
import { countTag } from './listed-store.ts';
import { inChunks } from './relations-store.ts';

type Known = Pick<ArtifactRow, 'id' | 'repository_id' | 'digest' | 'accessory_type'>;

/** The artifacts of these digests that the repository has, and what must be known of them to mark them. */
export async function selectByDigests(
  tx: Tx,
  repositoryId: number,
  digests: readonly string[],
): Promise<ReadonlyMap<string, Known>> {
  const rows = await inChunks(digests, (chunk) =>
    tx
      .selectFrom('artifact')
      .select(['id', 'repository_id', 'digest', 'accessory_type'])
      .where('repository_id', '=', repositoryId)
      .where('digest', 'in', chunk)
      .execute(),
  );
  return new Map(rows.map((row) => [row.digest, row]));
}

/** Links to one repository what another has of these blobs: nothing is copied, and the link keeps them. */
export async function linkBlobsOf(
  tx: Tx,
  link: { from: number; to: number; digests: readonly string[]; nowMs: number },
): Promise<void> {
  await inChunks(link.digests, async (chunk) => {
    await tx
      .insertInto('repository_blob')
      .columns(['repository_id', 'digest', 'linked_at'])
      .expression((eb) =>
        eb
          .selectFrom('repository_blob')
          .select((of) => [of.val(link.to).as('repository_id'), 'digest', of.val(link.nowMs).as('linked_at')])
          .where('repository_id', '=', link.from)
          .where('digest', 'in', chunk),
      )
      .onConflict((conflict) => conflict.columns(['repository_id', 'digest']).doNothing())
      .execute();
    return [];
  });
}

/** Points these tags at the artifact: those that are new all at once, those that named another one by one. */
export async function putTags(
  tx: Tx,
  at: { repositoryId: number; artifactId: number },
  { names, nowMs }: { names: readonly string[]; nowMs: number },
): Promise<void> {
  const found = await inChunks(names, (chunk) =>
    tx
      .selectFrom('tag')
      .select('name')
      .where('repository_id', '=', at.repositoryId)
      .where('name', 'in', chunk)
      .execute(),
  );
  const known = new Set(found.map((row) => row.name));
  for (const name of known) await putTag(tx, at.repositoryId, { name, artifactId: at.artifactId, nowMs });
  const fresh = names.filter((name) => !known.has(name));
  if (fresh.length === 0) return;
  await inChunks(fresh, async (chunk) => {
    const rows = chunk.map((name) => ({
      repository_id: at.repositoryId,
      artifact_id: at.artifactId,
      name,
      pushed_at: nowMs,
      pulled_at: null,
    }));
    await tx.insertInto('tag').values(rows).execute();
    return [];
  });
  await countTag(tx, at, fresh.length);
}

/** What is shown of an artifact's config. */
export async function selectExtraAttrs(tx: Tx, artifactId: number): Promise<Record<string, unknown>> {
  const row = await tx
    .selectFrom('artifact')
    .select('extra_attrs')
    .where('id', '=', artifactId)
    .executeTakeFirst();
  return row ? readJson<Record<string, unknown>>(row.extra_attrs) : {};
}
