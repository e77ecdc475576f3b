import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { digestOf } from '#server/lib/digest.ts';
import { iconDigestOf } from '#server/lib/icons.ts';
import { addMember, addProject, addUser, API, expectCase, OWN, type Case, type Person } from './people.ts';
import { pushImage } from './push.ts';

let server: TestServer;
let ann: Person;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
});
afterAll(() => server.close());

describe('GET /ping', () => {
  it('answers Pong as text', async () => {
    const reply = await server.inject({ url: `${API}/ping` });
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toBe('Pong');
    expect(reply.headers['content-type']).toMatch(/^text\/plain/);
  });
});

describe('GET /health', () => {
  it('names each component that exists, in order, and finds it healthy', async () => {
    const reply = await server.inject({ url: `${API}/health` });
    const { status, components } = reply.json<{
      status: string;
      components: { name: string; status: string }[];
    }>();
    expect(status).toBe('healthy');
    const names = components.map((component) => component.name);
    expect(names).toEqual(names.toSorted());
    expect(names).toEqual(expect.arrayContaining(['core', 'database', 'registry']));
    expect(components.every((component) => component.status === 'healthy')).toBe(true);
  });

  it('finds a closed database ill, still with 200', async () => {
    const broken = await makeServer();
    const { read } = broken.context.db;
    await broken.context.stop();
    await read.destroy();
    const reply = await broken.inject({ url: `${API}/health` });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toMatchObject({ status: 'unhealthy' });
    const { components } = reply.json<{ components: object[] }>();
    expect(components).toContainEqual({
      name: 'database',
      status: 'unhealthy',
      error: expect.stringContaining('database') as string,
    });
    await broken.app.close();
  });
});

describe('GET /systeminfo', () => {
  it('tells nobody only how to sign in', async () => {
    const reply = await server.inject({ url: `${API}/systeminfo` });
    expect(reply.json()).toEqual({
      auth_mode: 'db_auth',
      primary_auth_mode: false,
      self_registration: false,
      banner_message: '',
    });
  });

  it('tells who is signed in where and what this is', async () => {
    const reply = await server.inject({
      url: `${API}/systeminfo`,
      as: ann,
      headers: { host: 'registry.test:5080' },
    });
    expect(reply.json()).toMatchObject({
      registry_url: 'registry.test:5080',
      external_url: 'http://registry.test:5080',
      read_only: false,
      project_creation_restriction: 'everyone',
      harbor_version: expect.stringMatching(/^v2\.16\.0-berth-\d+\.\d+\.\d+$/) as string,
      registry_storage_provider_name: expect.any(String) as string,
      current_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    });
  });
});

describe('GET /systeminfo/volumes', () => {
  const url = `${API}/systeminfo/volumes`;

  it('tells an administrator how large the disk is and what of it is free, in bytes', async () => {
    const reply = await server.inject({ url, as: 'admin' });
    expect(reply.statusCode).toBe(200);
    const { storage } = reply.json<{ storage: { total: number; free: number }[] }>();
    expect(storage).toHaveLength(1);
    const [{ total, free } = { total: 0, free: -1 }] = storage;
    expect(total).toBeGreaterThan(2 ** 20);
    expect(free).toBeGreaterThanOrEqual(0);
    expect(free).toBeLessThanOrEqual(total);
  });

  it('is for administrators', async () => {
    await expectCase(server, { says: '', request: { url }, status: 401, code: 'UNAUTHORIZED' });
    await expectCase(server, { says: '', request: { url, as: ann }, status: 403, code: 'FORBIDDEN' });
  });

  it('is a 404 where the data lies on no volume', async () => {
    const without = await makeServer({ hasVolume: false });
    await expectCase(without, { says: '', request: { url, as: 'admin' }, status: 404, code: 'NOT_FOUND' });
    await without.close();
  });
});

describe('GET /systeminfo/getcert', () => {
  const url = `${API}/systeminfo/getcert`;

  it('is a 404 where clients know the authority, or there is no TLS', async () => {
    await expectCase(server, { says: '', request: { url }, status: 404, code: 'NOT_FOUND' });
    const info = await server.inject({ url: `${API}/systeminfo`, as: ann });
    expect(info.json()).toMatchObject({ has_ca_root: false });
  });

  it("gives anybody the server's own authority as ca.crt", async () => {
    const caRoot = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const own = await makeServer({ caRoot });
    const reply = await own.inject({ url });
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toBe(caRoot);
    expect(reply.headers['content-type']).toBe('application/octet-stream');
    expect(reply.headers['content-disposition']).toBe('attachment; filename=ca.crt');
    const info = await own.inject({ url: `${API}/systeminfo`, as: 'admin' });
    expect(info.json()).toMatchObject({ has_ca_root: true });
    await own.close();
  });
});

describe('GET /icons/{digest}', () => {
  it.each(['IMAGE', 'CHART', 'CNAB', 'WASM', 'UNKNOWN'])('gives anybody the icon of %s', async (kind) => {
    const digest = iconDigestOf(kind);
    const reply = await server.inject({ url: `${API}/icons/${digest}` });
    expect(reply.statusCode).toBe(200);
    const icon = reply.json<{ 'content-type': string; content: string }>();
    expect(Object.keys(icon).toSorted()).toEqual(['content', 'content-type']);
    expect(icon['content-type']).toBe('image/svg+xml');
    const bytes = Buffer.from(icon.content, 'base64');
    expect(digestOf(bytes)).toBe(digest);
    expect(bytes.toString()).toMatch(/^<svg /);
  });

  it.each<Case>(
    [
      { says: 'an unknown digest', digest: `sha256:${'0'.repeat(64)}`, status: 404, code: 'NOT_FOUND' },
      { says: 'a short digest', digest: 'sha256:00', status: 400, code: 'DIGEST_INVALID' },
      { says: 'a word', digest: 'image', status: 400, code: 'DIGEST_INVALID' },
      { says: 'another algorithm', digest: `md5:${'0'.repeat(32)}`, status: 400, code: 'DIGEST_INVALID' },
    ].map(({ digest, ...rest }) => ({ ...rest, request: { url: `${API}/icons/${digest}` } })),
  )('refuses $says', async (each) => {
    await expectCase(server, each);
  });
});

describe('GET /api/version', () => {
  it("names Harbor's API, for clients that ask which one to speak", async () => {
    const reply = await server.inject({ url: '/api/version' });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toEqual({ version: 'v2.0' });
  });
});

describe('GET /statistics', () => {
  it('counts what the caller sees; totals only for an administrator', async () => {
    await addProject(server, 'count-open', { isPublic: true });
    const closed = await addProject(server, 'count-closed');
    await pushImage(server, 'count-open/app');
    await pushImage(server, 'count-closed/app');
    const stranger = await server.inject({ url: `${API}/statistics`, as: ann });
    expect(stranger.json()).toEqual({
      private_project_count: 0,
      private_repo_count: 0,
      public_project_count: 2,
      public_repo_count: 1,
      total_project_count: 0,
      total_repo_count: 0,
      total_storage_consumption: 0,
    });
    await addMember(server, closed, { username: 'ann', role: 'guest' });
    const member = await server.inject({ url: `${API}/statistics`, as: ann });
    expect(member.json()).toMatchObject({ private_project_count: 1, private_repo_count: 1 });
    const admin = await server.inject({ url: `${API}/statistics`, as: 'admin' });
    const counts = admin.json<Record<string, number>>();
    expect(counts).toMatchObject({
      private_project_count: 1,
      private_repo_count: 1,
      total_project_count: 3,
      total_repo_count: 2,
    });
    expect(counts['total_storage_consumption']).toBeGreaterThan(0);
  });

  it('needs an account', async () => {
    await expectCase(server, {
      says: '',
      request: { url: `${API}/statistics` },
      status: 401,
      code: 'UNAUTHORIZED',
    });
  });
});

describe('GET /api/berth/v1/boot', () => {
  it('names the address that clients type', async () => {
    const boot = await server.inject({ url: `${OWN}/boot`, headers: { host: '127.0.0.1:5080' } });
    expect(boot.json()).toMatchObject({
      registry_host: '127.0.0.1:5080',
      registry_scheme: 'http',
      user: null,
      signed_in_by: null,
      desktop: false,
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    });
    const outside = await makeServer({ externalUrl: 'https://registry.example.com' });
    const reply = await outside.inject({ url: `${OWN}/boot`, headers: { host: '10.0.0.5:5080' } });
    expect(reply.json()).toMatchObject({ registry_host: 'registry.example.com', registry_scheme: 'https' });
    await outside.close();
  });

  it('names who is signed in by Basic', async () => {
    const boot = await server.inject({ url: `${OWN}/boot`, as: ann });
    expect(boot.json()).toMatchObject({
      user: { user_id: ann.id, username: 'ann', sysadmin: false },
      signed_in_by: 'password',
    });
  });
});

describe('a path that does not exist below /api', () => {
  it.each([
    { method: 'GET', url: `${API}/nowhere` },
    { method: 'POST', url: `${API}/nowhere` },
    { method: 'DELETE', url: `${OWN}/nowhere` },
    { method: 'GET', url: '/api/v1.0/projects' },
    { method: 'PUT', url: '/api' },
  ] as const)('$method $url is a 404 in the envelope', async ({ method, url }) => {
    const reply = await server.inject({ method, url, as: 'admin' });
    expect(reply.statusCode).toBe(404);
    expect(reply.json()).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] });
  });
});

describe('every reply', () => {
  it('carries the request id that came, or a new one', async () => {
    const given = await server.inject({ url: `${API}/ping`, headers: { 'x-request-id': 'mine-1' } });
    expect(given.headers['x-request-id']).toBe('mine-1');
    const made = await server.inject({ url: `${API}/nowhere` });
    expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});
