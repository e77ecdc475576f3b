import { sql, type SqlBool } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Db } from '#server/db/database.ts';
import type { AuditProjects } from '#server/domain/audit/asked.ts';
import { createAuditSearch, type AuditSearch } from '#server/domain/audit/search.ts';
import { selectTexts, type AuditDetail } from '#server/domain/audit/store.ts';
import { parseFilters, parseSort } from '#server/lib/list-query.ts';
import { databases, type OpenDatabase } from './open-database.ts';

/** More than a walk through the log looks at in one window, and than what is sorted as a whole. */
const ROWS = 45_000;
const START = Date.UTC(2026, 0, 1);
/** Where the clock was set back by an hour. */
const SET_BACK = 30_000;

interface Row {
  readonly id: number;
  readonly op_time: number;
  readonly username: string;
  readonly operation: string;
  readonly resource: string;
  readonly resource_type: string;
  readonly succeeded: 0 | 1;
  readonly project_id: number | null;
}

/** The same rows each time: every kind of selectivity is among them. */
function makeRow(i: number): Row {
  const isLogin = i % 7 === 0;
  const type = isLogin ? 'user' : i % 11 === 0 ? 'tag' : 'artifact';
  const operation = isLogin ? 'login' : i % 101 === 0 ? 'delete' : i % 3 === 0 ? 'create' : 'pull';
  const project = i % 5 === 0 ? 2 : i % 997 === 0 ? 3 : 1;
  return {
    id: i + 1,
    op_time: START + i * 1000 - (i > SET_BACK ? 3_600_000 : 0),
    username: i % 4001 === 0 ? 'Rare-Bird' : `user-${i % 9}`,
    operation,
    resource: isLogin ? `user-${i % 9}` : `project-${project}/app:v${i % 1000}`,
    resource_type: type,
    succeeded: i % 503 === 0 ? 0 : 1,
    project_id: isLogin ? null : project,
  };
}

const ALL = Array.from({ length: ROWS }, (_, i) => makeRow(i));

async function fill(opened: OpenDatabase): Promise<void> {
  await opened.db.tx(async (tx) => {
    for (let at = 0; at < ROWS; at += 1_000) {
      const values = ALL.slice(at, at + 1_000).map(({ id, ...row }) => ({
        ...row,
        account_id: null,
        description: `row ${id}`,
        request_id: String(id),
        address: '192.0.2.1',
      }));
      await tx.insertInto('audit_log').values(values).execute();
    }
  });
}

type Test = (row: Row) => boolean;
const has =
  (key: keyof Row, part: string): Test =>
  (row) =>
    String(row[key]).toLowerCase().includes(part.toLowerCase());
const from =
  (time: string): Test =>
  (row) =>
    row.op_time >= Date.parse(`${time}Z`);
const to =
  (time: string): Test =>
  (row) =>
    row.op_time <= Date.parse(`${time}Z`);
const and =
  (...tests: Test[]): Test =>
  (row) =>
    tests.every((each) => each(row));

/** Each `q`, and what it means. */
const SEARCHES: readonly (readonly [string, Test])[] = [
  ['', () => true],
  ['operation=pull', (row) => row.operation === 'pull'],
  ['operation=delete', (row) => row.operation === 'delete'],
  ['operation={delete login}', (row) => ['delete', 'login'].includes(row.operation)],
  ['resource_type=tag,operation=create', (row) => row.resource_type === 'tag' && row.operation === 'create'],
  ['username=user-3', (row) => row.username === 'user-3'],
  ['username=~USER', has('username', 'user')],
  ['username=~bird', has('username', 'bird')],
  ['username=~nobody', () => false],
  ['username=~user-1,operation=pull', and(has('username', 'user-1'), has('operation', 'pull'))],
  ['resource=project-1/app:v8', (row) => row.resource === 'project-1/app:v8'],
  ['resource=~APP:V999', has('resource', 'app:v999')],
  ['resource=~app', has('resource', 'app')],
  ['operation_result=false', (row) => row.succeeded === 0],
  ['operation_result=true', (row) => row.succeeded === 1],
  ['operation_result=false,operation=login', and((row) => row.succeeded === 0, has('operation', 'login'))],
  ['id=[100~300]', (row) => row.id >= 100 && row.id <= 300],
  ['project_id=3', (row) => row.project_id === 3],
  // The clock was set back in this span: no row of it may be missed.
  [
    'op_time=[2026-01-01T07:30:00~2026-01-01T08:15:00]',
    and(from('2026-01-01T07:30:00'), to('2026-01-01T08:15:00')),
  ],
  [
    'op_time=[2026-01-01T01:00:00~],operation=pull',
    and(from('2026-01-01T01:00:00'), has('operation', 'pull')),
  ],
  ['op_time=[~2026-01-01T10:00:00]', to('2026-01-01T10:00:00')],
  ['op_time=[2031-01-01T00:00:00~]', () => false],
];

const SCOPES: readonly (readonly [string, AuditProjects])[] = [
  ['everything', 'all'],
  ['one project', [2]],
  ['two projects', [1, 3]],
  ['a project with few rows', [3]],
  ['no project', []],
];

const inScope =
  (projects: AuditProjects): Test =>
  (row) =>
    projects === 'all' || (row.project_id !== null && projects.includes(row.project_id));

const idsOf = (items: readonly AuditDetail[]): number[] => items.map((item) => item.id);

describe.each(databases)('the audit log on %s', (_name, open, isHere) => {
  describe.skipIf(!isHere)('with many rows', () => {
    let opened: OpenDatabase;
    let read: Db;
    let search: AuditSearch;

    beforeAll(async () => {
      opened = await open();
      await fill(opened);
      read = opened.db.read;
      search = createAuditSearch(read);
    });
    afterAll(() => opened.dispose());

    const page = (
      projects: AuditProjects,
      q: string,
      at: { sort?: string; limit?: number; offset?: number },
    ) =>
      search.page(projects, {
        filters: parseFilters(q),
        sort: parseSort(at.sort),
        limit: at.limit ?? 20,
        offset: at.offset ?? 0,
      });

    describe.each(SCOPES)('of %s', (_scope, projects) => {
      test.each(SEARCHES)('finds, counts and pages what q=%s asks for', async (q, matches) => {
        const wanted = ALL.filter((row) => inScope(projects)(row) && matches(row));
        const byTime = wanted.toSorted((a, b) => b.op_time - a.op_time || b.id - a.id);
        for (const offset of [0, 7_000]) {
          const found = await page(projects, q, { offset });
          expect(found.total).toBe(wanted.length);
          const ids = idsOf(found.items);
          expect(ids).toHaveLength(Math.max(0, Math.min(20, wanted.length - offset)));
          // Where the log is walked through, rows stand as they were written: the same but where the clock was set back.
          const exact = byTime.slice(offset, offset + 20).map((row) => row.id);
          const written = wanted
            .toReversed()
            .slice(offset, offset + 20)
            .map((row) => row.id);
          expect([exact, written]).toContainEqual(ids);
        }
      });

      test.each(SEARCHES)('gives each entry of q=%s once from a position on', async (q, matches) => {
        const wanted = ALL.filter((row) => inScope(projects)(row) && matches(row)).map((row) => row.id);
        const found: number[] = [];
        let after: string | null | undefined;
        let requests = 0;
        while (after !== null) {
          const request = { filters: parseFilters(q), sort: undefined, limit: 5_000, after };
          const result = await search.from(projects, request);
          expect(result.items.length).toBeLessThanOrEqual(5_000);
          found.push(...idsOf(result.items));
          after = result.next;
          expect(++requests).toBeLessThan(30);
        }
        expect(found).toEqual(wanted.toReversed());
      });
    });

    test.each([
      'op_time',
      '-op_time',
      'id',
      '-id',
      'username',
      '-resource',
      'operation,op_time',
      '-resource_type,-op_time',
    ])('sorts by %s', async (sort) => {
      const [{ key, descending } = { key: 'op_time', descending: true }] = parseSort(sort);
      const sign = descending ? -1 : 1;
      const wanted = ALL.toSorted((a, b) => {
        const [x, y] = [a[key as keyof Row], b[key as keyof Row]] as [string, string];
        return sign * (x < y ? -1 : x > y ? 1 : a.op_time - b.op_time || a.id - b.id);
      });
      const found = await page('all', '', { sort, offset: 30 });
      if (key === 'id')
        expect(idsOf(found.items)).toEqual(
          (descending ? ALL.toReversed() : ALL).slice(30, 50).map((row) => row.id),
        );
      else expect(idsOf(found.items)).toEqual(wanted.slice(30, 50).map((row) => row.id));
    });

    test('sorts what a filter leaves by any key, as long as that is not much', async () => {
      const wanted = ALL.filter((row) => row.resource.includes('app:v99')).toSorted((a, b) =>
        a.username < b.username ? -1 : a.username > b.username ? 1 : a.op_time - b.op_time || a.id - b.id,
      );
      const found = await page('all', 'resource=~app:v99', { sort: 'username' });
      expect(idsOf(found.items)).toEqual(wanted.slice(0, 20).map((row) => row.id));
      await expect(page('all', 'resource=~app', { sort: 'username' })).rejects.toThrow(
        'sorted by op_time only',
      );
      await expect(page('all', '', { sort: '-operation_description' })).rejects.toThrow(
        'sorted by op_time only',
      );
    });

    test.each(['username,-op_time', 'username,resource', 'nothing'])(
      'refuses to sort by %s',
      async (sort) => {
        await expect(page('all', '', { sort })).rejects.toThrow(/^sort: /);
      },
    );

    test('counts what was added since it counted last', async () => {
      const q = 'username=~user,operation=pull';
      const first = await page('all', q, {});
      const row = {
        ...makeRow(1),
        account_id: null,
        description: 'later',
        request_id: '',
        operation: 'pull',
      };
      const { id: _id, ...values } = row;
      for (let more = 1; more <= 3; more++) {
        await opened.db.tx((tx) => tx.insertInto('audit_log').values(values).execute());
        expect((await page('all', q, {})).total).toBe(first.total + more);
        expect((await page('all', '', {})).total).toBe(ROWS + more);
      }
      await opened.db.tx((tx) => tx.deleteFrom('audit_log').where('description', '=', 'later').execute());
    });

    test('looks at no more different texts than it may, and finds the same', async () => {
      const matches = { column: 'username', contains: sql<SqlBool>`username like '%Bird'`, limit: 3 };
      // "Rare-Bird" and "user-0" to "user-8".
      expect(await selectTexts(read, { ...matches, among: 10 })).toEqual(['Rare-Bird']);
      expect(await selectTexts(read, { ...matches, among: 9 })).toBeUndefined();
      const all = { ...matches, contains: sql<SqlBool>`username <> ''`, among: 10 };
      expect(await selectTexts(read, { ...all, limit: 10 })).toHaveLength(10);
      expect(await selectTexts(read, { ...all, limit: 9 })).toBeUndefined();
      const { id: _id, ...row } = makeRow(1);
      const names = Array.from({ length: 2_500 }, (_, i) => `stranger-${i}`);
      await opened.db.tx(async (tx) => {
        for (let at = 0; at < names.length; at += 500)
          await tx
            .insertInto('audit_log')
            .values(
              names.slice(at, at + 500).map((username) => ({
                ...row,
                username,
                account_id: null,
                description: 'stranger',
                request_id: '',
              })),
            )
            .execute();
      });
      expect((await page('all', 'username=~stranger-24', {})).total).toBe(111);
      expect((await page('all', 'username=~stranger-2499', {})).items).toMatchObject([
        { username: 'stranger-2499' },
      ]);
      await opened.db.tx((tx) => tx.deleteFrom('audit_log').where('description', '=', 'stranger').execute());
    });

    test.each(['x', '-1', '1e3', '9'.repeat(30)])('refuses %s as a place in the log', async (after) => {
      const request = { filters: [], sort: undefined, limit: 10, after };
      await expect(search.from('all', request)).rejects.toThrow(/^after: /);
    });
  });
});
