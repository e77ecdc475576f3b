import type { ProjectScope } from '../../access/scope.ts';
import type { Db, Tx } from '../../db/database.ts';

/** A project's metadata, `public` among it, which is kept in a column of its own. */
export type Metadata = Readonly<Record<string, string>>;

/** Undefined when the project is gone. */
export async function selectMetadata(db: Db, scope: ProjectScope): Promise<Metadata | undefined> {
  const project = await db
    .selectFrom('project')
    .select('is_public')
    .where('id', '=', scope.projectId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!project) return undefined;
  return { public: String(project.is_public === 1), ...(await selectValues(db, scope)) };
}

/** All but `public`, also of a project that is just being deleted. */
export async function selectValues(db: Db, scope: ProjectScope): Promise<Metadata> {
  const rows = await db
    .selectFrom('project_metadata')
    .select(['name', 'value'])
    .where('project_id', '=', scope.projectId)
    .orderBy('name')
    .execute();
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

/**
 * Marks the project as changed and resolves to its metadata as it is; undefined when it is gone. Its row is held until the
 * transaction ends, so that changes at once follow each other and each sees what the one before it left.
 */
export async function holdMetadata(
  tx: Tx,
  scope: ProjectScope,
  nowMs: number,
): Promise<Metadata | undefined> {
  const held = await tx
    .updateTable('project')
    .set({ updated_at: nowMs })
    .where('id', '=', scope.projectId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return held.numUpdatedRows === 0n ? undefined : selectMetadata(tx, scope);
}

/** Sets the values; '' takes a key away, and `public` back to its default, private. The project's row must be held. */
export async function putMetadata(tx: Tx, scope: ProjectScope, values: Metadata): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    if (name === 'public') await putPublic(tx, scope, value === 'true');
    else await putValue(tx, scope, { name, value });
  }
}

async function putPublic(tx: Tx, scope: ProjectScope, isPublic: boolean): Promise<void> {
  await tx
    .updateTable('project')
    .set({ is_public: isPublic ? 1 : 0 })
    .where('id', '=', scope.projectId)
    .execute();
}

async function putValue(
  tx: Tx,
  scope: ProjectScope,
  { name, value }: { readonly name: string; readonly value: string },
): Promise<void> {
  if (value === '') {
    await tx
      .deleteFrom('project_metadata')
      .where('project_id', '=', scope.projectId)
      .where('name', '=', name)
      .execute();
    return;
  }
  await tx
    .insertInto('project_metadata')
    .values({ project_id: scope.projectId, name, value })
    .onConflict((conflict) => conflict.columns(['project_id', 'name']).doUpdateSet({ value }))
    .execute();
}
