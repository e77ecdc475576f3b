import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { Kysely, SqliteDialect, type CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Db } from '#server/db/database.ts';
import type { Tables } from '#server/db/tables.ts';
import { listReferrers, listTagNames } from '#server/domain/artifacts/artifact-store.ts';
import { selectArtifacts, selectPageDetails, selectTags } from '#server/domain/artifacts/list-store.ts';
import type { Digest } from '#server/lib/digest.ts';
import { databases, type OpenDatabase } from './open-database.ts';

const request = { filters: [], sort: [], limit: 15, offset: 0 };
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
    steps.filter((step) => /^SCAN (?!page$|newest$)|TEMP B-TREE FOR ORDER BY/.test(step));
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
});
