import fc from 'fast-check';
import SQLite from 'better-sqlite3';
import { CompiledQuery, Kysely, sql, SqliteDialect } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database, Tx } from '#server/db/database.ts';
import { readKeyset, type KeysetOrder } from '#server/db/keyset.ts';
import { conditionsOf, narrow, type ListColumns } from '#server/db/list-filter.ts';
import { createInitialTables } from '#server/db/migrations/0001-initial.ts';
import { addListCounters } from '#server/db/migrations/0003-list-counters.ts';
import { addSearch } from '#server/db/migrations/0006-search.ts';
import type { Tables } from '#server/db/tables.ts';
import { removeRepository } from '#server/domain/artifacts/repository-store.ts';
import {
  searchRepositories,
  selectAllRepositories,
  selectRepositories,
} from '#server/domain/artifacts/repository-list-store.ts';
import { parseFilters } from '#server/lib/list-query.ts';
import type { ProjectScope } from '#server/access/scope.ts';
import { hasPostgres } from '#test/support/postgres.ts';
import { databases, makeProject, type OpenDatabase } from './open-database.ts';

const COLUMNS: ListColumns = {
  name: { ref: 'full_name', kind: 'text', search: { table: 'repository_search', id: 'repository.id' } },
  plain: { ref: 'full_name', kind: 'text' },
  id: { ref: 'repository.id', kind: 'number' },
  pulls: { ref: 'pull_count', kind: 'number' },
  creation_time: { ref: 'created_at', kind: 'time' },
};

describe.each(databases)('searches: %s', (_name, openDatabase, isHere) => {
  const test = it.skipIf(!isHere);
  let opened: OpenDatabase;
  let db: Database;
  let scope: ProjectScope;

  beforeEach(async () => {
    if (!isHere) return;
    opened = await openDatabase();
    db = opened.db;
    scope = await makeProject(db);
  });
  afterEach(() => (isHere ? opened.dispose() : undefined));

  const add = (tx: Tx, name: string, i: number) =>
    tx
      .insertInto('repository')
      .values({
        project_id: scope.projectId,
        name,
        full_name: name,
        description: '',
        artifact_count: 0,
        pull_count: i % 3,
        created_at: i * 1000,
        updated_at: i * 1000,
      })
      .execute();
  const addAll = (names: readonly string[]): Promise<void> =>
    db.tx(async (tx) => {
      for (const [i, name] of names.entries()) await add(tx, name, i);
    });
  const ids = async (q: string, narrowed: 'page' | 'count' | undefined): Promise<number[]> => {
    const filters = parseFilters(q);
    const more = narrowed ? (await narrow(db.read, COLUMNS, filters))[narrowed] : [];
    const rows = await db.read
      .selectFrom('repository')
      .select('id')
      .where((eb) => eb.and([...conditionsOf(COLUMNS, filters), ...more]))
      .orderBy('id')
      .execute();
    return rows.map((row) => row.id);
  };

  test('finds by an index the same rows as by looking at each', async () => {
    // Few letters, so that texts are often found; some that mean something to LIKE or to the index.
    const letter = fc.constantFrom(...Array.from('aAbBéÉ%_\\"\'*./- ıK'));
    const name = fc.string({ unit: letter, minLength: 1, maxLength: 8 });
    const names = fc.sample(name, { numRuns: 400, seed: 7 });
    await addAll([...new Set(names)]);
    const text = fc.string({ unit: letter, minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(text, async (asked) => {
        // Quoted and encoded twice, as clients do it, so that nothing of it is read as an operator.
        const value = encodeURIComponent(asked).replaceAll("'", '%27');
        fc.pre(asked.trim() === asked);
        const plain = await ids(`plain=~${value}`, undefined);
        for (const kind of ['page', 'count'] as const)
          expect(await ids(`name=~${value}`, kind), JSON.stringify(asked)).toEqual(plain);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  test('finds the same where most rows have the text, and after rows were renamed and went', async () => {
    await addAll(Array.from({ length: 700 }, (_, i) => `team/app-${i}${i % 100 === 0 ? '-rare' : ''}`));
    await db.tx(async (tx) => {
      await tx
        .updateTable('repository')
        .set({ full_name: 'moved-rare' })
        .where('name', '=', 'team/app-5')
        .execute();
      await tx.deleteFrom('repository').where('name', 'in', ['team/app-0-rare', 'team/app-7']).execute();
    });
    for (const text of ['app', 'rare', 'pp-6', 'ed', 'ea', 'z', 'zz', 'zzz', '-', 'moved-rare', 'APP']) {
      const plain = await ids(`plain=~${text}`, undefined);
      expect(await ids(`name=~${text}`, 'page'), text).toEqual(plain);
      expect(await ids(`name=~${text}`, 'count'), text).toEqual(plain);
    }
    const filters = parseFilters('name=~rare');
    const { items, total } = await selectRepositories(db.read, scope, {
      filters,
      sort: [{ key: 'name', descending: false }],
      limit: 3,
      offset: 0,
    });
    expect([total, items.map((row) => row.full_name)]).toEqual([
      7,
      ['moved-rare', 'team/app-100-rare', 'team/app-200-rare'],
    ]);
    const found = await searchRepositories(db.read, 'all', { text: 'RARE', limit: 2 });
    expect(found.map((row) => [row.full_name, row.project_name, row.project_public])).toEqual([
      ['moved-rare', 'p', 0],
      ['team/app-100-rare', 'p', 0],
    ]);
    expect(await searchRepositories(db.read, [], { text: 'rare', limit: 2 })).toEqual([]);
  });

  test('keeps the counters of projects and of bytes', async () => {
    const counts = async () => {
      const project = await db.read
        .selectFrom('project')
        .select('repository_count')
        .where('id', '=', scope.projectId)
        .executeTakeFirstOrThrow();
      const { total } = await db.read
        .selectFrom('storage_total')
        .select(sql<number>`sum(bytes)`.as('total'))
        .executeTakeFirstOrThrow();
      return [project.repository_count, Number(total)];
    };
    const blob = (digest: string, size: number) => ({
      digest,
      size_bytes: size,
      created_at: 1,
      seen_at: 1,
    });
    await addAll(['a', 'b', 'c']);
    await db.tx(async (tx) => {
      await tx
        .insertInto('blob')
        .values([blob('x', 5), blob('y', 7), blob('z', 3_000_000_000)])
        .execute();
    });
    expect(await counts()).toEqual([3, 3_000_000_012]);
    const repository = await db.read.selectFrom('repository').select('id').executeTakeFirstOrThrow();
    await db.tx(async (tx) => {
      await removeRepository(tx, scope, repository.id);
      await tx.deleteFrom('blob').where('digest', '=', 'x').execute();
    });
    expect(await counts()).toEqual([2, 3_000_000_007]);
    await expect(
      db.tx(async (tx) => {
        await add(tx, 'd', 4);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    expect(await counts()).toEqual([2, 3_000_000_007]);
    const all = await selectAllRepositories(db.read, 'all', { filters: [], sort: [], limit: 1, offset: 0 });
    expect([all.total, all.items.length]).toEqual([2, 1]);
  });

  describe('a list from a position on', () => {
    const BY_PULLS: KeysetOrder = {
      columns: COLUMNS,
      by: { key: 'pulls', descending: true },
      unique: 'repository.id',
    };
    const all = () => db.read.selectFrom('repository').selectAll();
    const page = (after: string | undefined, sort = BY_PULLS.by, limit = 4) =>
      readKeyset(all(), BY_PULLS, { filters: [], sort, limit, after });

    test.each([
      ['equal values', { key: 'pulls', descending: true }],
      ['the same upwards', { key: 'pulls', descending: false }],
      ['texts', { key: 'name', descending: false }],
      ['times', { key: 'creation_time', descending: true }],
      ['the id itself', { key: 'id', descending: true }],
    ])('shows each row once, in order, while others come and go: %s', async (_says, sort) => {
      await addAll(Array.from({ length: 30 }, (_, i) => `r-${String((i * 7) % 30).padStart(2, '0')}`));
      const order = sql`${sql.ref(
        { pulls: 'pull_count', name: 'full_name', creation_time: 'created_at' }[sort.key] ?? 'id',
      )} ${sort.descending ? sql`desc` : sql`asc`}, id ${sort.descending ? sql`desc` : sql`asc`}`;
      const expected = (await all().orderBy(order).execute()).map((row) => row.name);
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const { items, next } = await page(after, sort);
        seen.push(...items.map((row) => row.name));
        after = next ?? undefined;
        // Somebody pushes, and deletes what was shown already.
        await db.tx(async (tx) => {
          await add(tx, `new-${seen.length}`, 100 + seen.length);
          await tx
            .deleteFrom('repository')
            .where('name', '=', seen[0] ?? '')
            .execute();
        });
      } while (after !== undefined && seen.length < 100);
      expect(seen.filter((name) => !name.startsWith('new-'))).toEqual(expected);
      expect(new Set(seen).size).toBe(seen.length);
    });

    test('says at the last full page that there is no other', async () => {
      await addAll(['a', 'b', 'c', 'd']);
      expect((await page(undefined)).next).toBeNull();
      expect((await page(undefined, BY_PULLS.by, 3)).next).not.toBeNull();
      await db.tx((tx) =>
        tx
          .deleteFrom('repository')
          .execute()
          .then(() => undefined),
      );
      expect(await page(undefined)).toEqual({ items: [], next: null });
    });

    const cursor = (...parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const NO_POSITIONS: readonly (readonly [string, string])[] = [
      ['no base64', '***'],
      ['no JSON', Buffer.from('{').toString('base64url')],
      ['no list', Buffer.from('{}').toString('base64url')],
      ['nothing', ''],
      ['another order', cursor('name', 'a', 1)],
      ['a text for a number', cursor('pulls', 'a', 1)],
      ['a fraction', cursor('pulls', 1.5, 1)],
      ['a number beyond', cursor('pulls', 1e300, 1)],
      ['no id', cursor('pulls', 1)],
      ['an id that is none', cursor('pulls', 1, '1 or 1=1')],
      ['more than a position', cursor('pulls', 1, 1, 1)],
      ['null', cursor('pulls', null, null)],
    ];
    test('refuses a position that is none', async () => {
      for (const [says, after] of NO_POSITIONS)
        await expect(page(after), says).rejects.toMatchObject({ code: 'bad_request' });
    });

    test('refuses a text with a NUL or half a letter as a position', async () => {
      for (const text of ['a\0', '\ud800'])
        await expect(page(cursor('name', text, 1), { key: 'name', descending: false })).rejects.toMatchObject(
          {
            code: 'bad_request',
          },
        );
      const fine = await page(cursor('name', "'; drop table repository; --", 1), {
        key: 'name',
        descending: false,
      });
      expect(fine.items).toEqual([]);
    });

    test('refuses to be sorted by a key that it does not know', async () => {
      await expect(page(undefined, { key: 'nothing', descending: false })).rejects.toMatchObject({
        code: 'bad_request',
        message: expect.stringContaining('name') as string,
      });
    });
  });

  const VALUES: readonly (readonly [string, string, number[]])[] = [
    ['an exact text', 'name=r-1', [1]],
    ['a text that is nowhere', 'name=r', []],
    ['a part', 'name=~R-', [0, 1, 2, 3]],
    ['a range', 'pulls=[1~2]', [1, 2]],
    ['a range up', 'pulls=[2~]', [2]],
    ['a range down', 'pulls=[~0]', [0, 3]],
    ['any of', 'name={r-0 r-3 r-9}', [0, 3]],
    ['any of numbers in quotes', "pulls={'1' 2}", [1, 2]],
    ['all of', 'pulls=(1)', [1]],
    ['all of what excludes itself', 'pulls=(1 2)', []],
    ['__gt', 'pulls__gt=1', [2]],
    ['__gte', 'pulls__gte=1', [1, 2]],
    ['__lt', 'pulls__lt=1', [0, 3]],
    ['__lte', 'pulls__lte=1', [0, 1, 3]],
    ['__in', 'pulls__in=1 2', [1, 2]],
    ['__exact', 'name__exact=r-2', [2]],
    ['__icontains', 'name__icontains=-2', [2]],
    ['a time', 'creation_time=1970-01-01T00:00:01', [1]],
    ['a time with a space', 'creation_time=[1970-01-01 00:00:02~]', [2, 3]],
    ['a day', 'creation_time=[~1970-01-01]', [0]],
    ['a time of another zone', 'creation_time=[1970-01-01T08:00:02%2B08:00~]', [2, 3]],
    ['several', 'pulls=0,name=~3', [3]],
    ["Harbor's other spelling", 'Creation_Time=[1970-01-01T00:00:03Z~],CreationTime=[~1970-01-02]', [3]],
  ];
  test('filters by every form of q', async () => {
    await addAll(['r-0', 'r-1', 'r-2', 'r-3']);
    const first = (await ids('id__gt=0', undefined))[0] ?? 0;
    for (const [says, q, expected] of VALUES)
      expect(
        (await ids(q, undefined)).map((id) => id - first),
        says,
      ).toEqual(expected);
  });

  const REFUSED: readonly (readonly [string, string, RegExp])[] = [
    ['an unknown key', 'nmae=x', /no "nmae".*name, plain, id, pulls, creation_time/],
    ['an unknown ending', 'name__startswith=x', /no "name__startswith"/],
    ['a text for a number', 'pulls=x', /pulls is a whole number/],
    ['a fraction', 'pulls=1.5', /whole number/],
    ['a number in another writing', 'pulls=0x10', /whole number/],
    ['a number beyond all', 'pulls=99999999999999999999', /whole number/],
    ['a text for a time', 'creation_time=x', /time like/],
    ['a month that is none', 'creation_time=2026-13-01', /time like/],
    ['one of a list that is wrong', 'pulls={1 x}', /whole number/],
  ];
  test('refuses what it cannot filter by', async () => {
    for (const [says, q, message] of REFUSED)
      await expect(ids(q, undefined), says).rejects.toMatchObject({
        code: 'bad_request',
        message: expect.stringMatching(message) as string,
      });
  });
});

describe('a database of an older version', () => {
  it('is searched and counted like one that grew with this version', async () => {
    const connection = new SQLite(':memory:');
    const older = new Kysely<Tables>({ dialect: new SqliteDialect({ database: connection }) });
    try {
      await createInitialTables(older as Kysely<unknown>, 'sqlite');
      await addListCounters(older as Kysely<unknown>);
      connection.exec(`
        insert into account values (1, 'olga', '', '', '', null, 1, 1, 1, null);
        insert into project values (4, 'team', 1, 0, 1, 1, null), (5, 'empty', 1, 1, 1, 1, null);
        insert into repository (project_id, name, description, artifact_count, pull_count, created_at, updated_at)
          values (4, 'a/needle', '', 0, 0, 1, 1), (4, 'b', '', 0, 0, 1, 1);
        insert into blob values ('sha256:1', 40, 1, 1), ('sha256:2', 2, 1, 1)`);
      await addSearch(older as Kysely<unknown>, 'sqlite');
      const found = await searchRepositories(older, 'all', { text: 'TEAM/A/NEED', limit: 5 });
      expect(found.map((row) => row.full_name)).toEqual(['team/a/needle']);
      const read = (query: string): unknown => connection.prepare(query).pluck().all();
      expect(read('select repository_count from project order by id')).toEqual([2, 0]);
      expect(read('select bytes from storage_total')).toEqual([42]);
      expect(read(`select rowid from project_search where project_search match '"emp"'`)).toEqual([5]);
      expect(read(`select rowid from account_search where account_search match '"olg"'`)).toEqual([1]);
    } finally {
      await older.destroy();
    }
  });
});

describe.skipIf(!hasPostgres())('PostgreSQL', () => {
  it('has an index of trigrams that serves a search', async () => {
    const [, open] = databases[1];
    const opened = await open();
    try {
      const filters = parseFilters('name=~needle');
      const { sql: text, parameters } = opened.db.read
        .selectFrom('repository')
        .select('id')
        .where((eb) => eb.and(conditionsOf(COLUMNS, filters)))
        .compile();
      const { projectId } = await makeProject(opened.db);
      await opened.db.tx(async (tx) => {
        await sql`insert into repository
          (project_id, name, full_name, description, artifact_count, pull_count, created_at, updated_at)
          select cast(${projectId} as bigint), md5(i::text), 'p/' || md5(i::text), '', 0, 0, i, i
          from generate_series(1, 5000) as i`.execute(tx);
      });
      await sql`analyze repository`.execute(opened.db.read);
      const plan = await opened.db.read.executeQuery<{ 'QUERY PLAN': string }>(
        CompiledQuery.raw(`explain ${text}`, [...parameters]),
      );
      expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('repository_trigrams');
    } finally {
      await opened.dispose();
    }
  });
});
