import { sql, type Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProjectScope } from '#server/access/scope.ts';
import type { Database, Tx } from '#server/db/database.ts';
import { addListCounters } from '#server/db/migrations/0003-list-counters.ts';
import {
  findArtifact,
  insertArtifact,
  listTagNames,
  putTag,
  removeArtifact,
  removeTag,
} from '#server/domain/artifacts/artifact-store.ts';
import { selectArtifacts, selectPageDetails, selectTags } from '#server/domain/artifacts/list-store.ts';
import { lockListing } from '#server/domain/artifacts/listed-store.ts';
import { ensureRepository } from '#server/domain/artifacts/repository-store.ts';
import { OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { parseManifest } from '#server/lib/manifest.ts';
import { content, descriptor, image, index, type Content } from '#test/support/oci.ts';
import { databases, makeProject, type OpenDatabase } from './open-database.ts';

const everything = { filters: [], sort: [], limit: 10, offset: 0 };

describe.each(databases)('lists: %s', (_name, openDatabase, isHere) => {
  const test = it.skipIf(!isHere);
  let opened: OpenDatabase;
  let db: Database;
  let scope: ProjectScope;
  let repositoryId: number;

  beforeEach(async () => {
    if (!isHere) return;
    opened = await openDatabase();
    db = opened.db;
    scope = await makeProject(db);
    repositoryId = await db.tx(
      async (tx) => (await ensureRepository(tx, scope, { name: 'r', nowMs: 1 })).row.id,
    );
  });
  afterEach(() => (isHere ? opened.dispose() : undefined));

  let now = 1000;
  const insert = async (tx: Tx, manifest: Content, type: string = OCI_MANIFEST): Promise<number> => {
    await lockListing(tx, repositoryId);
    return insertArtifact(tx, scope, {
      repositoryId,
      digest: manifest.digest,
      manifest: parseManifest(manifest.bytes, type),
      bytes: manifest.bytes,
      extraAttrs: {},
      nowMs: now++,
    });
  };
  const tag = async (tx: Tx, name: string, artifactId: number) => {
    await lockListing(tx, repositoryId);
    return putTag(tx, repositoryId, { name, artifactId, nowMs: now++ });
  };
  const repository = () =>
    db.read.selectFrom('repository').selectAll().where('id', '=', repositoryId).executeTakeFirstOrThrow();

  /** What the counters should be, found out the slow way. */
  async function countAgain(): Promise<unknown> {
    const artifacts = await db.read.selectFrom('artifact').selectAll().orderBy('id').execute();
    const tags = await db.read.selectFrom('tag').selectAll().execute();
    const children = await db.read
      .selectFrom('artifact_reference')
      .selectAll()
      .where('role', '=', 'child')
      .execute();
    const inIndex = new Set(children.map((child) => child.digest));
    const rows = artifacts.map((artifact) => {
      const count = tags.filter((each) => each.artifact_id === artifact.id).length;
      const isListed = artifact.subject_digest === null && (count > 0 || !inIndex.has(artifact.digest));
      return { digest: artifact.digest, tag_count: count, is_listed: isListed ? 1 : 0 };
    });
    return { rows, listed: rows.filter((row) => row.is_listed === 1).length };
  }
  async function counted(): Promise<unknown> {
    const rows = await db.read
      .selectFrom('artifact')
      .select(['digest', 'tag_count', 'is_listed'])
      .orderBy('id')
      .execute();
    return { rows, listed: (await repository()).listed_count };
  }
  const expectExact = async (): Promise<void> => expect(await counted()).toEqual(await countAgain());

  const [first, second, third, fourth] = [image('1'), image('2'), image('3'), image('4')] as const;
  const both = index([first, second]);
  const late = index([fourth]);
  const signature = image('signature', { subject: descriptor(OCI_MANIFEST, first.manifest) });

  test('counts what the list shows through every change of artifacts, tags and indexes', async () => {
    await db.tx((tx) => insert(tx, both, OCI_INDEX));
    await expectExact();
    const child = await db.tx((tx) => insert(tx, first.manifest));
    await expectExact();
    expect((await repository()).listed_count, 'the child of an index has no row').toBe(1);
    await db.tx((tx) => insert(tx, signature.manifest));
    await expectExact();
    expect((await repository()).listed_count, 'a signature has no row').toBe(1);
    await db.tx((tx) => tag(tx, 'v1', child));
    await expectExact();
    expect((await repository()).listed_count, 'a tagged child has one').toBe(2);
    const other = await db.tx((tx) => insert(tx, third.manifest));
    await db.tx((tx) => tag(tx, 'v1', other));
    await db.tx((tx) => tag(tx, 'v1', other));
    await expectExact();
    await db.tx((tx) => insert(tx, second.manifest));
    await expectExact();
    await db.tx((tx) => insert(tx, fourth.manifest));
    await db.tx((tx) => insert(tx, late, OCI_INDEX));
    await expectExact();
    expect((await repository()).listed_count, 'its index came after the child').toBe(3);
    await db.tx(async (tx) => {
      const parent = await findArtifact(tx, repositoryId, both.digest);
      await removeArtifact(tx, repositoryId, parent?.id ?? 0);
    });
    await expectExact();
    expect((await repository()).listed_count, 'children without their index').toBe(4);
    await db.tx((tx) => removeTag(tx, repositoryId, 'v1'));
    await db.tx((tx) => removeTag(tx, repositoryId, 'never was'));
    await db.tx((tx) => removeArtifact(tx, repositoryId, other));
    await expectExact();
    const page = await selectArtifacts(db.read, await repository(), everything);
    expect(page.total).toBe(3);
    expect(page.items.map((row) => row.digest)).toEqual([
      late.digest,
      second.manifest.digest,
      first.manifest.digest,
    ]);
  });

  test('counts right where an index and its children come at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const children = [image(`a${round}`), image(`b${round}`)];
      await Promise.all([
        db.tx((tx) => insert(tx, index(children), OCI_INDEX)),
        ...children.map((child) => db.tx((tx) => insert(tx, child.manifest))),
      ]);
      await expectExact();
    }
  });

  test('counts what an older version stored when it is brought to this one', async () => {
    await db.tx(async (tx) => {
      await insert(tx, both, OCI_INDEX);
      const child = await insert(tx, first.manifest);
      await insert(tx, second.manifest);
      await insert(tx, signature.manifest);
      await tag(tx, 'v1', child);
      await tag(tx, 'v2', child);
    });
    const before = await counted();
    // Back to what that version had, then forward again.
    await db.tx(async (tx) => {
      for (const name of ['artifacts_added', 'artifacts_changed', 'artifacts_removed'])
        await sql.raw(`drop trigger ${name}${db.kind === 'postgres' ? ' on repository' : ''}`).execute(tx);
      for (const name of [
        'tag_artifact_time',
        'tag_artifact_name',
        'artifact_listed',
        'artifact_project',
        'artifact_latest_config_media_type',
        'artifact_latest_artifact_type',
        'artifact_pulled',
        'artifact_size',
        'artifact_subject_type',
        'artifact_subject',
      ])
        await tx.schema.dropIndex(name).execute();
      for (const [table, column] of [
        ['artifact', 'tag_count'],
        ['artifact', 'is_listed'],
        ['repository', 'listed_count'],
      ] as const)
        await tx.schema.alterTable(table).dropColumn(column).execute();
      await tx.schema.createIndex('tag_artifact').on('tag').column('artifact_id').execute();
      await tx.schema.createIndex('artifact_subject').on('artifact').column('subject_digest').execute();
      await addListCounters(tx as unknown as Kysely<unknown>);
    });
    expect(await counted()).toEqual(before);
    await expectExact();
  });

  test('shows the newest tags of an artifact that has more than a page shows, and counts all', async () => {
    const [many, few] = await db.tx(async (tx) => {
      const ids = [await insert(tx, first.manifest), await insert(tx, second.manifest)] as const;
      await tag(tx, 'only', ids[1]);
      await sql`insert into tag (repository_id, artifact_id, name, pushed_at, pulled_at)
        with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
        select cast(${repositoryId} as bigint), cast(${ids[0]} as bigint), ${'t'} || i, 5000 + i, null from n`.execute(
        tx,
      );
      await tx.updateTable('artifact').set({ tag_count: 3000 }).where('id', '=', ids[0]).execute();
      return ids;
    });
    const { items } = await selectArtifacts(db.read, await repository(), everything);
    const { tags } = await selectPageDetails(db.read, items);
    const named = (id: number): string[] =>
      tags.filter((each) => each.artifact_id === id).map((each) => each.name);
    expect(named(few)).toEqual(['only']);
    expect(named(many)).toHaveLength(500);
    expect(named(many).slice(0, 3)).toEqual(['t3000', 't2999', 't2998']);
    const artifact = await findArtifact(db.read, repositoryId, first.manifest.digest);
    if (!artifact) throw new Error('the artifact is not there');
    const page = await selectTags(db.read, artifact, { ...everything, limit: 3 });
    expect(page.total).toBe(3000);
    expect(page.items.map((row) => row.name)).toEqual(['t1', 't10', 't100']);
    const filters = [{ key: 'name', op: 'contains', value: '299' } as const];
    expect((await selectTags(db.read, artifact, { ...everything, filters })).total).toBe(13);
  });

  test('lists names of tags by their bytes, page by page', async () => {
    const names = ['A', 'Z', '_a', 'a', 'a-1', 'a.1', 'a_1', 'b', 'z', '0', '10', '9'];
    await db.tx(async (tx) => {
      const id = await insert(tx, content(first.manifest.bytes));
      for (const name of names) await tag(tx, name, id);
    });
    const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await listTagNames(db.read, repositoryId, { last: '', limit: 5 })).toEqual(sorted.slice(0, 5));
    expect(await listTagNames(db.read, repositoryId, { last: sorted[4] ?? '', limit: 100 })).toEqual(
      sorted.slice(5),
    );
    expect(await listTagNames(db.read, repositoryId, { last: 'zz', limit: 100 })).toEqual([]);
  });
});
