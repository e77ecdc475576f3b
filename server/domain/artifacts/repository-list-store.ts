import { sql } from 'kysely';
import type { ProjectScope } from '../../access/scope.ts';
import type { Db } from '../../db/database.ts';
import { oneOf } from '../../db/id-set.ts';
import { readKeyset, withTotal, type KeysetOrder } from '../../db/keyset.ts';
import {
  conditionsOf,
  narrow,
  orderOf,
  readPage,
  type Condition,
  type ListColumns,
} from '../../db/list-filter.ts';
import type { KeysetPage, KeysetRequest, ListRequest, ResultPage } from '../../lib/list-query.ts';
import type { RepositoryRow } from './repository-store.ts';

/** Ids of the projects whose repositories are shown. */
export type ProjectIds = readonly number[] | 'all';

const COLUMNS: ListColumns = {
  // Harbor filters by the name with the project.
  name: {
    ref: 'repository.full_name',
    kind: 'text',
    search: { table: 'repository_search', id: 'repository.id' },
  },
  repository_id: { ref: 'repository.id', kind: 'number' },
  id: { ref: 'repository.id', kind: 'number' },
  project_id: { ref: 'repository.project_id', kind: 'number' },
  description: { ref: 'repository.description', kind: 'text' },
  artifact_count: { ref: 'repository.artifact_count', kind: 'number' },
  pull_count: { ref: 'repository.pull_count', kind: 'number' },
  creation_time: { ref: 'repository.created_at', kind: 'time' },
  update_time: { ref: 'repository.updated_at', kind: 'time' },
};
const ORDER: KeysetOrder = {
  columns: COLUMNS,
  by: { key: 'creation_time', descending: true },
  unique: 'repository.id',
};

async function repositoriesIn(db: Db, projects: ProjectIds, filters: ListRequest['filters']) {
  const narrowed = await narrow(db, COLUMNS, filters);
  const conditions = conditionsOf(COLUMNS, filters);
  if (projects !== 'all') conditions.push(oneOf(db, 'repository.project_id', projects));
  const meeting = (more: readonly Condition[]) =>
    db
      .selectFrom('repository')
      .selectAll('repository')
      .where((eb) => eb.and([...conditions, ...more]));
  return { query: meeting(narrowed.page), counted: meeting(narrowed.count) };
}

async function countIn(db: Db, projects: ProjectIds): Promise<number> {
  let query = db
    .selectFrom('project')
    .select(sql<number>`coalesce(sum(repository_count), 0)`.as('total'))
    .where('deleted_at', 'is', null);
  if (projects !== 'all') query = query.where(oneOf(db, 'project.id', projects));
  return (await query.executeTakeFirstOrThrow()).total;
}

/** Repositories of these projects, newest first unless sorted otherwise. */
export async function selectAllRepositories(
  db: Db,
  projects: ProjectIds,
  request: ListRequest,
): Promise<ResultPage<RepositoryRow>> {
  const { query, counted } = await repositoriesIn(db, projects, request.filters);
  const order = orderOf(COLUMNS, request.sort, { by: [ORDER.by], unique: ORDER.unique });
  const total = request.filters.length > 0 ? undefined : await countIn(db, projects);
  return readPage(query, order, { ...request, total, counted });
}

/** Repositories of the project, newest first unless sorted otherwise. */
export const selectRepositories = (
  db: Db,
  scope: ProjectScope,
  request: ListRequest,
): Promise<ResultPage<RepositoryRow>> => selectAllRepositories(db, [scope.projectId], request);

/** The same from a position on. */
export async function selectRepositoriesAfter(
  db: Db,
  scope: ProjectScope,
  request: KeysetRequest,
): Promise<KeysetPage<RepositoryRow>> {
  const { query, counted } = await repositoriesIn(db, [scope.projectId], request.filters);
  const known = request.counts === true ? await countIn(db, [scope.projectId]) : 0;
  return withTotal(await readKeyset(query, ORDER, request), request, { db, query: counted, known });
}

export interface FoundRepository extends RepositoryRow {
  readonly project_name: string;
  readonly project_public: 0 | 1;
}

/** Repositories of these projects whose name (with the project) contains the text, by name. */
export async function searchRepositories(
  db: Db,
  projects: ProjectIds,
  { text, limit }: { readonly text: string; readonly limit: number },
): Promise<FoundRepository[]> {
  const { query } = await repositoriesIn(db, projects, [{ key: 'name', op: 'contains', value: text }]);
  return query
    .innerJoin('project', 'project.id', 'repository.project_id')
    .select(['project.name as project_name', 'project.is_public as project_public'])
    .orderBy('repository.full_name')
    .orderBy('repository.id')
    .limit(limit)
    .execute();
}
