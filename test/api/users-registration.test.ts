import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOURS, manualClock } from '#server/lib/clock.ts';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { Browser } from './browser.ts';
import { addUser, API, errorCode, OWN, PASSWORD, type Person } from './people.ts';

const clock = manualClock(Date.UTC(2026, 5, 1));
const form = { 'content-type': 'application/x-www-form-urlencoded' };
let server: TestServer;
let ann: Person;
let count = 0;

async function setRegistration(isOn: boolean): Promise<void> {
  const payload = { self_registration: isOn };
  const reply = await server.inject({ method: 'PUT', url: `${API}/configurations`, as: 'admin', payload });
  expect(reply.statusCode, reply.body).toBe(200);
}

beforeAll(async () => {
  server = await makeServer({ clock });
  ann = await addUser(server, 'ann');
});
afterAll(() => server.close());
beforeEach(() => {
  clock.advance(HOURS(1));
});
afterEach(() => setRegistration(false));

const newcomer = () => {
  const username = `newcomer-${++count}`;
  return { username, email: `${username}@example.com`, realname: username, password: PASSWORD };
};
const register = (payload: object = newcomer()) =>
  ({ method: 'POST', url: `${API}/users`, payload }) as const;

/** A browser that has opened a page, and so has a token where there is one. */
async function visitor(): Promise<Browser> {
  const browser = new Browser(server);
  await browser.send({ url: `${API}/systeminfo` });
  return browser;
}

describe('while self-registration is off, as it is at first', () => {
  it('no stranger makes an account, and none gets a token', async () => {
    const browser = await visitor();
    expect(browser.token).toBeUndefined();
    expect(browser.cookies.size).toBe(0);
    const reply = await browser.send(register());
    expect([reply.statusCode, errorCode(reply)]).toEqual([401, 'UNAUTHORIZED']);
  });

  it('a token of the time when it was on opens nothing', async () => {
    await setRegistration(true);
    const browser = await visitor();
    expect(browser.token).toBeDefined();
    await setRegistration(false);
    expect((await browser.send(register())).statusCode).toBe(401);
  });
});

describe('while self-registration is on', () => {
  beforeEach(() => setRegistration(true));

  it('a visitor of the console makes an account, and signs in', async () => {
    const browser = await visitor();
    const user = newcomer();
    const reply = await browser.send(register({ ...user, sysadmin_flag: true }));
    expect(reply.statusCode, reply.body).toBe(201);
    expect(reply.body).toBe('');
    expect(reply.headers.location).toMatch(/^\/api\/v2\.0\/users\/\d+$/);
    expect((await browser.signIn(user)).statusCode).toBe(200);
    const current = await browser.send({ url: `${API}/users/current` });
    expect(current.json()).toMatchObject({ username: user.username, sysadmin_flag: false });
    const log = await server.inject({
      url: `${API}/auditlog-exts?q=operation%3Dcreate,resource%3D${user.username}`,
      as: 'admin',
    });
    expect(log.json()).toMatchObject([{ username: 'anonymous', resource_type: 'user' }]);
  });

  it('keeps the rules of new accounts', async () => {
    const browser = await visitor();
    for (const [fields, status] of [
      [{ password: 'weak' }, 400],
      [{ username: 'ann' }, 409],
      [{ username: 'admin' }, 409],
      [{ email: 'ANN@example.com' }, 409],
      [{ username: 'anonymous' }, 400],
      [{ email: '' }, 400],
      [{ username: 7 }, 422],
    ] as const)
      expect((await browser.send(register({ ...newcomer(), ...fields }))).statusCode).toBe(status);
  });

  it('the API alone, without what a page got before, is 403', async () => {
    const reply = await server.inject(register());
    expect([reply.statusCode, errorCode(reply)]).toEqual([403, 'FORBIDDEN']);
    expect(reply.body).toContain('X-Harbor-CSRF-Token');
  });

  const forgeries: readonly [says: string, spoil: (browser: Browser) => void][] = [
    ['no token', (browser) => (browser.token = undefined)],
    ['no cookie', (browser) => browser.cookies.clear()],
    ['a made-up token', (browser) => (browser.token = Buffer.alloc(64, 1).toString('base64'))],
    ['half a token', (browser) => (browser.token = browser.token?.slice(0, 40))],
    ['a made-up cookie', (browser) => browser.cookies.set('_gorilla_csrf', 'A'.repeat(43))],
    ['a cookie that is none', (browser) => browser.cookies.set('_gorilla_csrf', 'x')],
  ];
  it.each(forgeries)('is 403 with %s, and well with what that reply brings', async (_says, spoil) => {
    const browser = await visitor();
    spoil(browser);
    expect((await browser.send(register())).statusCode).toBe(403);
    await browser.send({ url: `${API}/systeminfo` });
    expect((await browser.send(register())).statusCode).toBe(201);
  });

  it('is 403 with the token of another visitor, and from the page of another site', async () => {
    const [mine, other] = [await visitor(), await visitor()];
    const own = mine.token;
    mine.token = other.token;
    expect((await mine.send(register())).statusCode).toBe(403);
    mine.token = own;
    const crossSite = { ...register(), headers: { 'sec-fetch-site': 'cross-site' } };
    expect((await mine.send(crossSite)).statusCode).toBe(403);
  });

  it('is for strangers: who has an account needs the right, and wrong credentials are told', async () => {
    expect((await server.inject({ ...register(), as: ann })).statusCode).toBe(403);
    const session = new Browser(server);
    await session.signIn(ann);
    await session.send({ url: `${OWN}/boot` });
    expect((await session.send(register())).statusCode).toBe(403);
    const browser = await visitor();
    const authorization = `Basic ${Buffer.from('ann:Wrong-Password-1').toString('base64')}`;
    expect((await browser.send({ ...register(), headers: { authorization } })).statusCode).toBe(401);
    clock.advance(2_000);
    expect((await server.inject({ ...register(), as: 'admin' })).statusCode).toBe(201);
  });

  it('gives tokens to visitors of the API only, and to nobody who brings credentials', async () => {
    for (const request of [
      { url: '/v2/' },
      { url: '/service/token' },
      { url: `${API}/systeminfo`, as: ann },
    ] as TestRequest[]) {
      const reply = await server.inject(request);
      expect(reply.headers).not.toHaveProperty('x-harbor-csrf-token');
      expect(reply.cookies).toEqual([]);
    }
    const reply = await server.inject({ url: `${API}/systeminfo` });
    expect(reply.cookies).toMatchObject([{ name: '_gorilla_csrf', httpOnly: true, sameSite: 'Strict' }]);
  });

  it('is bounded: 30 attempts an hour from one address', async () => {
    const browser = await visitor();
    const statuses: number[] = [];
    for (let times = 0; times < 31; times++)
      statuses.push((await browser.send(register({ ...newcomer(), password: 'weak' }))).statusCode);
    expect(statuses).toEqual([...Array<number>(30).fill(400), 429]);
    const refused = await browser.send(register());
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '3600']);
    expect(refused.json()).toMatchObject({ errors: [{ code: 'TOO_MANY_REQUEST' }] });
    expect((await server.inject({ ...register(), as: 'admin' })).statusCode).toBe(201);
    clock.advance(HOURS(1));
    expect((await browser.send(register())).statusCode).toBe(201);
  });

  it('stops while the registry is read-only', async () => {
    const browser = await visitor();
    const set = (isOn: boolean) =>
      server.inject({
        method: 'PUT',
        url: `${API}/configurations`,
        as: 'admin',
        payload: { read_only: isOn },
      });
    expect((await set(true)).statusCode).toBe(200);
    expect((await browser.send(register())).statusCode).toBe(403);
    expect((await set(false)).statusCode).toBe(200);
  });
});

describe('POST /c/userExists', () => {
  const ask = (target: string, value: string, as?: TestRequest['as']) =>
    server.inject({
      method: 'POST',
      url: '/c/userExists',
      headers: form,
      payload: new URLSearchParams({ target, value }).toString(),
      ...(as ? { as } : {}),
    });

  const answers: readonly [target: string, value: string, isTaken: boolean][] = [
    ['username', 'ann', true],
    ['username', 'admin', true],
    ['username', 'nobody', false],
    ['username', 'ann@example.com', false],
    ['username', '', false],
    ['username', "' or 1=1 --", false],
    ['email', 'ann@example.com', true],
    ['email', 'ANN@EXAMPLE.COM', true],
    ['email', 'nobody@example.com', false],
    ['email', '', false],
  ];
  it.each(answers)('answers for %s %j: %s', async (target, value, isTaken) => {
    const reply = await ask(target, value, 'admin');
    expect([reply.statusCode, reply.body]).toEqual([200, String(isTaken)]);
    expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('is 412 for all but administrators while self-registration is off', async () => {
    for (const as of [undefined, ann]) {
      const reply = await ask('username', 'ann', as);
      expect([reply.statusCode, errorCode(reply)]).toEqual([412, 'PRECONDITION']);
    }
    await setRegistration(true);
    for (const as of [undefined, ann]) expect((await ask('username', 'ann', as)).body).toBe('true');
  });

  it('refuses another target, another kind of body and the page of another site', async () => {
    expect((await ask('password', 'x', 'admin')).statusCode).toBe(400);
    const url = '/c/userExists';
    const empty = await server.inject({ method: 'POST', url, as: 'admin', headers: form, payload: '' });
    expect(empty.statusCode).toBe(400);
    const json = await server.inject({ method: 'POST', url, as: 'admin', payload: { target: 'email' } });
    expect(json.statusCode).toBe(415);
    const crossSite = { ...form, 'sec-fetch-site': 'cross-site' };
    const forged = await server.inject({ method: 'POST', url, headers: crossSite, payload: 'target=email' });
    expect(forged.statusCode).toBe(403);
  });

  it('is bounded for strangers: 300 an hour from one address', async () => {
    await setRegistration(true);
    for (let times = 0; times < 300; times++)
      expect((await ask('username', `name-${times}`)).statusCode).toBe(200);
    expect((await ask('username', 'one-more')).statusCode).toBe(429);
    expect((await ask('username', 'one-more', 'admin')).statusCode).toBe(200);
  });
});
