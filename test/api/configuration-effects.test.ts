import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { SERVED_WHEN_READ_ONLY } from '#server/http/read-only.ts';
import { Browser } from './browser.ts';
import { addProject, addUser, API, OWN, type Person } from './people.ts';
import { CONFIG_DIGEST, pushImage } from './push.ts';

const SENTENCE = /read-only/;

let server: TestServer;
let ann: Person;

async function set(changes: object): Promise<void> {
  const reply = await server.inject({
    method: 'PUT',
    url: `${API}/configurations`,
    as: 'admin',
    payload: changes,
  });
  expect(reply.statusCode, reply.body).toBe(200);
}

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  await addProject(server, 'open', { isPublic: true });
  await pushImage(server, 'open/app');
});
afterAll(() => server.close());
afterEach(() =>
  set({
    read_only: false,
    token_expiration: 30,
    banner_message: '',
    self_registration: false,
    project_creation_restriction: 'everyone',
  }),
);

interface TokenReply {
  readonly token: string;
  readonly expires_in: number;
  readonly issued_at: string;
}

const tokenFor = async (scope: string): Promise<TokenReply> => {
  const reply = await server.inject({ url: `/service/token?service=berth&scope=${scope}`, as: 'admin' });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json();
};

describe('read_only', () => {
  it('refuses each change on the API with 403 DENIED and a sentence', async () => {
    await set({ read_only: true });
    const changes = [
      { method: 'POST', url: `${API}/projects`, payload: { project_name: 'more' } },
      { method: 'PUT', url: `${API}/projects/open`, payload: { metadata: { public: 'false' } } },
      { method: 'DELETE', url: `${API}/projects/open/repositories/app` },
      { method: 'POST', url: `${API}/users`, payload: {} },
      { method: 'PUT', url: `${API}/users/${ann.id}/password`, payload: {} },
      { method: 'POST', url: `${OWN}/first-run/skip` },
    ] as const;
    for (const change of changes) {
      const reply = await server.inject({ ...change, as: 'admin' });
      expect(reply.statusCode, `${change.url} ${reply.body}`).toBe(403);
      expect(reply.json()).toEqual({
        errors: [{ code: 'DENIED', message: expect.stringMatching(SENTENCE) as string }],
      });
    }
  });

  it('tells who may not change something anyway that, and not how the registry stands', async () => {
    await set({ read_only: true });
    const request = { method: 'DELETE', url: `${API}/projects/open/repositories/app` } as const;
    expect((await server.inject(request)).statusCode).toBe(401);
    expect((await server.inject({ ...request, as: ann })).json()).toMatchObject({
      errors: [{ code: 'FORBIDDEN' }],
    });
  });

  it('refuses pushes and deletes on /v2 in its own envelope, with an upload under way', async () => {
    const { token } = await tokenFor('repository:open/app:pull,push,delete');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
    const begun = await server.inject({ method: 'POST', url: '/v2/open/app/blobs/uploads/', headers });
    expect(begun.statusCode).toBe(202);
    const upload = String(begun.headers.location).replace(/^https?:\/\/[^/]+/, '');
    await set({ read_only: true });
    const changes = [
      { method: 'POST', url: '/v2/open/app/blobs/uploads/' },
      { method: 'PATCH', url: upload, payload: Buffer.from('a part') },
      { method: 'PUT', url: `${upload}${upload.includes('?') ? '&' : '?'}digest=${CONFIG_DIGEST}` },
      { method: 'DELETE', url: upload },
      { method: 'PUT', url: '/v2/open/app/manifests/other', payload: Buffer.from('{}') },
      { method: 'DELETE', url: '/v2/open/app/manifests/latest' },
    ] as const;
    for (const change of changes) {
      const reply = await server.inject({ ...change, headers });
      expect(reply.statusCode, `${change.method} ${change.url}`).toBe(403);
      expect(reply.headers['docker-distribution-api-version']).toBe('registry/2.0');
      expect(reply.headers['content-type']).toBe('application/json');
      expect(reply.json()).toMatchObject({
        errors: [{ code: 'DENIED', message: expect.stringMatching(SENTENCE) as string }],
      });
    }
    // The upload waits, and goes on when the registry takes changes again.
    await set({ read_only: false });
    const part = await server.inject({
      method: 'PATCH',
      url: upload,
      headers,
      payload: Buffer.from('a part'),
    });
    expect(part.statusCode, part.body).toBe(202);
    const cancelled = await server.inject({
      method: 'DELETE',
      url: String(part.headers.location).replace(/^https?:\/\/[^/]+/, ''),
      headers,
    });
    expect(cancelled.statusCode).toBe(204);
  });

  it('goes on to serve pulls, lists, sign-ins, tokens and health', async () => {
    await set({ read_only: true });
    const { token } = await tokenFor('repository:open/app:pull');
    const headers = { authorization: `Bearer ${token}` };
    const reads = [
      { url: '/v2/open/app/manifests/latest', headers },
      { method: 'HEAD', url: '/v2/open/app/manifests/latest', headers },
      { url: `/v2/open/app/blobs/${CONFIG_DIGEST}`, headers },
      { url: '/v2/open/app/tags/list', headers },
      { url: `${API}/projects`, as: ann },
      { url: `${API}/projects/open/repositories/app/artifacts`, as: ann },
      { url: `${API}/health` },
      { url: `${OWN}/boot` },
    ] as const;
    for (const read of reads) expect((await server.inject(read)).statusCode, read.url).toBe(200);
    const preflight = await server.inject({ method: 'OPTIONS', url: '/v2/open/app/manifests/latest' });
    expect(preflight.statusCode).toBe(204);
    const form = new URLSearchParams({
      grant_type: 'password',
      service: 'berth',
      username: ann.username,
      password: ann.password,
    });
    const oauth = await server.inject({
      method: 'POST',
      url: '/service/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: form.toString(),
    });
    expect(oauth.statusCode, oauth.body).toBe(200);
    const browser = new Browser(server);
    expect((await browser.signIn(ann)).statusCode).toBe(200);
    expect((await browser.send({ url: `${API}/users/current` })).statusCode).toBe(200);
    expect((await browser.send({ url: '/c/log_out' })).statusCode).toBe(200);
  });

  it('lets sessions be ended, also those of others', async () => {
    const browsers = [new Browser(server), new Browser(server)];
    for (const browser of browsers) expect((await browser.signIn(ann)).statusCode).toBe(200);
    await set({ read_only: true });
    const ended = await server.inject({
      method: 'DELETE',
      url: `${OWN}/users/${ann.id}/sessions`,
      as: 'admin',
    });
    expect(ended.statusCode, ended.body).toBe(200);
    for (const browser of browsers)
      expect((await browser.send({ url: `${API}/users/current` })).statusCode).toBe(401);
  });

  it('has no exception for a route that is not there', () => {
    const routes = server.app.guardedRoutes.map(({ method, url }) => `${method} ${url}`);
    expect([...SERVED_WHEN_READ_ONLY].filter((route) => !routes.includes(route))).toEqual([]);
  });

  it('can be ended by an administrator, also in the browser', async () => {
    await set({ read_only: true });
    const browser = new Browser(server);
    await browser.signIn(server.admin);
    await browser.send({ url: `${API}/users/current` });
    const payload = { read_only: false };
    const reply = await browser.send({ method: 'PUT', url: `${API}/configurations`, payload });
    expect(reply.statusCode, reply.body).toBe(200);
    await addProject(server, 'after-read-only');
  });
});

describe('token_expiration', () => {
  it('is how long a token says that it lasts, and lasts', async () => {
    expect((await tokenFor('repository:open/app:pull')).expires_in).toBe(1800);
    await set({ token_expiration: 2 });
    const { token, expires_in, issued_at } = await tokenFor('repository:open/app:pull');
    expect(expires_in).toBe(120);
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      exp: number;
      iat: number;
    };
    expect(claims.exp - claims.iat).toBe(120);
    expect(claims.iat).toBe(Math.floor(Date.parse(issued_at) / 1000));
  });
});

describe('/systeminfo', () => {
  const banner = JSON.stringify({ message: '</script><b>"Grüße" 🚢', type: 'warning', closable: false });

  it('tells everybody the banner and whether one may register', async () => {
    await set({ banner_message: banner, self_registration: true });
    const reply = await server.inject({ url: `${API}/systeminfo` });
    expect(reply.json()).toEqual({
      auth_mode: 'db_auth',
      primary_auth_mode: false,
      self_registration: true,
      banner_message: banner,
    });
  });

  it('tells who is signed in that the registry is read-only and who makes projects', async () => {
    await set({ project_creation_restriction: 'adminonly' });
    await set({ read_only: true });
    const reply = await server.inject({ url: `${API}/systeminfo`, as: ann });
    expect(reply.json()).toMatchObject({ read_only: true, project_creation_restriction: 'adminonly' });
  });
});

describe('project_creation_restriction', () => {
  it('keeps projects to administrators', async () => {
    await addProject(server, 'of-ann', { as: ann });
    await set({ project_creation_restriction: 'adminonly' });
    const reply = await server.inject({
      method: 'POST',
      url: `${API}/projects`,
      as: ann,
      payload: { project_name: 'of-ann-2' },
    });
    expect(reply.statusCode).toBe(403);
    expect(reply.json()).toMatchObject({ errors: [{ code: 'FORBIDDEN' }] });
    await addProject(server, 'of-admin');
  });
});
