import type { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProjectScope } from '#server/access/scope.ts';
import type { Database } from '#server/db/database.ts';
import { addAccessories } from '#server/db/migrations/0008-accessories.ts';
import { selectAccessories, selectAccessoriesOf } from '#server/domain/artifacts/accessory-store.ts';
import { accessoryOf } from '#server/domain/artifacts/accessories.ts';
import { findArtifact, insertArtifact, putTag } from '#server/domain/artifacts/artifact-store.ts';
import { lockListing } from '#server/domain/artifacts/listed-store.ts';
import { ensureRepository } from '#server/domain/artifacts/repository-store.ts';
import { DOCKER_CONFIG, OCI_CONFIG, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { parseManifest } from '#server/lib/manifest.ts';
import {
  content,
  cosignSignature,
  cosignTag,
  descriptor,
  image,
  LAYER,
  type Content,
} from '#test/support/oci.ts';
import { databases, makeProject, type OpenDatabase } from './open-database.ts';

const app = image('app');
const subject = descriptor(OCI_MANIFEST, app.manifest);
const signatureTag = cosignTag(app.manifest.digest);

const signed = (text: string, layerType?: string): Content => cosignSignature(text, layerType).manifest;

/** An image with a subject whose layers have these annotations, in order. */
function layered(annotations: readonly object[], configType = OCI_CONFIG): Content {
  const text = JSON.stringify([annotations, configType]);
  const config = descriptor(configType, content(text));
  const layers = annotations.map((each) => descriptor(LAYER, content(text), { annotations: each }));
  return content(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers, subject }));
}
const NYDUS = 'containerd.io/snapshot/nydus-bootstrap';

describe.each(databases)('accessories: %s', (_name, openDatabase, isHere) => {
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

  const push = (pushed: Content, tags: readonly string[] = []): Promise<void> =>
    db.tx(async (tx) => {
      await lockListing(tx, repositoryId);
      const manifest = parseManifest(pushed.bytes);
      const id = await insertArtifact(tx, scope, {
        repositoryId,
        digest: pushed.digest,
        manifest,
        bytes: pushed.bytes,
        extraAttrs: {},
        accessory: accessoryOf(manifest, tags),
        nowMs: 1,
      });
      for (const name of tags) await putTag(tx, repositoryId, { name, artifactId: id, nowMs: 1 });
    });
  const state = async () => ({
    artifacts: await db.read
      .selectFrom('artifact')
      .select(['digest', 'accessory_subject', 'accessory_type', 'artifact_type', 'is_listed'])
      .orderBy('id')
      .execute(),
    repository: await db.read.selectFrom('repository').select('listed_count').executeTakeFirst(),
  });

  test('are found in what an older version stored', async () => {
    await push(app.manifest, ['v1']);
    for (const extra of [
      {},
      { artifactType: 'application/vnd.cncf.notary.signature' },
      { artifactType: 'application/vnd.dev.sigstore.bundle.v0.3+json' },
      { artifactType: 'application/vnd.goharbor.harbor.sbom.v1' },
    ])
      await push(image(JSON.stringify(extra), { ...extra, subject }).manifest);
    for (const pushed of [
      layered([{}, { a: 'b', [NYDUS]: 'true' }]),
      layered([{ [NYDUS]: 'true' }], DOCKER_CONFIG),
      // Not the last layer, not the key, not an image.
      layered([{ [NYDUS]: 'true' }, {}]),
      layered([{ a: `"${NYDUS}":` }]),
      layered([{ [NYDUS]: 'true' }], 'application/vnd.example'),
      layered([]),
    ])
      await push(pushed);
    await push(signed('by tag'), [signatureTag]);
    await push(signed('not signed', 'x'), [signatureTag.replace('.sig', '.att')]);
    const now = await state();
    expect(now.artifacts.map((row) => row.accessory_type)).toEqual([
      null,
      'subject.accessory',
      'signature.notation',
      'signature.cosign',
      'sbom.harbor',
      'accelerator.nydus',
      'accelerator.nydus',
      'subject.accessory',
      'subject.accessory',
      'subject.accessory',
      'subject.accessory',
      'signature.cosign',
      null,
    ]);
    expect(now.repository).toEqual({ listed_count: 2 });
    // Back to what that version had, then forward again.
    await db.tx(async (tx) => {
      for (const name of [
        'artifact_accessory',
        'artifact_project',
        'artifact_latest_config_media_type',
        'artifact_latest_artifact_type',
      ])
        await tx.schema.dropIndex(name).execute();
      await tx.updateTable('artifact').set({ is_listed: 1 }).where('subject_digest', 'is', null).execute();
      await tx.updateTable('repository').set({ listed_count: 3 }).execute();
      await tx
        .updateTable('artifact')
        .set({ artifact_type: null })
        .where('artifact_type', '=', OCI_CONFIG)
        .execute();
      for (const column of ['accessory_subject', 'accessory_type'])
        await tx.schema.alterTable('artifact').dropColumn(column).execute();
      await addAccessories(tx as unknown as Kysely<unknown>);
    });
    expect(await state()).toEqual(now);
  });

  test('of a page are read in one look for each artifact, and are bounded where there are many', async () => {
    await push(app.manifest, ['v1']);
    const other = image('other');
    await push(other.manifest);
    for (let i = 0; i < 12; i++) await push(image(`accessory ${i}`, { subject }).manifest);
    await push(image('of other', { subject: descriptor(OCI_MANIFEST, other.manifest) }).manifest);
    const rows = await Promise.all(
      [app, other].map((each) => findArtifact(db.read, repositoryId, each.manifest.digest)),
    );
    const subjects = rows.flatMap((row) => (row ? [row] : []));
    const found = await selectAccessoriesOf(db.read, subjects);
    expect(found.filter((row) => row.subject_digest === app.manifest.digest)).toHaveLength(12);
    expect(found.filter((row) => row.subject_digest === other.manifest.digest)).toHaveLength(1);
    const many = await selectAccessoriesOf(
      db.read,
      Array.from({ length: 150 }, () => subjects[0]).flatMap((row) => (row ? [row] : [])),
    );
    expect(many).toHaveLength(150 * 10);
    expect(await selectAccessoriesOf(db.read, [])).toEqual([]);
    const [first] = subjects;
    if (!first) throw new Error('the artifact is not there');
    const page = await selectAccessories(db.read, first, { filters: [], sort: [], limit: 5, offset: 10 });
    expect(page).toMatchObject({ total: 12 });
    expect(page.items).toHaveLength(2);
  });
});
