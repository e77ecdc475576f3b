import type { Selectable } from 'kysely';
import type { ProjectScope } from '../../access/scope.ts';
import type { Db, Tx } from '../../db/database.ts';
import { oneOf } from '../../db/id-set.ts';
import type { RepositoryTable } from '../../db/tables.ts';
import { notFound } from '../../lib/errors.ts';

export type RepositoryRow = Selectable<RepositoryTable>;

/** The repository of that name (without the project) in the scope's project. */
export function findRepository(
  db: Db,
  scope: ProjectScope,
  name: string,
): Promise<RepositoryRow | undefined> {
  return db
    .selectFrom('repository')
    .selectAll()
    .where('project_id', '=', scope.projectId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** A project may be deleted between the access decision and this transaction; its row is locked by the insert's key. */
async function requireLiveProject(tx: Tx, scope: ProjectScope): Promise<void> {
  const row = await tx
    .selectFrom('project')
    .select('id')
    .where('id', '=', scope.projectId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!row) throw notFound('project', scope.project.name);
}

/** Finds or makes the repository; `created` tells which. Two pushes at once get the same row. */
export async function ensureRepository(
  tx: Tx,
  scope: ProjectScope,
  at: { name: string; nowMs: number },
): Promise<{ row: RepositoryRow; created: boolean }> {
  const found = await findRepository(tx, scope, at.name);
  if (found) return { row: found, created: false };
  const inserted = await tx
    .insertInto('repository')
    .values({
      project_id: scope.projectId,
      name: at.name,
      full_name: `${scope.project.name}/${at.name}`,
      description: '',
      artifact_count: 0,
      pull_count: 0,
      created_at: at.nowMs,
      updated_at: at.nowMs,
    })
    .onConflict((conflict) => conflict.columns(['project_id', 'name']).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (inserted) {
    await requireLiveProject(tx, scope);
    return { row: inserted, created: true };
  }
  const other = await findRepository(tx, scope, at.name);
  if (!other) throw new Error(`repository ${at.name} is neither there nor could it be made`);
  return { row: other, created: false };
}

/** Counts artifacts up or down and marks the repository as changed. */
export async function changeArtifactCount(
  tx: Tx,
  repositoryId: number,
  change: { by: number; nowMs: number },
): Promise<void> {
  await tx
    .updateTable('repository')
    .set((eb) => ({ artifact_count: eb('artifact_count', '+', change.by), updated_at: change.nowMs }))
    .where('id', '=', repositoryId)
    .execute();
}

/** Removes the repository with all that is in it (artifacts, tags and blob links go by their foreign keys); false when it is gone. */
export async function removeRepository(tx: Tx, scope: ProjectScope, repositoryId: number): Promise<boolean> {
  const removed = await tx
    .deleteFrom('repository')
    .where('project_id', '=', scope.projectId)
    .where('id', '=', repositoryId)
    .executeTakeFirst();
  return removed.numDeletedRows > 0n;
}

/** Sets the description of a repository of the scope's project. */
export async function setDescription(
  tx: Tx,
  scope: ProjectScope,
  change: { id: number; description: string; nowMs: number },
): Promise<void> {
  await tx
    .updateTable('repository')
    .set({ description: change.description, updated_at: change.nowMs })
    .where('project_id', '=', scope.projectId)
    .where('id', '=', change.id)
    .execute();
}

/** Names after `last`, in byte order, of all repositories in these projects. */
export async function listCatalog(
  db: Db,
  page: { projectIds: readonly number[] | 'all'; last: string; limit: number },
): Promise<string[]> {
  // A project that was deleted holds none.
  let query = db.selectFrom('repository').select('full_name').where('full_name', '>', page.last);
  if (page.projectIds !== 'all') query = query.where(oneOf(db, 'project_id', page.projectIds));
  const rows = await query.orderBy('full_name').limit(page.limit).execute();
  return rows.map((row) => row.full_name);
}
