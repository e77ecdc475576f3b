import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELM_CHART, HELM_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import {
  client,
  content,
  descriptor,
  image,
  index,
  type Content,
  type OciClient,
} from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { makeTar, type TarEntry } from '#test/support/tar.ts';
import { addMember, addProject, addUser, API, expectCase, type Case, type Person } from './people.ts';

let server: TestServer;
let oci: OciClient;
let guest: Person;
let stranger: Person;

const PROJECT = `${API}/projects/web`;
const additionsAt = (repository: string, reference: string): string =>
  `${PROJECT}/repositories/${encodeURIComponent(encodeURIComponent(repository))}/artifacts/${reference}/additions`;
const read = (repository: string, reference: string, name: string, as: 'admin' | Person = 'admin') =>
  server.inject({ url: `${additionsAt(repository, reference)}/${name}`, as });

interface Parts {
  readonly configType: string;
  readonly config?: unknown;
  readonly layers: readonly {
    readonly type: string;
    readonly bytes: Buffer;
    readonly annotations?: object;
  }[];
}

/** Pushes an artifact of these parts to `web/REPOSITORY:v1` and resolves to its manifest. */
async function push(repository: string, parts: Parts): Promise<Content> {
  const config = content(JSON.stringify(parts.config ?? {}));
  const blobs = parts.layers.map((layer) => content(layer.bytes));
  for (const blob of [config, ...blobs])
    expect((await oci.pushBlob(`web/${repository}`, blob)).statusCode).toBe(201);
  const layers = parts.layers.map(({ type, annotations }, i) =>
    descriptor(type, blobs[i] ?? config, annotations ? { annotations } : {}),
  );
  const manifest = content(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptor(parts.configType, config),
      layers,
    }),
  );
  const reply = await oci.putManifest(`web/${repository}`, 'v1', manifest);
  expect(reply.statusCode, reply.body).toBe(201);
  return manifest;
}

const chart = (entries: readonly TarEntry[], meta: object = { name: 'web', apiVersion: 'v2' }): Parts => ({
  configType: HELM_CONFIG,
  config: meta,
  layers: [{ type: HELM_CHART, bytes: gzipSync(makeTar(entries)) }],
});

const CHART = `apiVersion: v2
name: web
version: 1.0.0
dependencies:
  - name: postgresql
    version: ~16.0
    repository: oci://example.com/charts
    condition: postgresql.enabled
    tags: [db, 7]
    alias: db
  - name: local
`;
const FILES: readonly TarEntry[] = [
  // Those of charts inside it come first: they must not be taken for its own.
  { name: 'web/charts/db/values.yaml', content: 'inner: true\n' },
  { name: 'web/templates/values.yaml', content: 'deeper: true\n' },
  { name: 'web/Chart.yaml', content: CHART },
  { name: 'web/values.yaml', content: 'replicas: 2 # två\n' },
  { name: 'web/README.md', content: '# Web <b>é</b>\n' },
];
const pictured = image('pictured');

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  await addProject(server, 'web');
  guest = await addUser(server, 'gil');
  stranger = await addUser(server, 'sam');
  await addMember(server, 'web', { username: 'gil', role: 'limitedGuest' });
  await oci.pushImage('web/team/app', 'v1', pictured);
  await oci.putManifest('web/team/app', 'multi', index([pictured]), OCI_INDEX);
  await push('charts/web', chart(FILES));
});
afterAll(() => server.close());

describe('the additions of an image', () => {
  it('are its build history, as the specification names its parts', async () => {
    const reply = await read('team/app', 'v1', 'build_history', guest);
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(reply.headers['x-content-type-options']).toBe('nosniff');
    expect(reply.json()).toEqual([
      { created_by: 'RUN make pictured' },
      { created_by: 'ENV A=1', empty_layer: true },
    ]);
  });

  it('are found whatever case they are written in', async () => {
    expect((await read('team/app', 'v1', 'BUILD_History')).statusCode).toBe(200);
    expect((await read('charts/web', 'v1', 'VALUES.YAML')).body).toBe('replicas: 2 # två\n');
  });

  it('are told with a link each, the slashes of the repository encoded twice', async () => {
    const { addition_links: links } = (
      await server.inject({ url: additionsAt('charts/web', 'v1').replace('/additions', ''), as: 'admin' })
    ).json<{ addition_links: Record<string, { href: string; absolute: boolean }> }>();
    expect(Object.keys(links)).toEqual(['values.yaml', 'readme.md', 'dependencies']);
    expect(links['readme.md']).toMatchObject({ absolute: false });
    expect(links['readme.md']?.href).toMatch(
      /^\/api\/v2\.0\/projects\/web\/repositories\/charts%252Fweb\/artifacts\/sha256:[0-9a-f]{64}\/additions\/readme\.md$/,
    );
    const followed = await server.inject({ url: links['readme.md']?.href ?? '', as: 'admin' });
    expect(followed.body).toBe('# Web <b>é</b>\n');
  });

  it('leave out of a history what is none', async () => {
    const history = [{ created_by: 'RUN x', extra: 1, comment: 5, author: 'ann' }, null, 'x'];
    await push('odd', {
      configType: 'application/vnd.oci.image.config.v1+json',
      config: { history },
      layers: [],
    });
    expect((await read('odd', 'v1', 'build_history')).json()).toEqual([
      { created_by: 'RUN x', author: 'ann' },
    ]);
    await push('none', { configType: 'application/vnd.oci.image.config.v1+json', config: [], layers: [] });
    expect((await read('none', 'v1', 'build_history')).json()).toEqual([]);
  });
});

describe('the additions of a chart', () => {
  it('are its values and its readme, not those of a chart inside it', async () => {
    const values = await read('charts/web', 'v1', 'values.yaml', guest);
    expect(values.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(values.body).toBe('replicas: 2 # två\n');
    const readme = await read('charts/web', 'v1', 'readme.md');
    expect(readme.headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(readme.body).toBe('# Web <b>é</b>\n');
  });

  it('are what it depends on, of Chart.yaml', async () => {
    const reply = await read('charts/web', 'v1', 'dependencies');
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(reply.json()).toEqual([
      {
        name: 'postgresql',
        version: '~16.0',
        repository: 'oci://example.com/charts',
        condition: 'postgresql.enabled',
        tags: ['db', '7'],
        alias: 'db',
      },
      { name: 'local', repository: '' },
    ]);
  });

  it('are of requirements.yaml in a chart of version v1', async () => {
    await push(
      'charts/old',
      chart([
        { name: 'old/Chart.yaml', content: 'apiVersion: v1\nname: old\ndependencies: [{name: wrong}]\n' },
        { name: 'old/requirements.yaml', content: 'dependencies:\n- name: right\n  version: 1\n' },
      ]),
    );
    expect((await read('charts/old', 'v1', 'dependencies')).json()).toEqual([
      { name: 'right', version: '1', repository: '' },
    ]);
  });

  it('are empty where the chart has no such file', async () => {
    await push('charts/bare', chart([{ name: 'bare/Chart.yaml', content: 'apiVersion: v2\nname: bare\n' }]));
    expect((await read('charts/bare', 'v1', 'readme.md')).body).toBe('');
    expect((await read('charts/bare', 'v1', 'dependencies')).json()).toEqual([]);
  });

  it.each<[string, Buffer, string]>([
    ['no gzip', Buffer.from('not packed at all'), 'values.yaml'],
    ['cut short', gzipSync(makeTar(FILES)).subarray(0, 200), 'values.yaml'],
    ['no archive', gzipSync(Buffer.alloc(600, 'x')), 'values.yaml'],
    [
      'a bomb of many bytes',
      gzipSync(
        Buffer.concat([makeTar([{ name: 'web/x', sizeBytes: 0o7777777777 }]), Buffer.alloc(110 << 20)]),
      ),
      'values.yaml',
    ],
    [
      'a bomb of many entries',
      gzipSync(makeTar(Array.from({ length: 20_001 }, () => ({ name: 'web/x' })))),
      'values.yaml',
    ],
    [
      'a file too large',
      gzipSync(makeTar([{ name: 'web/values.yaml', content: 'x'.repeat(6 << 20) }])),
      'values.yaml',
    ],
    ['no YAML', gzipSync(makeTar([{ name: 'web/Chart.yaml', content: 'a: [1\n: b' }])), 'dependencies'],
    [
      'a bomb of aliases',
      gzipSync(
        makeTar([
          {
            name: 'web/Chart.yaml',
            content: `apiVersion: v2\na0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 9 }, () => `*a${i}`).join(',')}]`).join('\n')}\n`,
          },
        ]),
      ),
      'dependencies',
    ],
    [
      'YAML too large',
      gzipSync(makeTar([{ name: 'web/Chart.yaml', content: '#'.repeat(300_000) }])),
      'dependencies',
    ],
  ])('are refused in a sentence where the archive is %s', async (what, bytes, name) => {
    const repository = `hostile/${what.replaceAll(' ', '-').toLowerCase()}`;
    await push(repository, { ...chart([]), layers: [{ type: HELM_CHART, bytes }] });
    const reply = await read(repository, 'v1', name);
    expect(reply.statusCode, reply.body.slice(0, 300)).toBe(422);
    expect(reply.json<{ errors: { message: string }[] }>().errors[0]?.message).toMatch(/archive|chart/);
  });

  it('take a name for a name, not for a path', async () => {
    await push(
      'charts/sly',
      chart([
        { name: '../values.yaml', content: 'one up' },
        { name: '/values.yaml', content: 'root' },
        { name: 'web/values.yaml', type: '2' },
        { name: 'web/../values.yaml', content: 'folded' },
        { name: './web/values.yaml', content: 'honest' },
      ]),
    );
    expect((await read('charts/sly', 'v1', 'values.yaml')).body).toBe('one up');
  });
});

describe('the additions of other kinds', () => {
  const MODEL = 'application/vnd.cncf.model';
  const file = (path: string, type: string, bytes: Buffer) => ({
    type,
    bytes,
    annotations: { 'org.cncf.model.filepath': path },
  });

  it('are the documents and the files of a model', async () => {
    await push('models/m', {
      configType: `${MODEL}.config.v1+json`,
      config: { descriptor: { name: 'm' } },
      layers: [
        file('weights/a.safetensors', `${MODEL}.weight.v1.raw`, Buffer.alloc(10)),
        file('README.md', `${MODEL}.doc.v1.tar`, makeTar([{ name: 'README.md', content: '# Model' }])),
        file('LICENSE', `${MODEL}.doc.v1.raw`, Buffer.from('free')),
        file('weights/b/c', `${MODEL}.weight.v1.raw`, Buffer.alloc(3)),
      ],
    });
    const shown = await server.inject({
      url: additionsAt('models/m', 'v1').replace('/additions', ''),
      as: 'admin',
    });
    expect(shown.json()).toMatchObject({ type: 'CNAI', extra_attrs: { descriptor: { name: 'm' } } });
    expect((await read('models/m', 'v1', 'readme.md')).body).toBe('# Model');
    expect((await read('models/m', 'v1', 'license')).body).toBe('free');
    expect((await read('models/m', 'v1', 'files')).json()).toEqual([
      {
        name: 'weights',
        type: 'directory',
        children: [
          { name: 'b', type: 'directory', children: [{ name: 'c', type: 'file', size: 3 }] },
          { name: 'a.safetensors', type: 'file', size: 10 },
        ],
      },
      { name: 'LICENSE', type: 'file', size: 4 },
      { name: 'README.md', type: 'file', size: expect.any(Number) },
    ]);
  });

  it('are the document of an SBOM', async () => {
    const type = 'application/vnd.goharbor.harbor.sbom.v1';
    const manifest = await push('sboms', {
      configType: type,
      layers: [{ type, bytes: Buffer.from('{"spdxVersion":"SPDX-2.3"}') }],
    });
    const reply = await read('sboms', manifest.digest, 'sbom');
    expect(reply.headers['content-type']).toBe(type);
    expect(reply.body).toBe('{"spdxVersion":"SPDX-2.3"}');
  });
});

describe('additions of what is not here', () => {
  it('say which blob is missing of a sparse image, and tell nothing of another project', async () => {
    await addProject(server, 'sparse');
    const allow = await server.inject({
      method: 'PUT',
      url: `${API}/projects/sparse`,
      as: 'admin',
      payload: { metadata: { allow_sparse: 'true' } },
    });
    expect(allow.statusCode, allow.body).toBe(200);
    // Its config lies in another project, and was never pushed to this one.
    expect((await oci.putManifest('sparse/app', 'v1', pictured.manifest)).statusCode).toBe(201);
    const url = `${API}/projects/sparse/repositories/app/artifacts/v1/additions/build_history`;
    await expectCase(server, {
      says: 'sparse',
      request: { url, as: 'admin' },
      status: 404,
      code: 'NOT_FOUND',
      message: /sha256:[0-9a-f]{64}, which holds it, is not in this repository/,
    });
  });
});

const cases: readonly Case[] = [
  {
    says: 'an addition that an image has not',
    request: { url: `${additionsAt('team/app', 'v1')}/values.yaml`, as: 'admin' },
    status: 400,
    code: 'BAD_REQUEST',
    message: /IMAGE.*build_history/,
  },
  {
    says: 'any addition of an index',
    request: { url: `${additionsAt('team/app', 'multi')}/build_history`, as: 'admin' },
    status: 400,
  },
  {
    says: 'a name that there is not',
    request: { url: `${additionsAt('team/app', 'v1')}/boats`, as: 'admin' },
    status: 422,
    code: 'UNPROCESSABLE_ENTITY',
  },
  {
    says: 'an addition of no artifact',
    request: { url: `${additionsAt('team/app', 'none')}/build_history`, as: 'admin' },
    status: 404,
  },
  {
    says: 'anonymous callers',
    request: { url: `${additionsAt('team/app', 'v1')}/build_history` },
    status: 401,
  },
  {
    says: 'strangers',
    request: {
      url: `${additionsAt('team/app', 'v1')}/build_history`,
      get as() {
        return stranger;
      },
    },
    status: 403,
  },
];

describe('refusals', () => {
  it.each(cases.map((one) => [one.says, one] as const))('%s', (_says, one) => expectCase(server, one));
});
