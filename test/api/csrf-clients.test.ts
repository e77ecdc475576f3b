import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { Browser } from './browser.ts';
import { addUser, API, OWN, PASSWORD, type Person } from './people.ts';

const TOKEN = 'x-harbor-csrf-token';
let server: TestServer;
let ann: Person;
let count = 0;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
});
afterAll(() => server.close());

const basic = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString('base64')}`;
/** A request that changes something: another project each time. */
const create = () => {
  count += 1;
  return { method: 'POST', url: `${API}/projects`, payload: { project_name: `p-${count}` } } as const;
};

async function signedIn(): Promise<Browser> {
  const browser = new Browser(server);
  expect((await browser.signIn(ann)).statusCode).toBe(200);
  return browser;
}

describe('Harbor’s portal', () => {
  it('signs in, is refused its first change with a token in a header, and retries once with it', async () => {
    const browser = await signedIn();
    const refused = await browser.send({ ...create(), bare: true });
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toEqual({ errors: [{ code: 'FORBIDDEN', message: 'CSRF token invalid' }] });
    expect(String(refused.headers[TOKEN])).not.toBe('');
    expect(refused.cookies.map(({ name }) => name)).toEqual(['_gorilla_csrf']);
    expect((await browser.send(create())).statusCode).toBe(201);
  });

  it('gets the token with the first thing that it reads, and may go on with it for all others', async () => {
    const browser = await signedIn();
    const first = await browser.send({ url: `${API}/users/current` });
    expect(String(first.headers[TOKEN])).not.toBe('');
    const kept = browser.token;
    for (const method of ['HEAD', 'OPTIONS'] as const) await browser.send({ method, url: `${API}/projects` });
    browser.token = kept;
    for (let times = 0; times < 3; times += 1) {
      browser.token = kept;
      expect((await browser.send(create())).statusCode).toBe(201);
    }
  });

  it('needs a new token after it signed in again', async () => {
    const browser = await signedIn();
    await browser.send({ url: `${API}/users/current` });
    const before = browser.token;
    await browser.signIn(ann);
    browser.token = before;
    expect((await browser.send(create())).statusCode).toBe(403);
    expect((await browser.send(create())).statusCode).toBe(201);
  });

  it('gets the token with refusals of every kind', async () => {
    const browser = await signedIn();
    for (const url of [
      `${API}/users`,
      `${API}/projects/none`,
      `${API}/nothing`,
      `${API}/projects?page_size=x`,
    ]) {
      const reply = await browser.send({ url });
      expect(reply.statusCode, url).toBeGreaterThanOrEqual(400);
      expect(String(reply.headers[TOKEN]), url).toMatch(/^[A-Za-z0-9+/=]{88}$/);
    }
  });
});

describe('a generated client', () => {
  it('with Basic and a jar for cookies needs no token, since none of its replies sets a cookie', async () => {
    const jar = new Browser(server);
    for (const request of [{ url: `${API}/users/current` }, create(), { url: `${API}/projects` }, create()]) {
      const reply = await jar.send({ ...request, headers: { authorization: basic } });
      expect(reply.statusCode).toBeLessThan(300);
      expect(reply.cookies).toEqual([]);
      expect(reply.headers).not.toHaveProperty(TOKEN);
    }
  });

  it('with Basic and the cookie of a session needs the token as well', async () => {
    const jar = await signedIn();
    const headers = { authorization: basic };
    expect((await jar.send({ ...create(), headers })).statusCode).toBe(403);
    expect((await jar.send({ ...create(), headers })).statusCode).toBe(201);
  });

  it('with Basic and the cookie of a session that is over needs none: nothing can be done with that cookie', async () => {
    for (const cookie of ['sid=gone', 'sid=', `sid=${'x'.repeat(3000)}`, 'sid=a; sid=b; _gorilla_csrf=c']) {
      const reply = await server.inject({ ...create(), headers: { authorization: basic, cookie } });
      expect(reply.statusCode, cookie).toBe(201);
    }
  });

  it('that calls itself trusted is not, without the token', async () => {
    const browser = await signedIn();
    for (const headers of [
      { 'x-requested-with': 'XMLHttpRequest' },
      { origin: 'http://registry.test' },
      { referer: 'http://registry.test/' },
      { 'sec-fetch-site': 'same-origin' },
      { [TOKEN]: 'undefined' },
    ])
      expect((await browser.send({ ...create(), headers, bare: true })).statusCode).toBe(403);
  });
});

describe('another site', () => {
  it('changes nothing in the name of who is signed in here, whatever it sends', async () => {
    const browser = await signedIn();
    await browser.send({ url: `${API}/users/current` });
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'application/json',
    ];
    for (const type of types) {
      const { payload, ...request } = create();
      const reply = await browser.send({
        ...request,
        payload: JSON.stringify(payload),
        headers: { 'content-type': type },
        bare: true,
      });
      expect(reply.statusCode, type).toBe(403);
    }
    for (const url of [`${OWN}/first-run/skip`, '/c/login', '//api/v2.0/projects', '/api//v2.0/projects']) {
      const reply = await browser.send({
        method: 'POST',
        url,
        bare: true,
        headers: { 'sec-fetch-site': 'cross-site' },
      });
      expect([403, 415], url).toContain(reply.statusCode);
    }
  });

  it('is refused before anything else, with its methods in any spelling', async () => {
    const browser = await signedIn();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      const reply = await browser.send({ method, url: `${API}/projects/library`, bare: true });
      expect(reply.statusCode, method).toBe(403);
      expect(reply.body, method).toContain('CSRF token invalid');
    }
  });
});
