import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { Kysely, SqliteDialect, type CompiledQuery } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Db } from '#server/db/database.ts';
import type { Tables } from '#server/db/tables.ts';
import type { AuditProjects } from '#server/domain/audit/asked.ts';
import { createAuditSearch } from '#server/domain/audit/search.ts';
import { parseFilters, parseSort } from '#server/lib/list-query.ts';
import { databases, type OpenDatabase } from './open-database.ts';

// The plan says what a timed test cannot without flaking: the work for a page does not grow with the log.
describe('the plan of the audit log in SQLite', () => {
  let opened: OpenDatabase;
  let connection: SQLite.Database;
  let read: Db;
  let queries: CompiledQuery[] = [];

  beforeAll(async () => {
    opened = await databases[0][1]();
    const row = {
      // What each of the searches below finds: a page beyond the end is not looked for.
      op_time: Date.UTC(2026, 0, 1, 12),
      account_id: null,
      username: 'ann',
      operation: 'pull',
      resource: 'p/app:v1',
      resource_type: 'artifact',
      description: '',
      succeeded: 0 as const,
      project_id: 1,
      request_id: '',
    };
    await opened.db.tx((tx) => tx.insertInto('audit_log').values(row).execute());
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

  async function plansOf(list: () => Promise<unknown>): Promise<string[]> {
    queries = [];
    await list();
    expect(queries).not.toEqual([]);
    return queries.flatMap(({ sql, parameters }) => {
      const steps = connection.prepare(`explain query plan ${sql}`).all(...parameters) as {
        detail: string;
      }[];
      return steps.map((step) => step.detail);
    });
  }
  const page = (projects: AuditProjects, q: string, sort: string) => () =>
    createAuditSearch(read).page(projects, {
      filters: parseFilters(q),
      sort: parseSort(sort),
      limit: 15,
      offset: 0,
    });

  /** A look at each row of the log, and a sort of all that was found. */
  const growing = (steps: readonly string[]): string[] =>
    steps.filter((step) => /^SCAN audit_log$|TEMP B-TREE/.test(step));

  test.each<[AuditProjects, string, string, RegExp]>([
    ['all', '', '', /^SCAN audit_log USING COVERING INDEX audit_log_time$/],
    ['all', '', 'op_time', /^SCAN audit_log USING COVERING INDEX audit_log_time$/],
    ['all', '', 'username', /^SCAN audit_log USING COVERING INDEX audit_log_username$/],
    ['all', '', '-resource', /^SCAN audit_log USING COVERING INDEX audit_log_resource$/],
    ['all', 'username=ann', '', /COVERING INDEX audit_log_username \(username=\?\)/],
    ['all', 'operation=pull', '', /COVERING INDEX audit_log_operation \(operation=\?\)/],
    ['all', 'resource_type=artifact', '', /COVERING INDEX audit_log_resource_type \(resource_type=\?\)/],
    ['all', 'resource=p/app:v1', '', /COVERING INDEX audit_log_resource \(resource=\?\)/],
    ['all', 'operation_result=false', '', /COVERING INDEX audit_log_failed/],
    [
      'all',
      'op_time=[2026-01-01T00:00:00~2026-01-02T00:00:00]',
      '',
      /COVERING INDEX audit_log_time \(op_time>/,
    ],
    [[1], '', '', /COVERING INDEX audit_log_project \(project_id=\?\)/],
  ])('of %j, q=%s sorted by "%s" is a walk along one index', async (projects, q, sort, walk) => {
    const steps = await plansOf(page(projects, q, sort));
    expect(steps).toContainEqual(expect.stringMatching(walk));
    expect(growing(steps)).toEqual([]);
  });

  test.each([
    ['operation=pull,username=ann', 'all' as const],
    ['resource=~nothing,username=ann', 'all' as const],
    ['', [1, 2]],
    ['username=~ann,resource_type=artifact', [1, 2]],
  ])('of q=%s in %j looks only at what its narrowest part leaves', async (q, projects) => {
    const steps = await plansOf(page(projects, q, ''));
    expect(steps).toContainEqual(
      expect.stringMatching(/^SEARCH audit_log USING INTEGER PRIMARY KEY \(rowid=\?\)$/),
    );
    // What is left is few, and is sorted.
    expect(steps.filter((step) => step.startsWith('SCAN audit_log'))).toEqual([]);
  });

  test.each(['', 'username=ann', 'resource=~app', 'operation=pull,username=ann'])(
    'a page of q=%s beyond the end is only counted',
    async (q) => {
      queries = [];
      const search = createAuditSearch(read);
      const request = { filters: parseFilters(q), sort: parseSort(''), limit: 15, offset: 1_000_000_000 };
      expect(await search.page('all', request)).toEqual({ items: [], total: 1 });
      expect(queries.filter((query) => / offset /.test(query.sql))).toEqual([]);
      await expect(search.page('all', { ...request, sort: parseSort('boat') })).rejects.toThrow(/^sort: /);
    },
  );

  test('what no index finds is looked for in spans of ids', async () => {
    const steps = await plansOf(page('all', 'resource=~app', ''));
    expect(steps).toContain('SEARCH audit_log USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)');
    expect(growing(steps)).toEqual([]);
  });
});
