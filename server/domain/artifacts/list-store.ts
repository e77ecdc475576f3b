import { sql, type SqlBool } from 'kysely';
import type { ProjectScope } from '../../access/scope.ts';
import type { Db } from '../../db/database.ts';
import { conditionsOf, orderOf, readPage, type ListColumns } from '../../db/list-filter.ts';
import type { Filter, ListRequest, ResultPage } from '../../lib/list-query.ts';
import type { ArtifactRow, ReferenceRow, TagRow } from './artifact-store.ts';
import type { RepositoryRow } from './repository-store.ts';

const REPOSITORY_COLUMNS: ListColumns = {
  name: { ref: 'full_name', kind: 'text' },
  repository_id: { ref: 'id', kind: 'number' },
  id: { ref: 'id', kind: 'number' },
  artifact_count: { ref: 'artifact_count', kind: 'number' },
  pull_count: { ref: 'pull_count', kind: 'number' },
  creation_time: { ref: 'created_at', kind: 'time' },
  update_time: { ref: 'updated_at', kind: 'time' },
};

/** Repositories of the project, newest first unless sorted otherwise. */
export async function selectRepositories(
  db: Db,
  scope: ProjectScope,
  request: ListRequest,
): Promise<ResultPage<RepositoryRow>> {
  // Harbor filters by the name with the project.
  const named = db
    .selectFrom('repository')
    .selectAll()
    .select(sql<string>`${scope.project.name} || '/' || name`.as('full_name'))
    .where('project_id', '=', scope.projectId);
  const query = db
    .selectFrom(named.as('named'))
    .where((eb) => eb.and(conditionsOf(REPOSITORY_COLUMNS, request.filters)));
  const order = orderOf(REPOSITORY_COLUMNS, request.sort, {
    by: [{ key: 'creation_time', descending: true }],
    unique: 'id',
  });
  return readPage(query.selectAll(), order, request);
}

const ARTIFACT_COLUMNS: ListColumns = {
  id: { ref: 'artifact.id', kind: 'number' },
  digest: { ref: 'artifact.digest', kind: 'text' },
  type: { ref: 'artifact.kind', kind: 'text' },
  media_type: { ref: 'artifact.config_media_type', kind: 'text' },
  manifest_media_type: { ref: 'artifact.media_type', kind: 'text' },
  artifact_type: { ref: 'artifact.artifact_type', kind: 'text' },
  size: { ref: 'artifact.size_bytes', kind: 'number' },
  push_time: { ref: 'artifact.pushed_at', kind: 'time' },
  pull_time: { ref: 'artifact.pulled_at', kind: 'time' },
};

const tagged = sql<SqlBool>`artifact.tag_count > 0`;

const TAG_NAME: ListColumns = { tags: { ref: 'tag.name', kind: 'text' } };

/** Harbor's `tags=*` (tagged), `tags=nil` (untagged), and otherwise a condition on the names. */
function tagCondition(filter: Filter) {
  if (filter.op === 'equals' && filter.value === '*') return tagged;
  if (filter.op === 'equals' && filter.value === 'nil') return sql<SqlBool>`artifact.tag_count = 0`;
  const [condition] = conditionsOf(TAG_NAME, [filter]);
  return sql<SqlBool>`exists (select 1 from tag where tag.artifact_id = artifact.id and ${condition})`;
}

/**
 * Artifacts of a repository, newest first: the tagged ones, and the untagged that no index lists (`base=*` adds those).
 * What refers to another artifact (a signature, an SBOM) belongs to that one and is not listed.
 */
export async function selectArtifacts(
  db: Db,
  repository: Pick<RepositoryRow, 'id' | 'listed_count'>,
  request: ListRequest,
): Promise<ResultPage<ArtifactRow>> {
  const wantsChildren = request.filters.some((filter) => filter.key === 'base');
  const conditions = [
    ...conditionsOf(ARTIFACT_COLUMNS, request.filters),
    ...request.filters.filter((filter) => filter.key === 'tags').map(tagCondition),
  ];
  const all = db.selectFrom('artifact').where('artifact.repository_id', '=', repository.id);
  const query = (
    wantsChildren ? all.where('artifact.subject_digest', 'is', null) : all.where('artifact.is_listed', '=', 1)
  ).where((eb) => eb.and(conditions));
  const order = orderOf(ARTIFACT_COLUMNS, request.sort, {
    by: [{ key: 'push_time', descending: true }],
    unique: 'artifact.id',
  });
  const total = wantsChildren || conditions.length > 0 ? undefined : repository.listed_count;
  return readPage(query.selectAll('artifact'), order, { ...request, total });
}

const TAG_COLUMNS: ListColumns = {
  id: { ref: 'tag.id', kind: 'number' },
  name: { ref: 'tag.name', kind: 'text' },
  push_time: { ref: 'tag.pushed_at', kind: 'time' },
  pull_time: { ref: 'tag.pulled_at', kind: 'time' },
};

/** Tags of one artifact, by name unless sorted otherwise. */
export async function selectTags(
  db: Db,
  artifact: Pick<ArtifactRow, 'id' | 'tag_count'>,
  request: ListRequest,
): Promise<ResultPage<TagRow>> {
  const conditions = conditionsOf(TAG_COLUMNS, request.filters);
  const query = db
    .selectFrom('tag')
    .where('artifact_id', '=', artifact.id)
    .where((eb) => eb.and(conditions));
  const order = orderOf(TAG_COLUMNS, request.sort, {
    by: [{ key: 'name', descending: false }],
    unique: 'tag.id',
  });
  const total = conditions.length > 0 ? undefined : artifact.tag_count;
  return readPage(query.selectAll(), order, { ...request, total });
}

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
