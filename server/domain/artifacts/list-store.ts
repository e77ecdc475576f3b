import { sql, type SqlBool } from 'kysely';
import type { Db } from '../../db/database.ts';
import { oneOf } from '../../db/id-set.ts';
import { readKeyset, withTotal, type KeysetOrder } from '../../db/keyset.ts';
import {
  conditionsOf,
  containing,
  isKey,
  orderOf,
  readPage,
  type Condition,
  type ListColumns,
} from '../../db/list-filter.ts';
import { AppError } from '../../lib/errors.ts';
import type { Filter, KeysetPage, KeysetRequest, ListRequest, ResultPage } from '../../lib/list-query.ts';
import type { ArtifactRow, ReferenceRow, TagRow } from './artifact-store.ts';
import { LISTED_COLUMNS } from './listed-columns.ts';
import { platformCondition } from './platform-filter.ts';
import type { RepositoryRow } from './repository-store.ts';

/** The artifacts that a list is about, so that conditions need not ask for each of them. */
export type Within = { readonly repositoryId: number } | { readonly projectId: number };

const tagsWithin = (within: Within): Condition =>
  'repositoryId' in within
    ? sql<SqlBool>`tag.repository_id = ${within.repositoryId}`
    : sql<SqlBool>`tag.repository_id in (select id from repository where project_id = ${within.projectId})`;

const found = (within: Within): Condition =>
  'repositoryId' in within
    ? sql<SqlBool>`found.repository_id = ${within.repositoryId}`
    : sql<SqlBool>`found.project_id = ${within.projectId}`;

const TAG_NAME: ListColumns = { tags: { ref: 'tag.name', kind: 'text' } };

/** Harbor's `tags=*` (tagged), `tags=nil` (untagged), and otherwise a condition on the names. */
function tagCondition(filter: Filter, within: Within): Condition {
  if (filter.op === 'equals' && filter.value === '*') return sql<SqlBool>`artifact.tag_count > 0`;
  if (filter.op === 'equals' && filter.value === 'nil') return sql<SqlBool>`artifact.tag_count = 0`;
  const [condition] = conditionsOf(TAG_NAME, [filter]);
  return sql<SqlBool>`artifact.id in (select tag.artifact_id from tag where ${tagsWithin(within)} and ${condition})`;
}

const MAX_LABELS = 20;

/** Harbor's `labels=(1 2)`: what carries each of them. Throws `bad_request` for any other form. */
function labelCondition(filter: Filter): Condition {
  const ids = filter.op === 'all' ? filter.values : [];
  if (ids.length === 0 || ids.length > MAX_LABELS || !ids.every((id) => /^\d{1,15}$/.test(id)))
    throw new AppError(
      'bad_request',
      `q: labels is written labels=(1 2), at most ${MAX_LABELS} ids of labels`,
    );
  const carried = ids.map(
    (id) => sql`exists (select 1 from artifact_label carried
      where carried.artifact_id = artifact.id and carried.label_id = ${Number(id)})`,
  );
  return sql<SqlBool>`(${sql.join(carried, sql` and `)})`;
}

const artifactColumns = (within: Within): ListColumns => ({
  id: { ref: 'artifact.id', kind: 'number' },
  artifact_id: { ref: 'artifact.id', kind: 'number' },
  project_id: { ref: 'artifact.project_id', kind: 'number' },
  repository_id: { ref: 'artifact.repository_id', kind: 'number' },
  repository_name: {
    ref: sql`(select full_name from repository where repository.id = artifact.repository_id)`,
    kind: 'text',
  },
  digest: {
    ref: 'artifact.digest',
    kind: 'text',
    // The index of digests is read, and not each artifact.
    containing: (meets) => sql<SqlBool>`artifact.id in
      (select found.id from artifact found where ${found(within)} and ${meets(sql`found.digest`)})`,
  },
  type: { ref: 'artifact.kind', kind: 'text' },
  media_type: { ref: 'artifact.config_media_type', kind: 'text' },
  manifest_media_type: { ref: 'artifact.media_type', kind: 'text' },
  artifact_type: { ref: 'artifact.artifact_type', kind: 'text' },
  size: { ref: 'artifact.size_bytes', kind: 'number' },
  push_time: { ref: 'artifact.pushed_at', kind: 'time' },
  // What was never pulled is the oldest in both databases.
  pull_time: { ref: sql`coalesce(artifact.pulled_at, 0)`, kind: 'time' },
  tags: { where: (filter) => tagCondition(filter, within) },
  labels: { where: labelCondition },
  platform: { where: platformCondition },
  base: { where: () => sql<SqlBool>`1 = 1` },
});

/** The conditions of a list's `q` on `artifact`. Throws `bad_request` for what cannot be asked for. */
export const artifactConditions = (filters: readonly Filter[], within: Within): Condition[] =>
  conditionsOf(artifactColumns(within), filters);

/** The order that `sort` asks for, newest first where it asks for none; in total, by the id. */
export const artifactOrder = (sort: ListRequest['sort'], within: Within) =>
  orderOf(artifactColumns(within), sort, {
    by: [{ key: 'push_time', descending: true }],
    unique: 'artifact.id',
  });

/** Whether a list asks for the children of indexes as well (Harbor's `base=*`). */
export const wantsChildren = (filters: readonly Filter[]): boolean =>
  filters.some((filter) => isKey(filter.key, 'base'));

/** Whether the filter is about names of tags. */
const namesTags = (filter: Filter): boolean =>
  isKey(filter.key, 'tags') && !(filter.op === 'equals' && ['*', 'nil'].includes(filter.value));

/** The same as `tagCondition`, but the tags are read once, and not for the page and for its count. */
async function taggedAs(
  db: Db,
  repositoryId: number,
  { filter, few }: { filter: Filter; few: number },
): Promise<Condition> {
  const [condition] =
    filter.op === 'contains' ? [containing(db, 'tag.name', filter.value)] : conditionsOf(TAG_NAME, [filter]);
  const rows = await db
    .selectFrom('tag')
    .select('artifact_id')
    .distinct()
    .where('repository_id', '=', repositoryId)
    .where((eb) => eb.and(condition ? [condition] : []))
    .limit(few + 1)
    .execute();
  if (rows.length <= few)
    return oneOf(
      db,
      'artifact.id',
      rows.map((row) => row.artifact_id),
    );
  // So many have such a tag that the list is better walked in its order.
  return sql<SqlBool>`exists (select 1 from tag where tag.artifact_id = artifact.id and ${condition})`;
}

async function artifactsIn(
  db: Db,
  repositoryId: number,
  { filters, few }: { filters: readonly Filter[]; few: number },
) {
  const others = filters.filter((filter) => !namesTags(filter));
  const conditions = artifactConditions(others, { repositoryId });
  for (const filter of filters)
    if (namesTags(filter)) conditions.push(await taggedAs(db, repositoryId, { filter, few }));
  const all = db
    .selectFrom('artifact')
    .select(LISTED_COLUMNS)
    .where('artifact.repository_id', '=', repositoryId)
    .where((eb) => eb.and(conditions));
  const query = wantsChildren(filters)
    ? all.where('artifact.accessory_subject', 'is', null)
    : all.where('artifact.is_listed', '=', 1);
  // An object, since a query is awaited as if it were a promise.
  return { query };
}

/** Artifacts with such a tag that a page looks among, if they are so few; where they are counted, and where not. */
const FEW = { counted: 10_000, walked: 250 };

/**
 * Artifacts of a repository, newest first: the tagged ones, and the untagged that no index lists (`base=*` adds those).
 * What refers to another artifact (a signature, an SBOM) belongs to that one and is not listed.
 */
export async function selectArtifacts(
  db: Db,
  repository: Pick<RepositoryRow, 'id' | 'listed_count'>,
  request: ListRequest,
): Promise<ResultPage<ArtifactRow>> {
  const asked = { filters: request.filters, few: FEW.counted };
  const { query } = await artifactsIn(db, repository.id, asked);
  const total = request.filters.length > 0 ? undefined : repository.listed_count;
  return readPage(query, artifactOrder(request.sort, { repositoryId: repository.id }), { ...request, total });
}

/** The same from a position on. */
export async function selectArtifactsAfter(
  db: Db,
  { id: repositoryId, listed_count: known }: Pick<RepositoryRow, 'id' | 'listed_count'>,
  request: KeysetRequest,
): Promise<KeysetPage<ArtifactRow>> {
  const order: KeysetOrder = {
    columns: artifactColumns({ repositoryId }),
    by: { key: 'push_time', descending: true },
    unique: 'artifact.id',
  };
  const asked = { filters: request.filters, few: FEW.walked };
  const { query } = await artifactsIn(db, repositoryId, asked);
  return withTotal(await readKeyset(query, order, request), request, { db, query, known });
}

const TAG_COLUMNS: ListColumns = {
  id: { ref: 'tag.id', kind: 'number' },
  repository_id: { ref: 'tag.repository_id', kind: 'number' },
  artifact_id: { ref: 'tag.artifact_id', kind: 'number' },
  name: { ref: 'tag.name', kind: 'text' },
  push_time: { ref: 'tag.pushed_at', kind: 'time' },
  pull_time: { ref: sql`coalesce(tag.pulled_at, 0)`, kind: 'time' },
};
const TAG_ORDER: KeysetOrder = {
  columns: TAG_COLUMNS,
  by: { key: 'name', descending: false },
  unique: 'tag.id',
};

const tagsOf = (db: Db, artifactId: number, filters: readonly Filter[]) =>
  db
    .selectFrom('tag')
    .selectAll('tag')
    .where('tag.artifact_id', '=', artifactId)
    .where((eb) => eb.and(conditionsOf(TAG_COLUMNS, filters)));

/** Tags of one artifact, by name unless sorted otherwise. */
export async function selectTags(
  db: Db,
  artifact: Pick<ArtifactRow, 'id' | 'tag_count'>,
  request: ListRequest,
): Promise<ResultPage<TagRow>> {
  const order = orderOf(TAG_COLUMNS, request.sort, { by: [TAG_ORDER.by], unique: TAG_ORDER.unique });
  const total = request.filters.length > 0 ? undefined : artifact.tag_count;
  return readPage(tagsOf(db, artifact.id, request.filters), order, { ...request, total });
}

/** The same from a position on. */
export const selectTagsAfter = (
  db: Db,
  artifactId: number,
  request: KeysetRequest,
): Promise<KeysetPage<TagRow>> => readKeyset(tagsOf(db, artifactId, request.filters), TAG_ORDER, request);

export interface ChildRow extends ReferenceRow {
  /** Of the child in this repository; null when it is not here. */
  readonly child_id: number | null;
  readonly child_size: number | null;
}

/** Tags that a page shows of its artifacts; where they have more, each shows its newest, at least {@link LEAST_TAGS}. */
const PAGE_TAGS = 1_000;
const LEAST_TAGS = 100;
/** What is known of an artifact whose tags are wanted. */
type TaggedArtifact = Pick<ArtifactRow, 'id' | 'tag_count'>;
/** SQLite takes 500 selects in one. */
const MAX_UNITED = 100;

/** The newest tags of each artifact: one indexed look for each, some hundred in a query. */
async function selectNewestTags(db: Db, ids: readonly number[], limit: number): Promise<TagRow[]> {
  const rows: TagRow[] = [];
  for (let i = 0; i < ids.length; i += MAX_UNITED) {
    const [first, ...others] = ids
      .slice(i, i + MAX_UNITED)
      .map((id) =>
        db
          .selectFrom(
            db
              .selectFrom('tag')
              .selectAll()
              .where('artifact_id', '=', id)
              .orderBy('pushed_at', 'desc')
              .orderBy('id', 'desc')
              .limit(limit)
              .as('newest'),
          )
          .selectAll(),
      );
    if (!first) return rows;
    rows.push(...(await others.reduce((united, next) => united.unionAll(next), first).execute()));
  }
  return rows;
}

/** Tags of these artifacts, of each the newest first; all of them unless there are more than a page shows. */
async function selectTagsOf(db: Db, artifacts: readonly TaggedArtifact[]): Promise<TagRow[]> {
  const ids = artifacts.map((artifact) => artifact.id);
  const count = artifacts.reduce((sum, artifact) => sum + artifact.tag_count, 0);
  const tags =
    count <= Math.max(PAGE_TAGS, 2 * ids.length)
      ? await db.selectFrom('tag').selectAll().where('artifact_id', 'in', ids).execute()
      : await selectNewestTags(db, ids, Math.max(LEAST_TAGS, Math.floor(PAGE_TAGS / ids.length)));
  return tags.toSorted((a, b) => b.pushed_at - a.pushed_at || b.id - a.id);
}

/** Tags and index children of these artifacts: a few queries for a page, none for a row. */
export async function selectPageDetails(
  db: Db,
  artifacts: readonly TaggedArtifact[],
): Promise<{ tags: TagRow[]; children: ChildRow[] }> {
  const ids = artifacts.map((artifact) => artifact.id);
  if (ids.length === 0) return { tags: [], children: [] };
  const [tags, children] = await Promise.all([
    selectTagsOf(db, artifacts),
    db
      .selectFrom('artifact_reference')
      .innerJoin('artifact as parent', 'parent.id', 'artifact_reference.artifact_id')
      .leftJoin('artifact as child', (join) =>
        join
          .onRef('child.repository_id', '=', 'parent.repository_id')
          .onRef('child.digest', '=', 'artifact_reference.digest'),
      )
      .selectAll('artifact_reference')
      .select(['child.id as child_id', 'child.size_bytes as child_size'])
      .where('artifact_reference.artifact_id', 'in', ids)
      .where('artifact_reference.role', '=', 'child')
      .orderBy('artifact_reference.position')
      .execute(),
  ]);
  return { tags, children };
}

/** What one artifact is made of, in order. */
export function selectReferences(db: Db, artifactId: number): Promise<ReferenceRow[]> {
  return db
    .selectFrom('artifact_reference')
    .selectAll()
    .where('artifact_id', '=', artifactId)
    .orderBy('position')
    .execute();
}
