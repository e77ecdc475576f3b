import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, content, descriptor, image, index, LAYER, type OciClient } from '#test/support/oci.ts';
import { makeServer, type Credentials, type TestServer } from '#test/support/server.ts';

const API = '/api/v2.0';
let server: TestServer;
let oci: OciClient;

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  for (const [project_name, allow_sparse] of [
    ['sparse', 'true'],
    ['whole', 'false'],
    ['plain', null],
  ] as const) {
    const payload = { project_name, metadata: { allow_sparse } };
    const reply = await server.inject({ method: 'POST', url: `${API}/projects`, as: 'admin', payload });
    expect(reply.statusCode, reply.body).toBe(201);
  }
});
afterAll(() => server.close());

const artifactUrl = (name: string, reference: string): string => {
  const [project, repository] = name.split('/');
  return `${API}/projects/${project}/repositories/${repository}/artifacts/${reference}`;
};

const allowSparse = (project: string, allow_sparse: string) =>
  server.inject({
    method: 'PUT',
    url: `${API}/projects/${project}`,
    as: 'admin',
    payload: { metadata: { allow_sparse } },
  });

describe('a sparse image', () => {
  it('is refused where the project does not allow it, naming each missing blob', async () => {
    const pushed = image('refused');
    for (const project of ['plain', 'whole']) {
      const reply = await oci.putManifest(`${project}/app`, 'v1', pushed.manifest);
      expect(reply.statusCode).toBe(400);
      expect(reply.json<{ errors: { code: string; detail: unknown }[] }>().errors).toMatchObject([
        { code: 'MANIFEST_BLOB_UNKNOWN', detail: { digest: pushed.config.digest } },
        { code: 'MANIFEST_BLOB_UNKNOWN', detail: { digest: pushed.layers[0]?.digest } },
      ]);
    }
  });

  it('is taken where the project allows it, and answered as it was pushed', async () => {
    const pushed = image('taken');
    expect((await oci.putManifest('sparse/taken', 'v1', pushed.manifest)).statusCode).toBe(201);
    for (const reference of ['v1', pushed.manifest.digest]) {
      const reply = await oci.get(`/v2/sparse/taken/manifests/${reference}`);
      expect(reply.statusCode).toBe(200);
      expect(reply.rawPayload.equals(pushed.manifest.bytes)).toBe(true);
    }
    expect((await oci.get(`/v2/sparse/taken/blobs/${pushed.config.digest}`)).statusCode).toBe(404);
  });

  it('may lack only some of its blobs', async () => {
    const pushed = image('half');
    await oci.pushBlob('sparse/half', pushed.config);
    expect((await oci.putManifest('sparse/half', 'v1', pushed.manifest)).statusCode).toBe(201);
    const artifact = await oci.get(artifactUrl('sparse/half', 'v1'));
    expect(artifact.json()).toMatchObject({ extra_attrs: { architecture: 'amd64' } });
  });

  it('is refused all the same where a blob that is here has another size than it says', async () => {
    const layer = content('a layer of some bytes');
    const config = content('{"missing":true}');
    await oci.pushBlob('sparse/size', layer);
    const manifest = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: descriptor(OCI_CONFIG, config),
        layers: [{ ...descriptor(LAYER, layer), size: 3 }],
      }),
    );
    const reply = await oci.putManifest('sparse/size', 'v1', manifest);
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ errors: [{ code: 'MANIFEST_INVALID' }] });
  });

  it('obeys a change of the project at once, and stays when it is forbidden again', async () => {
    const [first, second] = [image('first of the switch'), image('second of the switch')];
    const push = async (pushed: typeof first) =>
      (await oci.putManifest('whole/switch', 'v1', pushed.manifest)).statusCode;
    expect(await push(first)).toBe(400);
    expect((await allowSparse('whole', 'true')).statusCode).toBe(200);
    expect(await push(first)).toBe(201);
    expect((await allowSparse('whole', 'false')).statusCode).toBe(200);
    expect(await push(second)).toBe(400);
    expect((await oci.get('/v2/whole/switch/manifests/v1')).statusCode).toBe(200);
  });

  it('is shown by its page, lists and tags, counted as its manifest says', async () => {
    const pushed = image('shown');
    await oci.putManifest('sparse/shown', 'v1', pushed.manifest);
    const size = [pushed.manifest, pushed.config, ...pushed.layers].reduce(
      (sum, { bytes }) => sum + bytes.length,
      0,
    );
    const artifact = await oci.get(artifactUrl('sparse/shown', 'v1'));
    expect(artifact.json()).toMatchObject({ digest: pushed.manifest.digest, type: 'IMAGE', size });
    const own = '/api/berth/v1/projects/sparse/repositories/shown/artifacts/v1';
    for (const url of [
      `${API}/projects/sparse/repositories/shown/artifacts?with_tag=true`,
      `${artifactUrl('sparse/shown', 'v1')}/tags`,
      `${own}/content`,
      `${own}/graph`,
      '/v2/sparse/shown/tags/list',
      `/v2/sparse/shown/referrers/${pushed.manifest.digest}`,
    ]) {
      const reply = await oci.get(url);
      expect(reply.statusCode, `${url} ${reply.body}`).toBe(200);
    }
  });

  it('takes the blobs that were missing later on, and shows its config then, in lists once it is pushed again', async () => {
    const pushed = image('completed');
    await oci.putManifest('sparse/completed', 'v1', pushed.manifest);
    for (const blob of [pushed.config, ...pushed.layers]) {
      expect((await oci.pushBlob('sparse/completed', blob)).statusCode).toBe(201);
      expect((await oci.get(`/v2/sparse/completed/blobs/${blob.digest}`)).statusCode).toBe(200);
    }
    const page = await oci.get('/api/berth/v1/projects/sparse/repositories/completed/artifacts/v1/content');
    expect(page.body).toContain('RUN make completed');
    const attributes = async () =>
      (await oci.get(artifactUrl('sparse/completed', 'v1'))).json<{ extra_attrs: object }>().extra_attrs;
    expect(await attributes()).toEqual({});
    expect((await oci.putManifest('sparse/completed', 'v1', pushed.manifest)).statusCode).toBe(201);
    expect(await attributes()).toMatchObject({ architecture: 'amd64', os: 'linux' });
  });

  it('is deleted as any other, by tag, by digest and with its repository', async () => {
    const [one, two] = [image('deleted one'), image('deleted two')];
    await oci.putManifest('sparse/deleted', 'v1', one.manifest);
    await oci.putManifest('sparse/deleted', 'v2', two.manifest);
    expect((await oci.delete('/v2/sparse/deleted/manifests/v1')).statusCode).toBe(202);
    expect((await oci.delete(`/v2/sparse/deleted/manifests/${one.manifest.digest}`)).statusCode).toBe(202);
    expect((await oci.delete(artifactUrl('sparse/deleted', 'v2'))).statusCode).toBe(200);
    await oci.putManifest('sparse/deleted', 'v3', two.manifest);
    expect((await oci.delete(`${API}/projects/sparse/repositories/deleted`)).statusCode).toBe(200);
  });

  it('counts no more bytes than a number holds, whatever it says of what is missing', async () => {
    const layers = Array.from({ length: 2_000 }, (_, i) => ({
      ...descriptor(LAYER, content(`huge ${i}`)),
      size: Number.MAX_SAFE_INTEGER,
    }));
    const manifest = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: descriptor(OCI_CONFIG, content('{}')),
        layers,
      }),
    );
    expect((await oci.putManifest('sparse/huge', 'v1', manifest)).statusCode).toBe(201);
    const list = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: Array.from({ length: 3 }, () => descriptor(OCI_MANIFEST, manifest)),
      }),
    );
    expect((await oci.putManifest('sparse/huge', 'all', list, OCI_INDEX)).statusCode).toBe(201);
    const page = await oci.get(`${API}/projects/sparse/repositories/huge/artifacts?q=base%3D*`);
    expect(page.statusCode, page.body).toBe(200);
    expect(page.json<{ size: number }[]>().map(({ size }) => size)).toEqual([
      Number.MAX_SAFE_INTEGER,
      Number.MAX_SAFE_INTEGER,
    ]);
  });
});

describe('a config that another project holds', () => {
  it('is shown to nobody who only names its digest', async () => {
    const secret = image('secret');
    await server.inject({
      method: 'POST',
      url: `${API}/projects`,
      as: 'admin',
      payload: { project_name: 'secret' },
    });
    await oci.pushImage('secret/app', 'v1', secret);
    const spy: Credentials = { username: 'spy', password: 'Spy-Pass-123' };
    const account = { ...spy, email: 'spy@example.test', realname: 'spy' };
    await server.inject({ method: 'POST', url: `${API}/users`, as: 'admin', payload: account });
    await server.inject({
      method: 'POST',
      url: `${API}/projects`,
      as: spy,
      payload: { project_name: 'spying', metadata: { allow_sparse: 'true' } },
    });
    const own = client(server, spy);
    expect((await own.putManifest('spying/app', 'v1', secret.manifest)).statusCode).toBe(201);
    for (const url of [
      artifactUrl('spying/app', 'v1'),
      '/api/berth/v1/projects/spying/repositories/app/artifacts/v1/content',
    ]) {
      const reply = await own.get(url);
      expect(reply.statusCode, url).toBe(200);
      expect(reply.body, url).not.toContain('RUN make secret');
      expect(reply.body, url).not.toContain('amd64');
    }
    expect((await own.get(`/v2/spying/app/blobs/${secret.config.digest}`)).statusCode).toBe(404);
  });
});

describe('a sparse index', () => {
  it('is taken everywhere: children may always be missing', async () => {
    const missing = image('never pushed');
    const list = index([missing]);
    expect((await oci.putManifest('plain/index', 'v1', list, OCI_INDEX)).statusCode).toBe(201);
    const reply = await oci.get('/v2/plain/index/manifests/v1');
    expect(reply.rawPayload.equals(list.bytes)).toBe(true);
    expect((await oci.get(artifactUrl('plain/index', 'v1'))).statusCode).toBe(200);
    expect((await oci.delete(`/v2/plain/index/manifests/${list.digest}`)).statusCode).toBe(202);
  });
});
