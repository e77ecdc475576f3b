import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, content, descriptor, image, type Content } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addProject, API } from './people.ts';

/** Properties and headers of Harbor's definition that few things have: here is something that has all of them. */

let server: TestServer;
let child: Content;

/** All that a project may say today. */
const METADATA = {
  public: 'true',
  enable_content_trust: 'false',
  enable_content_trust_cosign: 'false',
  prevent_vul: 'false',
  severity: 'low',
  auto_scan: 'false',
  auto_sbom_generation: 'false',
  reuse_sys_cve_allowlist: 'true',
  proxy_speed_kb: '-1',
  max_upstream_conn: '-1',
  proxy_cache_local_on_not_found: 'false',
  proxy_referrer_api: 'false',
};
const PLATFORM = {
  architecture: 'arm64',
  os: 'windows',
  'os.version': '10.0.20348.2113',
  'os.features': ['win32k'],
  variant: 'v8',
};

beforeAll(async () => {
  server = await makeServer();
  const project = await addProject(server, 'full', { isPublic: true });
  const set = await server.inject({
    method: 'PUT',
    url: `${API}/projects/full`,
    as: 'admin',
    payload: { metadata: METADATA },
  });
  expect(set.statusCode, set.body).toBe(200);
  const oci = client(server);
  const built = image('child');
  await oci.pushImage('full/app', built.manifest.digest, built);
  child = built.manifest;
  const one = descriptor(OCI_MANIFEST, child, {
    platform: PLATFORM,
    annotations: { 'org.example.port': 'Сплит' },
    urls: ['https://example.com/child'],
  });
  const index = content(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [one] }));
  for (const tag of ['latest', 'v1']) {
    const put = await server.inject({
      method: 'PUT',
      url: `/v2/full/app/manifests/${tag}`,
      as: 'admin',
      headers: { 'content-type': OCI_INDEX },
      payload: index.bytes,
    });
    expect(put.statusCode, put.body).toBe(201);
  }
  const other = image('other');
  await oci.pushImage('full/app', 'other', other);
  const label = { name: 'tested', description: 'by all', color: '#1D5C8A', scope: 'p', project_id: project };
  const made = await server.inject({ method: 'POST', url: `${API}/labels`, as: 'admin', payload: label });
  const id = Number(String(made.headers.location).split('/').at(-1));
  const url = `${API}/projects/full/repositories/app/artifacts/latest/labels`;
  expect((await server.inject({ method: 'POST', url, as: 'admin', payload: { id } })).statusCode).toBe(200);
});
afterAll(() => server.close());

interface Listed {
  readonly references: readonly object[] | null;
  readonly labels: readonly object[] | null;
}

const reference = {
  child_digest: expect.stringMatching(/^sha256:/) as string,
  platform: {
    architecture: 'arm64',
    os: 'windows',
    "'os.version'": '10.0.20348.2113',
    "'os.features'": ['win32k'],
    variant: 'v8',
  },
  annotations: { 'org.example.port': 'Сплит' },
  urls: ['https://example.com/child'],
};

describe('an index and its label', () => {
  it.each([
    '/projects/full/repositories/app/artifacts?with_label=true&q=tags%3Dlatest',
    '/projects/full/artifacts?with_label=true&q=tags%3Dlatest',
  ])('are listed with all that the contract has: %s', async (path) => {
    const reply = await server.inject({ url: `${API}${path}`, as: 'admin' });
    const [found] = reply.json<Listed[]>();
    expect(found?.references, reply.body).toMatchObject([reference]);
    expect(found?.labels).toMatchObject([{ name: 'tested', description: 'by all', scope: 'p' }]);
  });

  it('are shown so alone, too', async () => {
    const url = `${API}/projects/full/repositories/app/artifacts/latest?with_label=true`;
    const reply = await server.inject({ url, as: 'admin' });
    expect(reply.json()).toMatchObject({ references: [reference], labels: [{ name: 'tested' }] });
  });
});

describe('a list with more than one page', () => {
  it.each([
    '/projects/full/repositories/app/artifacts',
    '/projects/full/repositories/app/artifacts/latest/tags',
    '/projects/full/artifacts',
    '/projects/full/auditlog-exts',
    '/auditlog-exts',
  ])('links to the next one: %s', async (path) => {
    const reply = await server.inject({ url: `${API}${path}?page_size=1`, as: 'admin' });
    expect(reply.statusCode, reply.body).toBe(200);
    expect(reply.headers.link).toBe(`<${API}${path}?page=2&page_size=1>; rel="next"`);
    expect(Number(reply.headers['x-total-count'])).toBeGreaterThan(1);
  });
});

describe('a search', () => {
  it('shows projects and repositories with all that the contract has', async () => {
    const reply = await server.inject({ url: `${API}/search?q=full`, as: 'admin' });
    expect(reply.json()).toMatchObject({
      project: [
        {
          project_id: expect.any(Number) as number,
          name: 'full',
          owner_name: 'admin',
          deleted: false,
          repo_count: 1,
          metadata: METADATA,
        },
      ],
      repository: [
        {
          project_name: 'full',
          project_public: true,
          repository_name: 'full/app',
          pull_count: 0,
          artifact_count: expect.any(Number) as number,
        },
      ],
    });
  });
});
