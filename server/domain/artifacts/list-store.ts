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

const tagged = sql<SqlBool>`exists (select 1 from tag where tag.artifact_id = artifact.id)`;
const isChild = sql<SqlBool>`exists (
  select 1 from artifact_reference r join artifact parent on parent.id = r.artifact_id
  where r.digest = artifact.digest and r.role = 'child' and parent.repository_id = artifact.repository_id)`;

const TAG_NAME: ListColumns = { tags: { ref: 'tag.name', kind: 'text' } };

/** Harbor's `tags=*` (tagged), `tags=nil` (untagged), and otherwise a condition on the names. */
function tagCondition(filter: Filter) {
  if (filter.op === 'equals' && filter.value === '*') return tagged;
  if (filter.op === 'equals' && filter.value === 'nil') return sql<SqlBool>`not ${tagged}`;
  const [condition] = conditionsOf(TAG_NAME, [filter]);
  return sql<SqlBool>`exists (select 1 from tag where tag.artifact_id = artifact.id and ${condition})`;
}

/**
 * Artifacts of a repository, newest first: the tagged ones, and the untagged that no index lists (`base=*` adds those).
 * What refers to another artifact (a signature, an SBOM) belongs to that one and is not listed.
 */
export async function selectArtifacts(
  db: Db,
  repositoryId: number,
  request: ListRequest,
): Promise<ResultPage<ArtifactRow>> {
  const tagFilters = request.filters.filter((filter) => filter.key === 'tags');
  const wantsChildren = request.filters.some((filter) => filter.key === 'base');
  let query = db
    .selectFrom('artifact')
    .where('artifact.repository_id', '=', repositoryId)
    .where('artifact.subject_digest', 'is', null)
    .where((eb) =>
      eb.and([...conditionsOf(ARTIFACT_COLUMNS, request.filters), ...tagFilters.map(tagCondition)]),
    );
  if (!wantsChildren) query = query.where(sql<SqlBool>`(${tagged} or not ${isChild})`);
  const order = orderOf(ARTIFACT_COLUMNS, request.sort, {
    by: [{ key: 'push_time', descending: true }],
    unique: 'artifact.id',
  });
  return readPage(query.selectAll('artifact'), order, request);
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
  artifactId: number,
  request: ListRequest,
): Promise<ResultPage<TagRow>> {
  const query = db
    .selectFrom('tag')
    .where('artifact_id', '=', artifactId)
    .where((eb) => eb.and(conditionsOf(TAG_COLUMNS, request.filters)));
  const order = orderOf(TAG_COLUMNS, request.sort, {
    by: [{ key: 'name', descending: false }],
    unique: 'tag.id',
  });
  return readPage(query.selectAll(), order, request);
}

export interface ChildRow extends ReferenceRow {
  /** Of the child in this repository; null when it is not here. */
  readonly child_id: number | null;
  readonly child_size: number | null;
}

/** Tags and index children of these artifacts: two queries for a page, none for a row. */
export async function selectPageDetails(
  db: Db,
  artifacts: readonly ArtifactRow[],
): Promise<{ tags: TagRow[]; children: ChildRow[] }> {
  const ids = artifacts.map((artifact) => artifact.id);
  if (ids.length === 0) return { tags: [], children: [] };
  const [tags, children] = await Promise.all([
    // A page of 100 artifacts with thousands of tags each is bounded here; the tags list has the rest.
    db
      .selectFrom('tag')
      .selectAll()
      .where('artifact_id', 'in', ids)
      .orderBy('pushed_at', 'desc')
      .orderBy('id', 'desc')
      .limit(10_000)
      .execute(),
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
