import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAYS, manualClock } from '#server/lib/clock.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { Browser } from './browser.ts';
import { addUser, API, OWN, PASSWORD, type Person } from './people.ts';

const clock = manualClock(Date.UTC(2026, 5, 1));
let server: TestServer;
let ann: Person;

beforeAll(async () => {
  server = await makeServer({ clock });
  ann = await addUser(server, 'ann');
});
afterAll(() => server.close());

const sessionRows = () => server.context.db.read.selectFrom('session').selectAll().execute();
const form = { 'content-type': 'application/x-www-form-urlencoded' };

async function signedIn(): Promise<Browser> {
  const browser = new Browser(server);
  expect((await browser.signIn(ann)).statusCode).toBe(200);
  return browser;
}

describe('POST /c/login', () => {
  it('answers with an empty body and a cookie that no script and no other site can use', async () => {
    const browser = new Browser(server);
    const reply = await browser.signIn(ann);
    expect([reply.statusCode, reply.body]).toEqual([200, '']);
    expect(reply.cookies).toMatchObject([
      { name: 'sid', httpOnly: true, sameSite: 'Strict', path: '/', maxAge: 7 * 24 * 3600 },
    ]);
    expect(reply.cookies[0]).not.toHaveProperty('secure');
    expect((await browser.send({ url: `${API}/users/current` })).json()).toMatchObject({ username: 'ann' });
  });

  it('keeps of the cookie only its hash', async () => {
    const browser = await signedIn();
    const value = browser.cookies.get('sid') ?? '';
    const rows = await sessionRows();
    expect(JSON.stringify(rows)).not.toContain(value);
    expect(rows.map((row) => row.id)).toContain(createHash('sha256').update(value).digest('hex'));
  });

  it('answers a wrong password and an unknown name alike, and writes both down', async () => {
    const browser = new Browser(server);
    const replies = [];
    for (const who of [
      { username: 'ann', password: 'Wrong-Password-1' },
      { username: 'nobody', password: PASSWORD },
    ]) {
      const reply = await browser.signIn(who);
      expect(reply.statusCode).toBe(401);
      expect(reply.cookies).toEqual([]);
      replies.push(reply.json());
    }
    expect(replies[0]).toEqual(replies[1]);
    const log = await server.inject({
      url: `${API}/auditlog-exts?q=operation%3Dlogin,operation_result%3Dfalse`,
      as: 'admin',
    });
    expect(log.json<{ resource: string }[]>().map((row) => row.resource)).toEqual(['nobody', 'ann']);
    clock.advance(1_500);
  });

  it('locks a name for 1.5 s after a failure, for the right password too, and no other name', async () => {
    const fresh = await addUser(server, 'locked');
    const attempt = async (password: string): Promise<number> =>
      (await new Browser(server).signIn({ username: 'locked', password })).statusCode;
    expect(await attempt('Wrong-Password-1')).toBe(401);
    expect(await attempt(fresh.password)).toBe(401);
    expect((await new Browser(server).signIn(ann)).statusCode).toBe(200);
    clock.advance(1_499);
    expect(await attempt(fresh.password)).toBe(401);
    clock.advance(1);
    expect(await attempt(fresh.password)).toBe(200);
  });

  it('does not lock out who is at work with the right password', async () => {
    expect((await server.inject({ url: `${API}/users/current`, as: ann })).statusCode).toBe(200);
    expect(
      (await new Browser(server).signIn({ username: 'ann', password: 'Wrong-Password-1' })).statusCode,
    ).toBe(401);
    expect((await server.inject({ url: `${API}/users/current`, as: ann })).statusCode).toBe(200);
    clock.advance(1_500);
  });

  it('takes a form only', async () => {
    const payload = { principal: 'ann', password: PASSWORD };
    expect((await server.inject({ method: 'POST', url: '/c/login', payload })).statusCode).toBe(415);
    expect(
      (await server.inject({ method: 'POST', url: '/c/login', headers: form, payload: '' })).statusCode,
    ).toBe(401);
    const long = `principal=${'x'.repeat(20_000)}&password=x`;
    expect(
      (await server.inject({ method: 'POST', url: '/c/login', headers: form, payload: long })).statusCode,
    ).toBe(413);
  });

  it('ends the session that the browser had before', async () => {
    const browser = await signedIn();
    const before = browser.cookies.get('sid') ?? '';
    await browser.send({ url: `${OWN}/boot` });
    await browser.signIn(ann);
    expect(browser.cookies.get('sid')).not.toBe(before);
    const old = await server.inject({ url: `${API}/users/current`, headers: { cookie: `sid=${before}` } });
    expect(old.statusCode).toBe(401);
  });

  it('refuses a form that another site sent', async () => {
    const payload = new URLSearchParams({ principal: 'ann', password: PASSWORD }).toString();
    for (const site of ['cross-site', 'same-site']) {
      const reply = await server.inject({
        method: 'POST',
        url: '/c/login',
        headers: { ...form, 'sec-fetch-site': site },
        payload,
      });
      expect(reply.statusCode).toBe(403);
    }
  });
});

describe('a session', () => {
  it('is not begun by any other request', async () => {
    const before = await sessionRows();
    await server.inject({ url: `${OWN}/boot` });
    await server.inject({ url: `${API}/users/current`, as: ann });
    expect(await sessionRows()).toEqual(before);
  });

  it('ends at GET /c/log_out, which is written down', async () => {
    const browser = await signedIn();
    const value = browser.cookies.get('sid') ?? '';
    const reply = await browser.send({ url: '/c/log_out' });
    expect([reply.statusCode, reply.body]).toEqual([200, '']);
    expect(browser.cookies.has('sid')).toBe(false);
    expect(
      (await server.inject({ url: `${API}/users/current`, headers: { cookie: `sid=${value}` } })).statusCode,
    ).toBe(401);
    const log = await server.inject({ url: `${API}/auditlog-exts?q=operation%3Dlogout`, as: 'admin' });
    expect(log.json<object[]>()[0]).toMatchObject({
      username: 'ann',
      resource: 'ann',
      operation_result: true,
    });
  });

  it('is not needed to log out', async () => {
    expect((await server.inject({ url: '/c/log_out' })).statusCode).toBe(200);
  });

  it('has a Secure cookie where clients come over https', async () => {
    const secure = await makeServer({ externalUrl: 'https://registry.example.com' });
    const browser = new Browser(secure);
    const login = await browser.signIn(secure.admin);
    expect(login.cookies).toMatchObject([{ name: 'sid', secure: true }]);
    expect((await browser.send({ url: `${OWN}/boot` })).cookies).toMatchObject([
      { name: '_gorilla_csrf', secure: true },
    ]);
    await secure.close();
  });

  it('of the desktop shell is told apart', async () => {
    const { value } = await server.context.sessions.mint({ userId: 1, via: 'shell', maxAgeSeconds: 60 });
    const boot = await server.inject({ url: `${OWN}/boot`, headers: { cookie: `sid=${value}` } });
    expect(boot.json()).toMatchObject({ signed_in_by: 'shell', user: { username: 'admin', sysadmin: true } });
    clock.advance(DAYS(1));
  });
});

describe('the CSRF check', () => {
  const change = { method: 'POST', url: `${API}/projects`, payload: {} } as const;

  it('asks nothing of a request without a session', async () => {
    const reply = await server.inject({ ...change, as: ann });
    expect(reply.statusCode).toBe(400);
    expect(reply.headers).not.toHaveProperty('x-harbor-csrf-token');
  });

  it('refuses an unsafe request that brings no token, and says how to get one', async () => {
    const browser = await signedIn();
    const reply = await browser.send(change);
    expect(reply.statusCode).toBe(403);
    expect(reply.json()).toEqual({ errors: [{ code: 'FORBIDDEN', message: 'CSRF token invalid' }] });
    expect(reply.headers['x-harbor-csrf-token']).toBeDefined();
    expect(reply.cookies).toMatchObject([
      { name: '_gorilla_csrf', httpOnly: true, sameSite: 'Strict', path: '/' },
    ]);
    expect((await browser.send(change)).statusCode).toBe(400);
  });

  it('takes the token of any earlier reply, and of each reply another text', async () => {
    const browser = await signedIn();
    await browser.send({ url: `${OWN}/boot` });
    const first = browser.token;
    await browser.send({ url: `${API}/projects` });
    expect(browser.token).not.toBe(first);
    browser.token = first;
    expect((await browser.send(change)).statusCode).toBe(400);
    expect(
      (await browser.send({ ...change, method: 'DELETE', url: `${API}/projects/nowhere` })).statusCode,
    ).toBe(403);
  });

  it('refuses the token of another session, a broken one, and one without its cookie', async () => {
    const [mine, other] = [await signedIn(), await signedIn()];
    await mine.send({ url: `${OWN}/boot` });
    await other.send({ url: `${OWN}/boot` });
    const own = mine.token;
    for (const token of [other.token, 'nonsense', own?.slice(4), '']) {
      mine.token = token;
      expect((await mine.send(change)).statusCode, String(token)).toBe(403);
    }
    mine.token = own;
    mine.cookies.delete('_gorilla_csrf');
    expect((await mine.send(change)).statusCode).toBe(403);
  });

  it('applies to Basic too while a session cookie comes along', async () => {
    const browser = await signedIn();
    const authorization = `Basic ${Buffer.from(`ann:${PASSWORD}`).toString('base64')}`;
    const reply = await browser.send({ ...change, headers: { authorization } });
    expect(reply.statusCode).toBe(403);
    expect(reply.json()).toMatchObject({ errors: [{ message: 'CSRF token invalid' }] });
  });

  it('does not touch /v2 and /service', async () => {
    const browser = await signedIn();
    expect((await browser.send({ url: '/service/token' })).headers).not.toHaveProperty('x-harbor-csrf-token');
    const upload = await browser.send({ method: 'POST', url: '/v2/library/app/blobs/uploads/' });
    expect(upload.statusCode).toBe(401);
    expect(upload.body).not.toContain('CSRF');
  });
});

describe('a path written in another way', () => {
  it('is guarded like the plain one', async () => {
    const browser = await signedIn();
    const project = {
      method: 'POST',
      url: '/%61pi/v2.0/projects',
      payload: { project_name: 'forged' },
    } as const;
    expect((await browser.send({ ...project, bare: true })).statusCode).toBe(403);
    const crossSite = { ...form, 'sec-fetch-site': 'cross-site' };
    const login = await server.inject({
      method: 'POST',
      url: '/%63/login',
      headers: crossSite,
      payload: new URLSearchParams({ principal: 'ann', password: PASSWORD }).toString(),
    });
    expect(login.statusCode).toBe(403);
    expect(login.cookies).toEqual([]);
  });
});
