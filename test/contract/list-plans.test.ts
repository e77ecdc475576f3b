import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { Kysely, SqliteDialect, type CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Db } from '#server/db/database.ts';
import type { Tables } from '#server/db/tables.ts';
import { listReferrers, listTagNames } from '#server/domain/artifacts/artifact-store.ts';
import {
  selectArtifacts,
  selectArtifactsAfter,
  selectPageDetails,
  selectTags,
  selectTagsAfter,
} from '#server/domain/artifacts/list-store.ts';
import { selectNamedTagsAfter } from '#server/domain/artifacts/tag-list-store.ts';
import { selectProjectArtifacts } from '#server/domain/artifacts/project-list-store.ts';
import { mintProjectScope } from '#server/access/scope.ts';
import { plainKey } from '#server/db/list-filter.ts';
import { findArtifacts, findTags, findTagsIn } from '#server/domain/artifacts/find-store.ts';
import {
  selectAllRepositories,
  selectRepositories,
  selectRepositoriesAfter,
} from '#server/domain/artifacts/repository-list-store.ts';
import { listCatalog } from '#server/domain/artifacts/repository-store.ts';
import { selectProjectsAfter } from '#server/domain/projects/keyset-store.ts';
import { selectStatistics } from '#server/domain/system/store.ts';
import { selectUsersAfter } from '#server/domain/users/store.ts';
import type { Digest } from '#server/lib/digest.ts';
import { parseFilters, parseSort, type KeysetRequest, type ListRequest } from '#server/lib/list-query.ts';
import { databases, type OpenDatabase } from './open-database.ts';

const request: ListRequest = { filters: [], sort: [], limit: 15, offset: 0 };
const subject = `sha256:${'a'.repeat(64)}` as Digest;

// The plan says what a timed test cannot without flaking: the work for a page does not grow with the repository.
describe('the plan of a list in SQLite', () => {
  let opened: OpenDatabase;
  let connection: SQLite.Database;
  let read: Db;
  let queries: CompiledQuery[] = [];

  beforeAll(async () => {
    opened = await databases[0][1]();
    connection = new SQLite(join(opened.folder ?? '', 'berth.db'), { readonly: true });
    read = new Kysely<Tables>({
      dialect: new SqliteDialect({ database: connection }),
      log: (event) => void queries.push(event.query),
    });
  });
  afterAll(async () => {
    await read.destroy();
    await opened.dispose();
  });

  /** The steps of the plans of the queries that the list makes. */
  async function plansOf(list: () => Promise<unknown>, only = ''): Promise<string[]> {
    queries = [];
    await list();
    queries = queries.filter((query) => query.sql.includes(only));
    expect(queries).not.toEqual([]);
    return queries.flatMap(({ sql, parameters }) => {
      const steps = connection.prepare(`explain query plan ${sql}`).all(...parameters) as {
        detail: string;
      }[];
      return steps.map((step) => step.detail);
    });
  }
  /** A whole table or index read, a sort of everything found, and a count: each grows with the repository. */
  const growing = (steps: readonly string[]): string[] =>
    steps.filter((step) =>
      /^SCAN (?!page$|newest$|\w+ VIRTUAL TABLE|\(subquery)|TEMP B-TREE FOR ORDER BY/.test(step),
    );
  const searched = (steps: readonly string[], index: string): boolean =>
    steps.some((step) => step.startsWith('SEARCH') && step.includes(`INDEX ${index} `));
  const counts = (): string[] => queries.map((query) => query.sql).filter((text) => text.includes('count('));

  test('a page of artifacts walks the index of what is listed, and counts nothing', async () => {
    const steps = await plansOf(() => selectArtifacts(read, { id: 1, listed_count: 100_000 }, request));
    expect(searched(steps, 'artifact_listed')).toBe(true);
    expect(growing(steps)).toEqual([]);
    expect(counts()).toEqual([]);
  });

  test('a page sorted from the oldest walks it the other way', async () => {
    const sort = [{ key: 'push_time', descending: false }];
    const steps = await plansOf(() =>
      selectArtifacts(read, { id: 1, listed_count: 1 }, { ...request, sort }),
    );
    expect(growing(steps)).toEqual([]);
  });

  test.each(['*', 'nil'])('tags=%s is counted in the index alone', async (value) => {
    const filters = [{ key: 'tags', op: 'equals', value } as const];
    const steps = await plansOf(() =>
      selectArtifacts(read, { id: 1, listed_count: 1 }, { ...request, filters }),
    );
    expect(counts()).toHaveLength(1);
    expect(steps).toContainEqual(expect.stringMatching(/USING COVERING INDEX artifact_listed/));
    expect(growing(steps)).toEqual([]);
  });

  test.each([
    ['all of them', 3, /^SEARCH tag USING INDEX tag_artifact_\w+ \(artifact_id=\?\)$/],
    ['the newest of very many', 100_000, /^SEARCH tag USING INDEX tag_artifact_time \(artifact_id=\?\)$/],
  ])('the tags of a page are looked up by their artifacts: %s', async (_name, count, looked) => {
    const artifacts = [1, 2].map((id) => ({ id, tag_count: count }));
    const steps = await plansOf(() => selectPageDetails(read, artifacts), 'from "tag"');
    expect(steps).toContainEqual(expect.stringMatching(looked));
    expect(growing(steps)).toEqual([]);
  });

  test('a page of the tags of an artifact walks their index by name, and counts nothing', async () => {
    const steps = await plansOf(() => selectTags(read, { id: 1, tag_count: 100_000 }, request));
    expect(searched(steps, 'tag_artifact_name')).toBe(true);
    expect(growing(steps)).toEqual([]);
    expect(counts()).toEqual([]);
  });

  test.each([
    ['tags in the registry', () => findTags(read, [1, 2], { begin: 'v1', limit: 6 }), 'tag_by_name'],
    [
      'tags in repositories',
      () => findTagsIn(read, [1], { begin: 'v1', limit: 6 }),
      'sqlite_autoindex_tag_1',
    ],
    ['artifacts', () => findArtifacts(read, [1, 2], { begin: 'sha256:ab', limit: 6 }), 'artifact_by_digest'],
  ])('what begins so is looked up in an index: %s', async (_name, look, index) => {
    const steps = await plansOf(look);
    expect(steps).toContainEqual(
      expect.stringMatching(new RegExp(`^SEARCH \\w+ USING INDEX ${index} \\(.*>\\?`)),
    );
  });

  test('a page of tags/list walks the index of names from the last one on', async () => {
    const steps = await plansOf(() => listTagNames(read, 1, { last: 'v5', limit: 100 }));
    expect(steps).toContainEqual(
      expect.stringMatching(/^SEARCH tag USING COVERING INDEX \w+ \(repository_id=\? AND name>\?\)$/),
    );
    expect(growing(steps)).toEqual([]);
  });

  test.each([
    ['all', undefined, 'artifact_subject'],
    ['those of one type', 'application/vnd.example', 'artifact_subject_type'],
  ])(
    'a page of referrers, %s, walks their index from the last one on',
    async (_name, artifactType, index) => {
      const steps = await plansOf(() =>
        listReferrers(read, 1, { subject, artifactType, last: '', limit: 100 }),
      );
      expect(searched(steps, index)).toBe(true);
      expect(growing(steps)).toEqual([]);
    },
  );

  const admin = { kind: 'user', userId: 1, username: 'admin', isAdmin: true, via: 'token' } as const;
  const person = { ...admin, userId: 2, isAdmin: false };
  const scope = mintProjectScope({
    project: { id: 1, name: 'p', ownerId: 1, createdAtMs: 1, isPublic: false, allowsSparse: false },
    principal: admin,
    roles: [],
    requestId: 'test',
    address: '',
  });
  const by = (sort: string): ListRequest => ({ ...request, sort: parseSort(sort) });
  const after = (sort: string, value: string | number, q = ''): KeysetRequest => ({
    filters: parseFilters(q),
    sort: parseSort(sort)[0],
    limit: 50,
    after: Buffer.from(JSON.stringify([plainKey(sort.replace('-', '')), value, 1])).toString('base64url'),
  });

  const PAGES: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
    [
      'repositories of a project by name',
      () => selectRepositories(read, scope, by('name')),
      /^SEARCH repository USING INDEX repository_project_name \(project_id=\?\)$/,
    ],
    [
      'the newest repositories of a project',
      () => selectRepositories(read, scope, request),
      /^SEARCH repository USING INDEX repository_created \(project_id=\?\)$/,
    ],
    [
      'repositories of a project by their last change',
      () => selectRepositories(read, scope, by('-update_time')),
      /^SEARCH repository USING INDEX repository_updated \(project_id=\?\)$/,
    ],
    [
      'repositories of a project from a name on',
      () => selectRepositoriesAfter(read, scope, after('name', 'p/a')),
      /^SEARCH repository USING INDEX repository_project_name \(project_id=\? AND full_name=\? AND id>\?\)$/,
    ],
    [
      'repositories of a project from a time on',
      () => selectRepositoriesAfter(read, scope, after('-update_time', 5)),
      /^SEARCH repository USING INDEX repository_updated \(project_id=\? AND updated_at=\? AND id<\?\)$/,
    ],
    [
      'artifacts by size, from one on',
      () => selectArtifactsAfter(read, { id: 1, listed_count: 1 }, after('-size', 5)),
      /INDEX artifact_size \(repository_id=\? AND is_listed=\? AND size_bytes<\?\)$/,
    ],
    [
      'artifacts by their last pull, from one on',
      () => selectArtifactsAfter(read, { id: 1, listed_count: 1 }, after('pull_time', 5)),
      /INDEX artifact_pulled \(repository_id=\? AND is_listed=\? AND <expr>>\?\)$/,
    ],
    [
      'the newest artifacts, from one on',
      () => selectArtifactsAfter(read, { id: 1, listed_count: 1 }, after('-push_time', 5)),
      /INDEX artifact_listed \(repository_id=\? AND is_listed=\? AND pushed_at=\? AND id<\?\)$/,
    ],
    [
      'tags of an artifact, from one on',
      () => selectTagsAfter(read, 1, after('name', 'v1')),
      /^SEARCH tag USING INDEX tag_artifact_name \(artifact_id=\? AND name>\?\)$/,
    ],
    [
      'tags of a repository by name, from one on',
      () => selectNamedTagsAfter(read, 1, after('name', 'v1')),
      /^SEARCH tag USING INDEX \w+ \(repository_id=\? AND name>\?\)$/,
    ],
    [
      'the newest tags of a repository, from one on',
      () => selectNamedTagsAfter(read, 1, after('-push_time', 5)),
      /^SEARCH tag USING INDEX tag_repository_time \(repository_id=\? AND pushed_at<\?\)$/,
    ],
    [
      'projects from a name on',
      () => selectProjectsAfter(read, { principal: admin, filter: {}, request: after('name', 'p') }),
      /^SEARCH project USING INDEX project_name \(name>\?\)$/,
    ],
    [
      'the newest projects, from one on',
      () => selectProjectsAfter(read, { principal: person, filter: {}, request: after('-creation_time', 5) }),
      /^SEARCH project USING INDEX project_created \(created_at<\?\)$/,
    ],
    [
      'users from a name on',
      () => selectUsersAfter(read, after('username', 'u')),
      /^SEARCH account USING INDEX account_listed \(username>\?\)|account_username \(username>\?\)$/,
    ],
    [
      'the catalogue',
      () => listCatalog(read, { projectIds: 'all', last: 'p/a', limit: 50 }),
      /^SEARCH repository USING COVERING INDEX repository_full_name \(full_name>\?\)$/,
    ],
    [
      'repositories that contain a text',
      () => selectRepositoriesAfter(read, scope, after('name', 'p/a', 'name=~needle')),
      /^SCAN repository_search VIRTUAL TABLE INDEX 0:M1$/,
    ],
    ['the statistics', () => selectStatistics(read, admin), /COVERING INDEX project_visibility/],
    ['the statistics of a member', () => selectStatistics(read, person), /COVERING INDEX project_visibility/],
  ];
  test.each(PAGES)('%s: reads no table and sorts nothing', async (_says, list, expected) => {
    const steps = await plansOf(list);
    expect(steps).toContainEqual(expect.stringMatching(expected));
    expect(growing(steps).filter((step) => step !== 'SCAN storage_total')).toEqual([]);
  });

  test.each([
    ['media_type', 'config_media_type'],
    ['artifact_type', 'artifact_type'],
  ])('the newest of each repository, by %s: one look in an index for each', async (key, column) => {
    const filters = parseFilters(`${key}=application/x,tags=*`);
    const latest = { request: { ...request, filters }, isLatest: true };
    const steps = await plansOf(() => selectProjectArtifacts(read, scope, latest), 'from "repository"');
    expect(steps).toEqual([
      expect.stringMatching(
        /^SEARCH repository USING COVERING INDEX repository_project_name \(project_id=\? AND full_name>\?\)$/,
      ),
      expect.stringMatching(/^CORRELATED SCALAR SUBQUERY/),
      `SEARCH a USING INDEX artifact_latest_${column} (repository_id=? AND is_listed=? AND <expr>=?)`,
    ]);
    // Nothing but that is asked of the artifacts, except of those that were found.
    for (const { sql } of queries) expect(sql).not.toContain('row_number');
    const found = await plansOf(() => selectProjectArtifacts(read, scope, latest), 'from "artifact"');
    expect(found).toContain('SEARCH artifact USING INTEGER PRIMARY KEY (rowid=?)');
    expect(
      found.filter((step) => /^(?:SCAN|SEARCH) artifact (?!USING INTEGER PRIMARY KEY)/.test(step)),
    ).toEqual([]);
  });

  test('the repositories of a project, and all, are not counted', async () => {
    await plansOf(() => selectRepositories(read, scope, request));
    expect(counts()).toEqual([]);
    const steps = await plansOf(() => selectAllRepositories(read, 'all', request), 'from "repository"');
    expect(steps).toEqual(['SCAN repository USING INDEX repository_all_created']);
    expect(counts()).toEqual([]);
  });
});
