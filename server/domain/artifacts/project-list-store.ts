import { setImmediate } from 'node:timers/promises';
import { sql, type SelectQueryBuilder } from 'kysely';
import type { ProjectScope } from '../../access/scope.ts';
import type { Db } from '../../db/database.ts';
import { oneOf } from '../../db/id-set.ts';
import { isKey, readPage } from '../../db/list-filter.ts';
import type { Tables } from '../../db/tables.ts';
import { AppError } from '../../lib/errors.ts';
import type { Filter, ListRequest, ResultPage } from '../../lib/list-query.ts';
import type { ArtifactRow } from './artifact-store.ts';
import { artifactConditions, artifactOrder, wantsChildren } from './list-store.ts';
import { LISTED_COLUMNS } from './listed-columns.ts';

/** An artifact with the name of its repository, `project/repository`. */
export type NamedArtifactRow = ArtifactRow & { readonly repository_name: string };

/** Repositories asked for their newest artifact in one query: other requests have their turn between two of them. */
const REPOSITORIES_AT_ONCE = 500;
/** Repositories with an artifact of the type, which are then sorted as a whole. */
const MAX_LATEST = 10_000;

type TypeColumn = 'config_media_type' | 'artifact_type';
interface AskedType {
  readonly column: TypeColumn;
  readonly value: string;
  /** What else is asked of the newest ones. */
  readonly others: readonly Filter[];
}

const TYPE_KEYS = { media_type: 'config_media_type', artifact_type: 'artifact_type' } as const;

/** Harbor takes the newest of each repository only for one type of artifacts. Throws `bad_request`. */
function requireOneType({ filters }: ListRequest): AskedType {
  const refuse = (message: string): AppError =>
    new AppError('bad_request', `latest_in_repository=true ${message}`);
  const [asked, ...more] = (['media_type', 'artifact_type'] as const).flatMap((key) => {
    const filter = filters.find((each) => isKey(each.key, key));
    return filter ? [{ column: TYPE_KEYS[key], filter }] : [];
  });
  if (!asked || more.length > 0) throw refuse('needs either media_type or artifact_type in q, and not both');
  const { column, filter } = asked;
  if (filter.op !== 'equals') throw refuse(`needs the whole type in q: ${filter.key}=TYPE`);
  if (wantsChildren(filters)) throw refuse('takes no base in q: leave it out');
  return { column, value: filter.value, others: filters.filter((each) => each !== filter) };
}

/** The newest listed artifact of that type of each repository, one indexed look for each. Throws `bad_request`. */
async function selectLatest(
  db: Db,
  projectId: number,
  { column, value }: Pick<AskedType, 'column' | 'value'>,
): Promise<number[]> {
  const type = sql.ref(`a.${column}`);
  // As migration 0008 indexes it: a type may be too long for an index.
  const newest = sql<number | null>`(select a.id from artifact a where a.repository_id = repository.id
    and a.is_listed = 1 and substr(${type}, 1, 255) = substr(${value}, 1, 255) and ${type} = ${value}
    order by a.pushed_at desc, a.id desc limit 1)`;
  const ids: number[] = [];
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('repository')
      .select(['full_name', newest.as('newest')])
      .where('project_id', '=', projectId)
      .where('full_name', '>', after)
      .orderBy('full_name')
      .limit(REPOSITORIES_AT_ONCE)
      .execute();
    for (const row of rows) if (row.newest !== null) ids.push(row.newest);
    if (ids.length > MAX_LATEST)
      throw new AppError(
        'bad_request',
        `latest_in_repository=true: more than ${MAX_LATEST} repositories have such an artifact; list the artifacts of each repository`,
      );
    const last = rows.at(-1);
    if (!last || rows.length < REPOSITORIES_AT_ONCE) return ids;
    after = last.full_name;
    await setImmediate();
  }
}

/** A page of the newest ones: only its rows are read whole, since their annotations can be large. */
async function readLatest(
  db: Db,
  projectId: number,
  request: ListRequest,
): Promise<ResultPage<NamedArtifactRow>> {
  const { others, ...type } = requireOneType(request);
  const order = artifactOrder(request.sort, { projectId });
  const conditions = artifactConditions(others, { projectId });
  const ids = await selectLatest(db, projectId, type);
  const among = db
    .selectFrom('artifact')
    .select('artifact.id')
    .where(oneOf(db, 'artifact.id', ids))
    .where((eb) => eb.and(conditions));
  const total = others.length > 0 ? undefined : ids.length;
  const page = await readPage(among, order, { ...request, total });
  const shown = page.items.map((row) => row.id);
  const rows = await named(db.selectFrom('artifact').where(oneOf(db, 'artifact.id', shown))).execute();
  const byId = new Map(rows.map((row) => [row.id, row]));
  return { items: shown.flatMap((id) => byId.get(id) ?? []), total: page.total };
}

function artifactsIn(db: Db, projectId: number, { filters }: ListRequest) {
  const all = db.selectFrom('artifact').where('artifact.project_id', '=', projectId);
  return (
    wantsChildren(filters)
      ? all.where('artifact.accessory_subject', 'is', null)
      : all.where('artifact.is_listed', '=', 1)
  ).where((eb) => eb.and(artifactConditions(filters, { projectId })));
}

/** What all repositories of the project list; kept with each change, so that nothing is counted. */
async function countListed(db: Db, projectId: number): Promise<number> {
  const row = await db
    .selectFrom('repository')
    .select(sql<number | string | null>`sum(listed_count)`.as('total'))
    .where('project_id', '=', projectId)
    .executeTakeFirst();
  return Number(row?.total ?? 0);
}

const named = (query: SelectQueryBuilder<Tables, 'artifact', object>) =>
  query
    .innerJoin('repository', 'repository.id', 'artifact.repository_id')
    .select(LISTED_COLUMNS)
    .select('repository.full_name as repository_name');

/**
 * Artifacts of all repositories of the project as those list them, newest first; with `isLatest` the newest of each
 * repository of the type that `q` names, as far as the rest of `q` fits it. Throws `bad_request` as Harbor does where that
 * names no type, and where there are too many.
 */
export async function selectProjectArtifacts(
  db: Db,
  scope: ProjectScope,
  { request, isLatest }: { request: ListRequest; isLatest: boolean },
): Promise<ResultPage<NamedArtifactRow>> {
  const { projectId } = scope;
  if (isLatest) return readLatest(db, projectId, request);
  const total = request.filters.length > 0 ? undefined : await countListed(db, projectId);
  const query = named(artifactsIn(db, projectId, request));
  return readPage(query, artifactOrder(request.sort, { projectId }), { ...request, total });
}
