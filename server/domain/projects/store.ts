import { sql } from 'kysely';
import type { ProjectFacts } from '../../access/decide.ts';
import type { Principal } from '../../access/principal.ts';
import { isRoleId, type RoleId } from '../../access/roles.ts';
import type { ProjectScope } from '../../access/scope.ts';
import type { Db, Tx } from '../../db/database.ts';
import { notFound } from '../../lib/errors.ts';
import {
  conditionsOf,
  narrow,
  orderOf,
  readPage,
  type Condition,
  type ListColumns,
} from '../../db/list-filter.ts';
import type { Filter, ListRequest, ResultPage } from '../../lib/list-query.ts';
import type { NewProject } from './rules.ts';

export interface Project extends ProjectFacts {
  readonly ownerName: string;
  readonly updatedAtMs: number;
  readonly repositoryCount: number;
  /** The asking user's role in it, if it has one. */
  readonly role: RoleId | null;
  /** Without `public`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a list of projects may be narrowed to, besides its `q`. */
export interface ProjectFilter {
  readonly namePart?: string;
  readonly ownerName?: string;
  readonly isPublic?: boolean;
}

// Not joined: a count would look at each owner.
const ownerName = sql<string>`(select owner.username from account owner where owner.id = project.owner_id)`;

export const COLUMNS: ListColumns = {
  name: { ref: 'project.name', kind: 'text', search: { table: 'project_search', id: 'project.id' } },
  project_id: { ref: 'project.id', kind: 'number' },
  id: { ref: 'project.id', kind: 'number' },
  owner_id: { ref: 'project.owner_id', kind: 'number' },
  owner: { ref: ownerName, kind: 'text' },
  owner_name: { ref: ownerName, kind: 'text' },
  public: { ref: 'project.is_public', kind: 'flag' },
  creation_time: { ref: 'project.created_at', kind: 'time' },
  update_time: { ref: 'project.updated_at', kind: 'time' },
  repo_count: { ref: 'project.repository_count', kind: 'number' },
  // Clients ask for these; deleted projects are in no list, and none has a registry of another's yet.
  deleted: { ref: sql`(project.id * 0)`, kind: 'flag' },
  registry_id: { ref: sql`(project.id * 0)`, kind: 'number' },
};

/** An account number that nobody has, so that an anonymous caller joins no member row. */
const NOBODY = 0;

export const accountOf = (principal: Principal): number =>
  principal.kind === 'user' ? principal.userId : NOBODY;

/** Live projects with the caller's own membership. */
export function projectsFor(db: Db, accountId: number) {
  return db
    .selectFrom('project')
    .leftJoin('project_member as own', (join) =>
      join.onRef('own.project_id', '=', 'project.id').on('own.account_id', '=', accountId),
    )
    .where('project.deleted_at', 'is', null);
}

export function withDetails(query: ReturnType<typeof projectsFor>) {
  return query.selectAll('project').select([ownerName.as('owner_name'), 'own.role_id']);
}

type DetailRow = Awaited<ReturnType<ReturnType<typeof withDetails>['execute']>>[number];

export async function withMetadata(db: Db, rows: readonly DetailRow[]): Promise<Project[]> {
  const ids = rows.map((row) => row.id);
  const values =
    ids.length === 0
      ? []
      : await db.selectFrom('project_metadata').selectAll().where('project_id', 'in', ids).execute();
  const valuesOf = Map.groupBy(values, (value) => value.project_id);
  return rows.map((row) => {
    const metadata: Record<string, string> = Object.fromEntries(
      (valuesOf.get(row.id) ?? []).map(({ name, value }) => [name, value]),
    );
    return {
      ...toFacts({ ...row, allow_sparse: metadata[ALLOW_SPARSE] ?? null }),
      ownerName: row.owner_name,
      updatedAtMs: row.updated_at,
      repositoryCount: row.repository_count,
      role: row.role_id !== null && isRoleId(row.role_id) ? row.role_id : null,
      metadata,
    };
  });
}

/** The one metadata that every push asks for. */
const ALLOW_SPARSE = 'allow_sparse';

function toFacts(row: {
  id: number;
  name: string;
  is_public: 0 | 1;
  owner_id: number;
  created_at: number;
  allow_sparse: string | null;
}): ProjectFacts {
  return {
    id: row.id,
    name: row.name,
    isPublic: row.is_public === 1,
    ownerId: row.owner_id,
    createdAtMs: row.created_at,
    allowsSparse: row.allow_sparse === 'true',
  };
}

const factsOf = (db: Db) =>
  db
    .selectFrom('project')
    .leftJoin('project_metadata as sparse', (join) =>
      join.onRef('sparse.project_id', '=', 'project.id').on('sparse.name', '=', ALLOW_SPARSE),
    )
    .select(['project.id', 'project.name', 'project.is_public', 'project.owner_id', 'project.created_at'])
    .select('sparse.value as allow_sparse')
    .where('project.deleted_at', 'is', null);

export async function selectFactsByName(db: Db, name: string): Promise<ProjectFacts | undefined> {
  const row = await factsOf(db).where('project.name', '=', name).executeTakeFirst();
  return row && toFacts(row);
}

export async function selectFactsById(db: Db, id: number): Promise<ProjectFacts | undefined> {
  const row = await factsOf(db).where('project.id', '=', id).executeTakeFirst();
  return row && toFacts(row);
}

export async function selectRoles(db: Db, accountId: number, projectId: number): Promise<RoleId[]> {
  const rows = await db
    .selectFrom('project_member')
    .select('role_id')
    .where('project_id', '=', projectId)
    .where('account_id', '=', accountId)
    .execute();
  return rows.map((row) => row.role_id).filter(isRoleId);
}

/** Whether a project, live or deleted, was public when last seen; undefined when there never was one of this id. */
export async function selectWasPublic(db: Db, id: number): Promise<boolean | undefined> {
  const row = await db.selectFrom('project').select('is_public').where('id', '=', id).executeTakeFirst();
  return row && row.is_public === 1;
}

/** Ids of the live projects that the account is a member of. */
export async function selectMemberships(db: Db, accountId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('project_member')
    .select('project_id')
    .where('account_id', '=', accountId)
    .execute();
  return rows.map((row) => row.project_id);
}

export async function selectProject(db: Db, scope: ProjectScope): Promise<Project | undefined> {
  const row = await withDetails(projectsFor(db, accountOf(scope.principal)))
    .where('project.id', '=', scope.projectId)
    .executeTakeFirst();
  return row && (await withMetadata(db, [row]))[0];
}

/** The projects that the caller may see: public ones, its own, and for a system administrator all. */
export async function visibleProjects(
  db: Db,
  asked: { principal: Principal; filter: ProjectFilter; filters: readonly Filter[] },
) {
  const { principal, filter } = asked;
  const named: Filter[] = filter.namePart ? [{ key: 'name', op: 'contains', value: filter.namePart }] : [];
  const filters = [...asked.filters, ...named];
  const conditions = [...conditionsOf(COLUMNS, filters), ...visibility(principal)];
  if (filter.ownerName) conditions.push(sql`${ownerName} = ${filter.ownerName}`);
  if (filter.isPublic !== undefined) conditions.push(sql`project.is_public = ${filter.isPublic ? 1 : 0}`);
  const narrowed = await narrow(db, COLUMNS, filters);
  const meeting = (more: readonly Condition[]) =>
    projectsFor(db, accountOf(principal)).where((eb) => eb.and([...conditions, ...more]));
  return { query: meeting(narrowed.page), counted: meeting(narrowed.count) };
}

function visibility(principal: Principal): Condition[] {
  if (principal.kind === 'anonymous') return [sql`project.is_public = 1`];
  return principal.isAdmin ? [] : [sql`(project.is_public = 1 or own.account_id is not null)`];
}

/** A page of the projects that the caller may see. */
export async function selectProjects(
  db: Db,
  asked: { principal: Principal; filter: ProjectFilter; request: ListRequest },
): Promise<ResultPage<Project>> {
  const { principal, filter, request } = asked;
  const visible = await visibleProjects(db, { principal, filter, filters: request.filters });
  const order = orderOf(COLUMNS, request.sort, {
    by: [{ key: 'name', descending: false }],
    unique: 'project.id',
  });
  const page = await readPage(withDetails(visible.query), order, { ...request, counted: visible.counted });
  return { items: await withMetadata(db, page.items), total: page.total };
}

/** Inserts the project, its metadata and its first administrator; resolves to its id. */
export async function insertProject(
  tx: Tx,
  project: NewProject & { readonly ownerId: number; readonly nowMs: number },
): Promise<number> {
  const { id } = await tx
    .insertInto('project')
    .values({
      name: project.name,
      owner_id: project.ownerId,
      is_public: project.isPublic ? 1 : 0,
      created_at: project.nowMs,
      updated_at: project.nowMs,
      deleted_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const metadata = Object.entries(project.metadata).map(([name, value]) => ({ project_id: id, name, value }));
  if (metadata.length > 0) await tx.insertInto('project_metadata').values(metadata).execute();
  return id;
}

/** Makes the owner a project administrator: a project is born with this one member. */
export async function insertFounder(
  tx: Tx,
  founder: { projectId: number; accountId: number; nowMs: number },
): Promise<void> {
  await tx
    .insertInto('project_member')
    .values({
      project_id: founder.projectId,
      account_id: founder.accountId,
      role_id: 1,
      created_at: founder.nowMs,
    })
    .execute();
}

/** Gives a project that nothing refers to yet another id. */
export async function renumber(tx: Tx, change: { from: number; to: number }): Promise<void> {
  await tx.updateTable('project').set({ id: change.to }).where('id', '=', change.from).execute();
}

/** Whether any project was ever created. */
export async function hasAnyProject(db: Db): Promise<boolean> {
  return (await db.selectFrom('project').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/**
 * Marks the project deleted and frees its name; resolves to whether it was public, undefined when it was gone already.
 * Comes first in its transaction: with its name its row is held against everything, so that no push adds a repository
 * between the count and the commit, and none that is under way waits for this one while this one waits for it.
 */
export async function markDeleted(
  tx: Tx,
  scope: ProjectScope,
  nowMs: number,
): Promise<{ readonly wasPublic: boolean } | undefined> {
  const row = await tx
    .updateTable('project')
    .set({ name: `${scope.project.name}#${scope.projectId}`, deleted_at: nowMs, updated_at: nowMs })
    .where('id', '=', scope.projectId)
    .where('deleted_at', 'is', null)
    .returning('is_public')
    .executeTakeFirst();
  return row && { wasPublic: row.is_public === 1 };
}

export async function countRepositories(db: Db, scope: ProjectScope): Promise<number> {
  const { total } = await db
    .selectFrom('repository')
    .select(sql<number>`count(*)`.as('total'))
    .where('project_id', '=', scope.projectId)
    .executeTakeFirstOrThrow();
  return total;
}

export async function removeMembersAndMetadata(tx: Tx, scope: ProjectScope): Promise<void> {
  await tx.deleteFrom('project_member').where('project_id', '=', scope.projectId).execute();
  await tx.deleteFrom('project_metadata').where('project_id', '=', scope.projectId).execute();
}

/**
 * Throws `not_found` when the project was deleted after access was decided. To be called after the insert that refers to
 * the project: that holds its row, so that a deletion waits until it can see what was inserted.
 */
export async function ensureLiveProject(tx: Tx, scope: ProjectScope): Promise<void> {
  const row = await tx
    .selectFrom('project')
    .select('id')
    .where('id', '=', scope.projectId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!row) throw notFound('project', scope.project.name);
}

/** How many members have which role. */
export async function countMembers(db: Db, scope: ProjectScope): Promise<ReadonlyMap<RoleId, number>> {
  const rows = await db
    .selectFrom('project_member as member')
    .innerJoin('account', 'account.id', 'member.account_id')
    .select(['member.role_id', sql<number>`count(*)`.as('total')])
    .where('member.project_id', '=', scope.projectId)
    .where('account.deleted_at', 'is', null)
    .groupBy('member.role_id')
    .execute();
  return new Map(rows.flatMap((row) => (isRoleId(row.role_id) ? [[row.role_id, row.total]] : [])));
}
