import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { countsAt, RARE, seedDatabase } from '#test/bench/seed.ts';
import { selectArtifacts } from '#server/domain/artifacts/list-store.ts';
import { searchRepositories } from '#server/domain/artifacts/repository-list-store.ts';
import { databases } from './open-database.ts';

describe.each(databases)('the seed: %s', (_name, openDatabase, isHere) => {
  it.skipIf(!isHere)('writes as much as it says, counted as the server counts', async () => {
    const opened = await openDatabase();
    const { read } = opened.db;
    try {
      const counts = countsAt(0.01);
      await seedDatabase(opened.db, counts);
      const number = async (query: string): Promise<number> => {
        const { rows } = await sql.raw<{ n: number }>(`select (${query}) as n`).execute(read);
        return Number(rows[0]?.n);
      };
      for (const [table, count] of [
        ['repository', counts.repositories],
        ['artifact', counts.artifacts],
        ['tag', counts.tags],
      ] as const) {
        expect(await number(`select count(*) from ${table}`), table).toBe(count);
      }
      expect(await number('select sum(repository_count) from project')).toBe(counts.repositories);
      expect(await number('select sum(bytes) from storage_total')).toBe(
        await number('select sum(size_bytes) from blob'),
      );
      expect(await number('select sum(tag_count) from artifact')).toBe(counts.tags);
      expect(await number('select sum(listed_count) from repository')).toBe(counts.artifacts);
      const big = await read.selectFrom('repository').selectAll().orderBy('id').executeTakeFirstOrThrow();
      const page = await selectArtifacts(read, big, { filters: [], sort: [], limit: 3, offset: 0 });
      expect([page.total, page.items[0]?.tag_count]).toEqual([20, 100]);
      expect(await searchRepositories(read, 'all', { text: `/${RARE}`, limit: 10 })).toHaveLength(3);
    } finally {
      await opened.dispose();
    }
  });
});
