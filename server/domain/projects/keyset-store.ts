import type { Principal } from '../../access/principal.ts';
import type { Db } from '../../db/database.ts';
import { readKeyset, withTotal, type KeysetOrder } from '../../db/keyset.ts';
import type { KeysetPage, KeysetRequest } from '../../lib/list-query.ts';
import {
  COLUMNS,
  visibleProjects,
  withDetails,
  withMetadata,
  type Project,
  type ProjectFilter,
} from './store.ts';

const ORDER: KeysetOrder = {
  columns: COLUMNS,
  by: { key: 'name', descending: false },
  unique: 'project.id',
};

/** The projects that the caller may see, by name unless sorted otherwise, from a position on. */
export async function selectProjectsAfter(
  db: Db,
  asked: { principal: Principal; filter: ProjectFilter; request: KeysetRequest },
): Promise<KeysetPage<Project>> {
  const { principal, filter, request } = asked;
  const { query, counted } = await visibleProjects(db, { principal, filter, filters: request.filters });
  const page = await readKeyset(withDetails(query), ORDER, request);
  return withTotal({ ...page, items: await withMetadata(db, page.items) }, request, { db, query: counted });
}

/** Ids of the projects that the caller may see; `all` for a system administrator, who may see each. */
export async function selectVisibleIds(db: Db, principal: Principal): Promise<readonly number[] | 'all'> {
  if (principal.kind === 'user' && principal.isAdmin) return 'all';
  const open = db
    .selectFrom('project')
    .select('project.id')
    .where('project.is_public', '=', 1)
    .where('project.deleted_at', 'is', null);
  if (principal.kind === 'anonymous') return (await open.execute()).map((row) => row.id);
  const own = db
    .selectFrom('project_member')
    .innerJoin('project', 'project.id', 'project_member.project_id')
    .select('project.id')
    .where('project_member.account_id', '=', principal.userId)
    .where('project.deleted_at', 'is', null);
  return (await open.union(own).execute()).map((row) => row.id);
}
