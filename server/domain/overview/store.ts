import { sql } from 'kysely';
import type { Db, Tx } from '../../db/database.ts';
import type { StoredOnDay, Traffic } from './rules.ts';

/** The whole registry, in the table of traffic. */
export const WHOLE = 0;

/** Whose numbers are read: all of the registry, or the projects that an account is a member of. */
export type Share = { readonly kind: 'all' } | { readonly kind: 'own'; readonly accountId: number };

export interface TrafficRow {
  readonly span: 'hour' | 'day';
  readonly projectId: number;
  readonly startsAtMs: number;
  readonly pulls: number;
  readonly pushes: number;
}

/** Adds to what is counted for that hour or day. */
export async function addTraffic(tx: Tx, row: TrafficRow): Promise<void> {
  await tx
    .insertInto('traffic')
    .values({
      span: row.span,
      project_id: row.projectId,
      starts_at: row.startsAtMs,
      pulls: row.pulls,
      pushes: row.pushes,
    })
    .onConflict((conflict) =>
      conflict.columns(['span', 'project_id', 'starts_at']).doUpdateSet((eb) => ({
        pulls: eb('traffic.pulls', '+', row.pulls),
        pushes: eb('traffic.pushes', '+', row.pushes),
      })),
    )
    .execute();
}

export async function putProjectPush(tx: Tx, projectId: number, pushedAtMs: number): Promise<void> {
  await tx
    .insertInto('project_push')
    .values({ project_id: projectId, pushed_at: pushedAtMs })
    .onConflict((conflict) => conflict.column('project_id').doUpdateSet({ pushed_at: pushedAtMs }))
    .execute();
}

export async function putStored(tx: Tx, startsAtMs: number, bytes: number): Promise<void> {
  await tx
    .insertInto('storage_day')
    .values({ starts_at: startsAtMs, bytes })
    .onConflict((conflict) => conflict.column('starts_at').doUpdateSet({ bytes }))
    .execute();
}

export async function removeBefore(tx: Tx, oldest: { hourMs: number; dayMs: number }): Promise<void> {
  for (const [span, before] of [
    ['hour', oldest.hourMs],
    ['day', oldest.dayMs],
  ] as const)
    await tx.deleteFrom('traffic').where('span', '=', span).where('starts_at', '<', before).execute();
  await tx.deleteFrom('storage_day').where('starts_at', '<', oldest.dayMs).execute();
}

/** Forgets when projects were pushed to that are deleted by now. */
export async function removeDeletedPushes(tx: Tx): Promise<void> {
  const deleted = tx.selectFrom('project').select('id').where('deleted_at', 'is not', null);
  await tx.deleteFrom('project_push').where('project_id', 'in', deleted).execute();
}

/** Ids of the live projects that the account is a member of. */
const ownProjects = (db: Db, accountId: number) =>
  db
    .selectFrom('project_member')
    .innerJoin('project', 'project.id', 'project_member.project_id')
    .select('project.id')
    .where('project_member.account_id', '=', accountId)
    .where('project.deleted_at', 'is', null);

/** Hours or days from an instant on in which anything happened, oldest first. */
export async function selectTraffic(
  db: Db,
  share: Share,
  from: { span: 'hour' | 'day'; startsAtMs: number },
): Promise<Traffic[]> {
  const rows = await db
    .selectFrom('traffic')
    .select(['starts_at', sql<number>`sum(pulls)`.as('pulls'), sql<number>`sum(pushes)`.as('pushes')])
    .where('span', '=', from.span)
    .where('project_id', 'in', share.kind === 'all' ? [WHOLE] : ownProjects(db, share.accountId))
    .where('starts_at', '>=', from.startsAtMs)
    .groupBy('starts_at')
    .orderBy('starts_at')
    .execute();
  return rows.map(({ starts_at, pulls, pushes }) => ({
    startsAtMs: starts_at,
    pulls: Number(pulls),
    pushes: Number(pushes),
  }));
}

/** Since when traffic is counted; undefined before the first of it. */
export async function selectFirstDay(db: Db): Promise<number | undefined> {
  const row = await db
    .selectFrom('traffic')
    .select('starts_at')
    .where('span', '=', 'day')
    .where('project_id', '=', WHOLE)
    .orderBy('starts_at')
    .limit(1)
    .executeTakeFirst();
  return row?.starts_at;
}

/** Bytes stored by day from an instant on, oldest first. */
export async function selectStoredByDay(db: Db, fromMs: number): Promise<StoredOnDay[]> {
  const rows = await db
    .selectFrom('storage_day')
    .selectAll()
    .where('starts_at', '>=', fromMs)
    .orderBy('starts_at')
    .execute();
  return rows.map(({ starts_at, bytes }) => ({ startsAtMs: starts_at, bytes }));
}

export async function selectTotals(db: Db): Promise<{ bytes: number; artifacts: number }> {
  const row = await db
    .selectFrom('storage_total')
    .select([
      sql<number>`coalesce(sum(bytes), 0)`.as('bytes'),
      sql<number>`coalesce(sum(artifacts), 0)`.as('artifacts'),
    ])
    .executeTakeFirstOrThrow();
  return { bytes: Number(row.bytes), artifacts: Number(row.artifacts) };
}

/** Projects and the repositories in them. */
export async function selectCounts(
  db: Db,
  share: Share,
): Promise<{ projects: number; repositories: number }> {
  let query = db
    .selectFrom('project')
    .select([
      sql<number>`count(*)`.as('projects'),
      sql<number>`coalesce(sum(repository_count), 0)`.as('repositories'),
    ])
    .where('project.deleted_at', 'is', null);
  if (share.kind === 'own') query = query.where('project.id', 'in', ownProjects(db, share.accountId));
  const row = await query.executeTakeFirstOrThrow();
  return { projects: Number(row.projects), repositories: Number(row.repositories) };
}

export interface RecentPush {
  readonly projectName: string;
  /** Name without the project. */
  readonly repositoryName: string;
  readonly digest: string;
  /** The newest of its tags. */
  readonly tags: readonly string[];
  readonly pushedAtMs: number;
}

/** Live projects that were pushed to last, newest first. */
export async function selectPushedProjects(db: Db, share: Share, limit: number): Promise<number[]> {
  let query = db
    .selectFrom('project_push')
    .innerJoin('project', 'project.id', 'project_push.project_id')
    .select('project_push.project_id')
    .where('project.deleted_at', 'is', null)
    .orderBy('project_push.pushed_at', 'desc')
    .limit(limit);
  if (share.kind === 'own')
    query = query.where('project_push.project_id', 'in', ownProjects(db, share.accountId));
  return (await query.execute()).map((row) => row.project_id);
}

/** The newest artifacts of one project, with up to `tags` tags each. */
export async function selectNewestOf(
  db: Db,
  projectId: number,
  most: { artifacts: number; tags: number },
): Promise<RecentPush[]> {
  const rows = await db
    .selectFrom('artifact')
    .innerJoin('repository', 'repository.id', 'artifact.repository_id')
    .innerJoin('project', 'project.id', 'artifact.project_id')
    .select([
      'artifact.id',
      'artifact.digest',
      'artifact.pushed_at',
      'repository.name as repository',
      'project.name as project',
    ])
    .where('artifact.project_id', '=', projectId)
    .where('artifact.is_listed', '=', 1)
    .orderBy('artifact.pushed_at', 'desc')
    .orderBy('artifact.id', 'desc')
    .limit(most.artifacts)
    .execute();
  const found: RecentPush[] = [];
  for (const row of rows) {
    const tags = await db
      .selectFrom('tag')
      .select('name')
      .where('artifact_id', '=', row.id)
      .orderBy('pushed_at', 'desc')
      .orderBy('id', 'desc')
      .limit(most.tags)
      .execute();
    found.push({
      projectName: row.project,
      repositoryName: row.repository,
      digest: row.digest,
      tags: tags.map((tag) => tag.name),
      pushedAtMs: row.pushed_at,
    });
  }
  return found;
}
