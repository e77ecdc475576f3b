import type { ProjectScope } from '../../access/scope.ts';
import { isForeignKeyViolation, type Db, type Tx } from '../../db/database.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import { toLabel, usableIn, type Label } from './store.ts';

/** Labels that an artifact carries: a page shows all of each. */
const MAX_CARRIED = 100;

/** An artifact of the scope's project and a label that it carries, or is to carry. */
export interface Carried {
  readonly artifactId: number;
  readonly labelId: number;
}

async function findUsable(tx: Tx, scope: ProjectScope, labelId: number): Promise<Label> {
  const row = await tx
    .selectFrom('label')
    .selectAll('label')
    .where('label.id', '=', labelId)
    .where(usableIn(scope))
    .executeTakeFirst();
  if (!row) throw notFound('label', labelId);
  return toLabel(row);
}

/**
 * Puts a label on an artifact and resolves to it. Throws `not_found` for a label that is neither the registry's nor the
 * project's, or goes at the same time; `conflict` where the artifact carries it already, and `bad_request` where it carries
 * as many as it can. The caller holds the artifact's row.
 */
export async function attachLabel(
  tx: Tx,
  scope: ProjectScope,
  { artifactId, labelId }: Carried,
): Promise<Label> {
  const label = await findUsable(tx, scope, labelId);
  const added = await tx
    .insertInto('artifact_label')
    .columns(['artifact_id', 'label_id'])
    .expression((eb) =>
      eb
        .selectFrom('artifact')
        .select((of) => ['artifact.id', of.val(labelId).as('label_id')])
        .where('artifact.id', '=', artifactId)
        .where('artifact.project_id', '=', scope.projectId)
        .where(
          (of) =>
            of
              .selectFrom('artifact_label as carried')
              .select((all) => all.fn.countAll<number>().as('count'))
              .where('carried.artifact_id', '=', artifactId),
          '<',
          MAX_CARRIED,
        ),
    )
    .onConflict((conflict) => conflict.columns(['artifact_id', 'label_id']).doNothing())
    .executeTakeFirst()
    .catch((error: unknown) => {
      throw isForeignKeyViolation(error) ? notFound('label', labelId) : error;
    });
  if (added.numInsertedOrUpdatedRows !== 0n) return label;
  const carried = await tx
    .selectFrom('artifact_label')
    .select('label_id')
    .where('artifact_id', '=', artifactId)
    .execute();
  if (carried.some((row) => row.label_id === labelId))
    throw new AppError('conflict', `the artifact carries the label ${label.name} already`);
  // The artifact of another project.
  if (carried.length < MAX_CARRIED) throw notFound('artifact', artifactId);
  throw new AppError(
    'bad_request',
    `the artifact carries ${MAX_CARRIED} labels, and can carry no more: take one off first`,
  );
}

/** Takes a label off an artifact and resolves to it. Throws `not_found` where the artifact does not carry it. */
export async function detachLabel(
  tx: Tx,
  scope: ProjectScope,
  { artifactId, labelId }: Carried,
): Promise<Label> {
  const label = await findUsable(tx, scope, labelId);
  const removed = await tx
    .deleteFrom('artifact_label')
    .where('label_id', '=', labelId)
    .where('artifact_id', 'in', (eb) =>
      eb
        .selectFrom('artifact')
        .select('artifact.id')
        .where('artifact.id', '=', artifactId)
        .where('artifact.project_id', '=', scope.projectId),
    )
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) throw notFound('label', labelId);
  return label;
}

/** The labels of each of these artifacts, by name; an artifact without any has no entry. One query for all. */
export async function labelsOfArtifacts(
  db: Db,
  artifactIds: readonly number[],
): Promise<ReadonlyMap<number, readonly Label[]>> {
  const found = new Map<number, Label[]>();
  if (artifactIds.length === 0) return found;
  const rows = await db
    .selectFrom('artifact_label')
    .innerJoin('label', 'label.id', 'artifact_label.label_id')
    .selectAll('label')
    .select('artifact_label.artifact_id')
    .where('artifact_label.artifact_id', 'in', [...artifactIds])
    .orderBy('label.name')
    .orderBy('label.id')
    .execute();
  for (const row of rows) {
    const labels = found.get(row.artifact_id) ?? [];
    labels.push(toLabel(row));
    found.set(row.artifact_id, labels);
  }
  return found;
}
