import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, content, descriptor, image, index, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, OWN, type Case, type Person } from './people.ts';

let server: TestServer;
let oci: OciClient;
let guest: Person;
let stranger: Person;
const app = image('app');
const amd = image('amd');
const arm = image('arm');
const multi = index([amd, arm]);

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  await addProject(server, 'web');
  guest = await addUser(server, 'gil');
  stranger = await addUser(server, 'sam');
  await addMember(server, 'web', { username: 'gil', role: 'guest' });
  await oci.pushImage('web/team/app', 'v1', app);
  await oci.putManifest('web/team/app', 'latest', app.manifest);
  for (const child of [amd, arm]) await oci.pushImage('web/multi', child.manifest.digest, child);
  await oci.putManifest('web/multi', 'v1', multi, OCI_INDEX);
});
afterAll(() => server.close());

const PROJECT = `${API}/projects/web`;
// Encoded twice, as Harbor's clients do.
const APP = `${PROJECT}/repositories/team%252Fapp`;
const MULTI = `${PROJECT}/repositories/multi`;
const get = (url: string, as: 'admin' | Person = 'admin') => server.inject({ url, as });

describe('repositories', () => {
  it('are listed with what is in them', async () => {
    const reply = await get(`${PROJECT}/repositories?sort=name`, guest);
    expect(reply.headers['x-total-count']).toBe('2');
    expect(reply.json()).toMatchObject([
      { name: 'web/multi', artifact_count: 1 },
      {
        name: 'web/team/app',
        artifact_count: 1,
        project_id: expect.any(Number),
        description: '',
        pull_count: 0,
      },
    ]);
    expect((await get(`${PROJECT}/repositories?q=name=~team`)).json()).toHaveLength(1);
    expect((await get(`${PROJECT}/repositories?page_size=1&page=2`)).headers['link']).toContain('rel="prev"');
  });

  it('are found by a name encoded twice or once', async () => {
    expect((await get(APP)).json()).toMatchObject({ name: 'web/team/app' });
    expect((await get(`${PROJECT}/repositories/team%2Fapp`)).json()).toMatchObject({ name: 'web/team/app' });
  });
});

describe('artifacts', () => {
  it('are shown as Harbor shows them', async () => {
    const [artifact] = (await get(`${APP}/artifacts`, guest)).json<Record<string, unknown>[]>();
    expect(artifact).toMatchObject({
      type: 'IMAGE',
      digest: app.manifest.digest,
      media_type: OCI_CONFIG,
      manifest_media_type: OCI_MANIFEST,
      repository_name: 'web/team/app',
      size: app.manifest.bytes.length + app.config.bytes.length + (app.layers[0]?.bytes.length ?? 0),
      pull_time: '0001-01-01T00:00:00.000Z',
      extra_attrs: { architecture: 'amd64', os: 'linux', author: '' },
    });
    const tags = artifact?.['tags'] as { name: string }[] | undefined;
    expect(tags?.map((tag) => tag.name).toSorted()).toEqual(['latest', 'v1']);
    const [bare] = (await get(`${APP}/artifacts?with_tag=false`)).json<Record<string, unknown>[]>();
    // Null, as Harbor writes a list that is empty or that nobody asked for.
    expect(bare).toMatchObject({ tags: null, labels: null, accessories: null, references: null });
  });

  it('list an index, and its children only when asked', async () => {
    const list = async (query = '') =>
      (await get(`${MULTI}/artifacts${query}`)).json<
        { digest: string; references?: unknown[]; size: number }[]
      >();
    const [shown, ...others] = await list();
    expect(others).toEqual([]);
    expect(shown?.references).toMatchObject([
      { child_digest: amd.manifest.digest, platform: { architecture: 'amd64', os: 'linux' } },
      { child_digest: arm.manifest.digest, platform: { architecture: 'arm64', os: 'linux' } },
    ]);
    expect(shown?.size).toBeGreaterThan(amd.manifest.bytes.length + arm.manifest.bytes.length);
    expect(await list('?q=base=*')).toHaveLength(3);
  });

  it.each([
    ['tags=v1', 1],
    ['tags=~late', 1],
    ['tags=none', 0],
    ['tags=*', 1],
    ['tags=nil', 0],
    ['type=IMAGE', 1],
    ['type=CHART', 0],
  ])('can be filtered by %s', async (q, count) => {
    expect((await get(`${APP}/artifacts?q=${encodeURIComponent(q)}`)).json()).toHaveLength(count);
  });

  it('that refer to another are not listed by themselves', async () => {
    const signature = image('signature', {
      artifactType: 'text/signature',
      subject: descriptor(OCI_MANIFEST, app.manifest),
    });
    await oci.pushImage('web/team/app', signature.manifest.digest, signature);
    expect((await get(`${APP}/artifacts`)).json()).toHaveLength(1);
    await oci.delete(`/v2/web/team/app/manifests/${signature.manifest.digest}`);
  });

  it('tell what they are made of', async () => {
    const reply = await get(`${OWN}/projects/web/repositories/team%252Fapp/artifacts/v1/content`, guest);
    expect(reply.json()).toMatchObject({
      digest: app.manifest.digest,
      platforms: [],
      config: {
        digest: app.config.digest,
        architecture: 'amd64',
        os: 'linux',
        created: '2026-01-02T03:04:05Z',
      },
      layers: [{ digest: app.layers[0]?.digest }],
      history: [
        { created_by: 'RUN make app', empty_layer: false, layer_digest: app.layers[0]?.digest },
        { created_by: 'ENV A=1', empty_layer: true },
      ],
    });
    const parts = await get(`${OWN}/projects/web/repositories/multi/artifacts/v1/content`);
    expect(parts.json()).toMatchObject({
      config: null,
      layers: [],
      platforms: [{ architecture: 'amd64', stored: true }, { architecture: 'arm64' }],
    });
  });

  it('survive a config that is no JSON, huge or strange', async () => {
    for (const [i, text] of [
      'not json',
      '[]',
      '{"history":"x","config":5}',
      '{"history":[null,{"created_by":7}]}',
    ].entries()) {
      const config = content(text);
      const layer = content('strange layer');
      for (const blob of [config, layer]) await oci.pushBlob('web/strange', blob);
      const manifest = content(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: OCI_MANIFEST,
          config: descriptor(OCI_CONFIG, config),
          layers: [descriptor('x', layer)],
        }),
      );
      expect((await oci.putManifest('web/strange', `s${i}`, manifest)).statusCode).toBe(201);
      expect((await get(`${OWN}/projects/web/repositories/strange/artifacts/s${i}/content`)).statusCode).toBe(
        200,
      );
    }
  });
});

describe('tags', () => {
  it('are listed, made and taken away', async () => {
    const tags = `${APP}/artifacts/v1/tags`;
    expect((await get(tags, guest)).json()).toMatchObject([
      { name: 'latest', immutable: false },
      { name: 'v1' },
    ]);
    const made = await server.inject({ method: 'POST', url: tags, as: 'admin', payload: { name: 'v1.0' } });
    expect(made.statusCode).toBe(201);
    expect((await oci.head('/v2/web/team/app/manifests/v1.0')).statusCode).toBe(200);
    expect((await server.inject({ method: 'DELETE', url: `${tags}/v1.0`, as: 'admin' })).statusCode).toBe(
      200,
    );
    expect((await oci.head('/v2/web/team/app/manifests/v1.0')).statusCode).toBe(404);
  });
});

describe('a tag of another artifact', () => {
  it('is not taken away by the way of this one', async () => {
    const child = `${MULTI}/artifacts/${amd.manifest.digest}/tags`;
    const made = await server.inject({ method: 'POST', url: child, as: 'admin', payload: { name: 'amd' } });
    expect(made.statusCode).toBe(201);
    const wrong = await server.inject({
      method: 'DELETE',
      url: `${MULTI}/artifacts/v1/tags/amd`,
      as: 'admin',
    });
    expect(wrong.statusCode).toBe(404);
    expect((await oci.head('/v2/web/multi/manifests/amd')).statusCode).toBe(200);
    expect((await server.inject({ method: 'DELETE', url: `${child}/amd`, as: 'admin' })).statusCode).toBe(
      200,
    );
  });
});

const unknown = content('unknown').digest;
const paths: [string, TestMethod, string][] = [
  ['list repositories', 'GET', `${PROJECT}/repositories`],
  ['get a repository', 'GET', APP],
  ['delete a repository', 'DELETE', APP],
  ['list artifacts', 'GET', `${APP}/artifacts`],
  ['get an artifact', 'GET', `${APP}/artifacts/v1`],
  ['delete an artifact', 'DELETE', `${APP}/artifacts/v1`],
  ['list tags', 'GET', `${APP}/artifacts/v1/tags`],
  ['create a tag', 'POST', `${APP}/artifacts/v1/tags`],
  ['delete a tag', 'DELETE', `${APP}/artifacts/v1/tags/v1`],
];
type TestMethod = 'GET' | 'POST' | 'DELETE';

describe.each(paths)('refusals: to %s', (_what, method, url) => {
  const payload = method === 'POST' ? { payload: { name: 'new' } } : {};
  it('anonymous callers and strangers, and does not tell them what exists', async () => {
    expect((await server.inject({ method, url, ...payload })).statusCode).toBe(401);
    expect((await server.inject({ method, url, as: stranger, ...payload })).statusCode).toBe(403);
    const nowhere = url.replace('/web/', '/nowhere/');
    expect((await server.inject({ method, url: nowhere, as: stranger, ...payload })).statusCode).toBe(403);
    expect((await server.inject({ method, url: nowhere, as: 'admin', ...payload })).statusCode).toBe(404);
  });
});

const cases: readonly Case[] = [
  {
    says: 'a guest who deletes a repository',
    request: {
      method: 'DELETE',
      url: APP,
      get as() {
        return guest;
      },
    },
    status: 403,
    code: 'FORBIDDEN',
  },
  {
    says: 'a guest who deletes an artifact',
    request: {
      method: 'DELETE',
      url: `${APP}/artifacts/v1`,
      get as() {
        return guest;
      },
    },
    status: 403,
  },
  {
    says: 'a repository that is not there',
    request: { url: `${PROJECT}/repositories/none`, as: 'admin' },
    status: 404,
    code: 'NOT_FOUND',
  },
  {
    says: 'a repository name that cannot be decoded',
    request: { url: `${PROJECT}/repositories/a%25zz`, as: 'admin' },
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    says: 'deleting a repository by a name that cannot be decoded',
    request: { method: 'DELETE', url: `${PROJECT}/repositories/a%25zz`, as: 'admin' },
    status: 400,
  },
  {
    says: 'deleting a repository that is not there',
    request: { method: 'DELETE', url: `${PROJECT}/repositories/none`, as: 'admin' },
    status: 404,
  },
  {
    says: 'artifacts of no repository',
    request: { url: `${PROJECT}/repositories/none/artifacts`, as: 'admin' },
    status: 404,
  },
  {
    says: 'a query that cannot be read',
    request: { url: `${APP}/artifacts?q=tags`, as: 'admin' },
    status: 400,
  },
  {
    says: 'repositories by a query that cannot be read',
    request: { url: `${PROJECT}/repositories?q=name`, as: 'admin' },
    status: 400,
  },
  {
    says: 'tags by a query that cannot be read',
    request: { url: `${APP}/artifacts/v1/tags?q=name`, as: 'admin' },
    status: 400,
  },
  ...[
    'repositories',
    'repositories/team%252Fapp/artifacts',
    'repositories/team%252Fapp/artifacts/v1/tags',
  ].map((path): Case => ({
    says: `a page too large of ${path}`,
    request: { url: `${PROJECT}/${path}?page_size=101`, as: 'admin' },
    status: 422,
    code: 'UNPROCESSABLE_ENTITY',
  })),
  {
    says: 'an artifact that is not there',
    request: { url: `${APP}/artifacts/${unknown}`, as: 'admin' },
    status: 404,
  },
  {
    says: 'a malformed digest',
    request: { url: `${APP}/artifacts/sha256:short`, as: 'admin' },
    status: 400,
    code: 'DIGEST_INVALID',
  },
  {
    says: 'deleting an artifact that is not there',
    request: { method: 'DELETE', url: `${APP}/artifacts/none`, as: 'admin' },
    status: 404,
  },
  { says: 'tags of no artifact', request: { url: `${APP}/artifacts/none/tags`, as: 'admin' }, status: 404 },
  {
    says: 'a tag that is taken',
    request: { method: 'POST', url: `${APP}/artifacts/v1/tags`, as: 'admin', payload: { name: 'latest' } },
    status: 409,
    code: 'CONFLICT',
  },
  {
    says: 'a tag that is none',
    request: { method: 'POST', url: `${APP}/artifacts/v1/tags`, as: 'admin', payload: { name: '.x' } },
    status: 400,
  },
  {
    says: 'a tag on no artifact',
    request: { method: 'POST', url: `${APP}/artifacts/none/tags`, as: 'admin', payload: { name: 'x' } },
    status: 404,
  },
  {
    says: 'deleting a tag of no artifact',
    request: { method: 'DELETE', url: `${APP}/artifacts/none/tags/v1`, as: 'admin' },
    status: 404,
  },
  {
    says: 'deleting a tag that is elsewhere',
    request: { method: 'DELETE', url: `${MULTI}/artifacts/v1/tags/latest`, as: 'admin' },
    status: 404,
  },
  {
    says: 'deleting a child of an index',
    request: { method: 'DELETE', url: `${MULTI}/artifacts/${amd.manifest.digest}`, as: 'admin' },
    status: 412,
    code: 'VIOLATE_FOREIGN_KEY_CONSTRAINT',
  },
];

describe('refusals', () => {
  it.each(cases.map((one) => [one.says, one] as const))('%s', (_says, one) => expectCase(server, one));
});

describe('deleting', () => {
  it('an index takes its untagged children and what refers to it, but no child that is tagged', async () => {
    await oci.putManifest('web/multi', 'kept', arm.manifest);
    const sbom = image('sbom', { subject: descriptor(OCI_INDEX, multi) });
    await oci.pushImage('web/multi', sbom.manifest.digest, sbom);
    expect(
      (await server.inject({ method: 'DELETE', url: `${MULTI}/artifacts/v1`, as: 'admin' })).statusCode,
    ).toBe(200);
    for (const gone of [multi, amd.manifest, sbom.manifest])
      expect((await oci.head(`/v2/web/multi/manifests/${gone.digest}`)).statusCode).toBe(404);
    expect((await oci.head('/v2/web/multi/manifests/kept')).statusCode).toBe(200);
    expect((await get(MULTI)).json()).toMatchObject({ artifact_count: 1 });
  });

  it('a repository takes all that is in it, its open uploads too', async () => {
    const session = await oci.startUpload('web/gone');
    await oci.pushImage('web/gone', 'v1', image('gone'));
    expect(
      (await server.inject({ method: 'DELETE', url: `${PROJECT}/repositories/gone`, as: 'admin' }))
        .statusCode,
    ).toBe(200);
    expect((await oci.head('/v2/web/gone/manifests/v1')).statusCode).toBe(404);
    await server.idle();
    expect((await oci.get(session)).statusCode).toBe(404);
    const log = await get(`${API}/auditlog-exts?q=operation=delete,resource_type=repository`);
    expect(log.json()).toMatchObject([{ resource: 'web/gone', username: 'admin', operation_result: true }]);
  });
});
