import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_CONFIG, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, content, descriptor, image, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addProject, API } from './people.ts';

let server: TestServer;
let oci: OciClient;

const PROJECT = `${API}/projects/web`;
const at = (repository: string): string => `${PROJECT}/repositories/${repository}/artifacts`;
const get = (url: string) => server.inject({ url, as: 'admin' });
const app = image('app');

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  await addProject(server, 'web');
});
afterAll(() => server.close());

/** Puts so many more accessories of the artifact there, as rows alone. */
async function addMany(repository: string, digest: string, count: number): Promise<void> {
  const { db } = server.context;
  const { id, ...row } = await db.read
    .selectFrom('artifact')
    .innerJoin('repository', 'repository.id', 'artifact.repository_id')
    .selectAll('artifact')
    .where('repository.name', '=', repository)
    .where('artifact.digest', '=', digest)
    .executeTakeFirstOrThrow();
  const marks = { accessory_subject: digest, accessory_type: 'subject.accessory', is_listed: 0 as const };
  const rows = Array.from({ length: count }, (_, i) => ({
    ...row,
    ...marks,
    tag_count: 0,
    subject_digest: digest,
    digest: content(`${id} ${i}`).digest,
  }));
  await db.tx(async (tx) => {
    for (let i = 0; i < count; i += 200)
      await tx
        .insertInto('artifact')
        .values(rows.slice(i, i + 200))
        .execute();
  });
}

describe('artifacts to which very much belongs', () => {
  it('are deleted by the protocol alone, and copied not at all', async () => {
    await oci.pushImage('web/crowd', 'v1', app);
    await addMany('crowd', app.manifest.digest, 1_201);
    const refused = await server.inject({ method: 'DELETE', url: `${at('crowd')}/v1`, as: 'admin' });
    expect(refused.statusCode).toBe(412);
    expect(refused.body).toContain('over 1000 artifacts belong to');
    const from = encodeURIComponent('web/crowd:v1');
    const copied = await server.inject({ method: 'POST', url: `${at('copied')}?from=${from}`, as: 'admin' });
    expect(copied.statusCode).toBe(400);
    expect(copied.body).toContain('over 1000 parts');
    expect((await oci.delete(`/v2/web/crowd/manifests/${app.manifest.digest}`)).statusCode).toBe(202);
    expect((await get(`${at('crowd')}?page_size=1`)).headers['x-total-count']).toBe('1201');
  });
});

describe('artifacts that bring much', () => {
  const long = 'x'.repeat(70_000);

  it('are listed without their annotations, and have them when they are asked for', async () => {
    const annotated = image('annotated', { annotations: { long } });
    await oci.pushImage('web/long', 'v1', annotated);
    const one = `${PROJECT}/repositories/long/artifacts`;
    const [listed] = (await get(`${one}?q=tags=v1`)).json<{ annotations: object; type: string }[]>();
    expect([listed?.annotations, listed?.type]).toEqual([{}, 'IMAGE']);
    expect((await get(`${one}/v1`)).json()).toMatchObject({ annotations: { long } });
  });

  it('keep of their config what is short', async () => {
    const config = content(JSON.stringify({ config: { Labels: { long } }, os: 'linux', author: 'ann' }));
    await oci.pushBlob('web/long', config);
    const manifest = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: descriptor(OCI_CONFIG, config),
        layers: [],
      }),
    );
    expect((await oci.putManifest('web/long', 'config', manifest)).statusCode).toBe(201);
    const shown = (await get(`${PROJECT}/repositories/long/artifacts/config`)).json<{
      extra_attrs: object;
    }>();
    expect(shown.extra_attrs).toEqual({ os: 'linux', author: 'ann' });
  });
});
