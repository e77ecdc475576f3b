import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manualClock } from '#server/lib/clock.ts';
import { importHarborPassword } from '#server/domain/users/index.ts';
import { makeServer, type Credentials, type TestRequest, type TestServer } from '#test/support/server.ts';
import { Browser } from './browser.ts';
import { addUser, API, OWN, PASSWORD, type Person } from './people.ts';

const NEW = 'Another-Boy-8';
const clock = manualClock(Date.UTC(2026, 5, 1));
let server: TestServer;
let self: Person;
let count = 0;

beforeAll(async () => {
  server = await makeServer({ clock });
});
afterAll(() => server.close());
beforeEach(async () => {
  // Past the pause that a wrong password brings.
  clock.advance(2_000);
  self = await addUser(server, `self-${++count}`);
});

const change = (payload: object, as?: TestRequest['as'], id = self.id) =>
  server.inject({ method: 'PUT', url: `${API}/users/${id}/password`, payload, ...(as ? { as } : {}) });
const isIn = async (who: Credentials): Promise<boolean> => {
  clock.advance(2_000);
  return (await server.inject({ url: `${API}/users/current`, as: who })).statusCode === 200;
};
const isAlive = async (browser: Browser): Promise<boolean> =>
  (await browser.send({ url: `${API}/users/current` })).statusCode === 200;

async function signedIn(who: Credentials): Promise<Browser> {
  const browser = new Browser(server);
  expect((await browser.signIn(who)).statusCode).toBe(200);
  await browser.send({ url: `${OWN}/boot` });
  return browser;
}

describe('changing the own password', () => {
  it('takes the old one, and the new one holds at once', async () => {
    const reply = await change({ old_password: PASSWORD, new_password: NEW }, self);
    expect([reply.statusCode, reply.body]).toEqual([200, '']);
    expect(await isIn(self)).toBe(false);
    expect(await isIn({ ...self, password: NEW })).toBe(true);
  });

  const refused: readonly [says: string, payload: object, status: number, message: RegExp][] = [
    ['a wrong old one', { old_password: 'Wrong-Password-1', new_password: NEW }, 403, /old_password/],
    ['no old one', { new_password: NEW }, 403, /old_password/],
    ['an empty old one', { old_password: '', new_password: NEW }, 403, /old_password/],
    ['a wrong old one before a weak new one', { old_password: 'x', new_password: 'x' }, 403, /old_password/],
    ['the old one again', { old_password: PASSWORD, new_password: PASSWORD }, 400, /old one/],
    ['no new one', { old_password: PASSWORD }, 400, /there is none/],
    ['a short one', { old_password: PASSWORD, new_password: 'Short-1' }, 400, /only 7 characters/],
    ['a weak one', { old_password: PASSWORD, new_password: 'only-small-1' }, 400, /upper-case/],
    ['a number', { old_password: PASSWORD, new_password: 12345678 }, 422, /new_password/],
  ];
  it.each(refused)('refuses %s', async (_says, payload, status, message) => {
    const reply = await change(payload, self);
    expect([reply.statusCode, reply.json()]).toMatchObject([status, { errors: [{ message }] }]);
    expect(reply.body).not.toContain(PASSWORD);
    expect(await isIn(self)).toBe(true);
  });

  it('needs the old one of an administrator as well', async () => {
    await server.inject({
      method: 'PUT',
      url: `${API}/users/${self.id}/sysadmin`,
      payload: { sysadmin_flag: true },
      as: 'admin',
    });
    expect((await change({ new_password: NEW }, self)).statusCode).toBe(403);
    clock.advance(2_000);
    expect((await change({ old_password: PASSWORD, new_password: NEW }, self)).statusCode).toBe(200);
  });

  it('cannot be used to guess: a wrong one is a pause, and written down', async () => {
    const browser = await signedIn(self);
    // The right one was used a minute ago, and is remembered for those who have it.
    clock.advance(60_000);
    const url = `${API}/users/${self.id}/password`;
    const guess = (old: string) =>
      browser.send({ method: 'PUT', url, payload: { old_password: old, new_password: NEW } });
    expect((await guess('Wrong-Password-1')).statusCode).toBe(403);
    expect((await guess(PASSWORD)).statusCode).toBe(403);
    clock.advance(1_500);
    const rows = await server.context.db.read
      .selectFrom('audit_log')
      .select(['operation', 'description', 'succeeded', 'address'])
      .where('resource', '=', self.username)
      .where('succeeded', '=', 0)
      .execute();
    expect(rows).toEqual([
      {
        operation: 'update',
        description: `wrong old password when ${self.username} changed the password`,
        succeeded: 0,
        address: '127.0.0.1',
      },
    ]);
    expect((await guess(PASSWORD)).statusCode).toBe(200);
  });

  it('is done once where it is done twice at once: the second one no longer has the old one', async () => {
    const replies = await Promise.all(
      ['Another-Boy-8', 'Another-Boy-9'].map((password) =>
        change({ old_password: PASSWORD, new_password: password }, self),
      ),
    );
    expect(replies.map((reply) => reply.statusCode).toSorted((a, b) => a - b)).toEqual([200, 403]);
    const winner = replies[0]?.statusCode === 200 ? 'Another-Boy-8' : 'Another-Boy-9';
    expect(await isIn({ ...self, password: winner })).toBe(true);
  });
});

describe("changing somebody else's password", () => {
  it('needs no old one of an administrator', async () => {
    expect((await change({ old_password: 'whatever', new_password: NEW }, 'admin')).statusCode).toBe(200);
    expect(await isIn({ ...self, password: NEW })).toBe(true);
    expect(await isIn(self)).toBe(false);
  });

  it('keeps the rules, and says nothing of the old one', async () => {
    expect((await change({ new_password: 'weak' }, 'admin')).statusCode).toBe(400);
    expect((await change({ new_password: PASSWORD }, 'admin')).statusCode).toBe(200);
    expect(await isIn(self)).toBe(true);
  });

  it('is 403 for everybody else, and 404 where there is nobody', async () => {
    const other = await addUser(server, `other-${count}`);
    expect((await change({ new_password: NEW }, other)).statusCode).toBe(403);
    expect((await change({ old_password: PASSWORD, new_password: NEW })).statusCode).toBe(401);
    expect((await change({ new_password: NEW }, 'admin', 4711)).statusCode).toBe(404);
    expect(await isIn(self)).toBe(true);
  });
});

describe('what ends with a password', () => {
  const refreshToken = async (): Promise<string> => {
    const reply = await server.inject({ url: '/service/token?service=berth&offline_token=true', as: self });
    return reply.json<{ refresh_token: string }>().refresh_token;
  };
  const statusOf = async (token: string): Promise<number> =>
    (
      await server.inject({
        method: 'POST',
        url: '/service/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token }).toString(),
      })
    ).statusCode;

  it('is every other session and every refresh token; the session that changed it goes on', async () => {
    const [here, there] = [await signedIn(self), await signedIn(self)];
    const token = await refreshToken();
    const reply = await here.send({
      method: 'PUT',
      url: `${API}/users/${self.id}/password`,
      payload: { old_password: PASSWORD, new_password: NEW },
    });
    expect(reply.statusCode, reply.body).toBe(200);
    expect([await isAlive(here), await isAlive(there)]).toEqual([true, false]);
    expect(await statusOf(token)).toBe(401);
    const left = await server.context.db.read
      .selectFrom('refresh_token')
      .selectAll()
      .where('account_id', '=', self.id)
      .execute();
    expect(left).toEqual([]);
  });

  it('is every session where Basic or an administrator changed it, and none of anybody else', async () => {
    const other = await signedIn(await addUser(server, `other-${count}`));
    for (const [payload, as] of [
      [{ old_password: PASSWORD, new_password: NEW }, self],
      [{ new_password: PASSWORD }, 'admin'],
    ] as const) {
      const browser = await signedIn(as === 'admin' ? { ...self, password: NEW } : self);
      expect((await change(payload, as)).statusCode).toBe(200);
      expect(await isAlive(browser)).toBe(false);
    }
    expect(await isAlive(other)).toBe(true);
  });

  it('is nothing where the change was refused', async () => {
    const [browser, token] = [await signedIn(self), await refreshToken()];
    expect((await change({ new_password: 'weak' }, 'admin')).statusCode).toBe(400);
    expect(await isAlive(browser)).toBe(true);
    expect(await statusOf(token)).toBe(200);
  });
});

describe('an account imported from Harbor', () => {
  const HARBOR = importHarborPassword({
    password: 'bc025c57892c373889f658aec53b0eb9',
    salt: '0123456789abcdefghijklmnopqrstuv',
  });
  const stored = async () => (await server.context.users.findById(self.id))?.passwordHash;

  beforeEach(() =>
    server.context.db.tx((tx) =>
      tx.updateTable('account').set({ password_hash: HARBOR }).where('id', '=', self.id).execute(),
    ),
  );

  it.each(['POST /c/login', 'Basic at the API', 'the token service', 'a change of the password'])(
    'signs in by %s with its old password, which is hashed anew then',
    async (door) => {
      const who = { ...self, password: 'Harbor12345' };
      if (door === 'POST /c/login') expect(await isAlive(await signedIn(who))).toBe(true);
      else if (door === 'Basic at the API') expect(await isIn(who)).toBe(true);
      else if (door === 'a change of the password')
        expect((await change({ old_password: 'Harbor12345', new_password: NEW }, who)).statusCode).toBe(200);
      else {
        const url = '/service/token?service=berth&offline_token=true';
        const reply = await server.inject({ url, as: who });
        const token = reply.json<{ refresh_token: string }>().refresh_token;
        const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: token });
        const redeemed = await server.inject({
          method: 'POST',
          url: '/service/token',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          payload: form.toString(),
        });
        expect(redeemed.statusCode).toBe(200);
      }
      expect(await stored()).toMatch(/^\$argon2id\$/);
      if (door !== 'a change of the password') expect(await isIn(who)).toBe(true);
    },
  );

  it('keeps what was given for the same password in its other way of hashing', async () => {
    const token = await server.context.tokens.refresh.mint({
      actor: {
        principal: { kind: 'user', userId: self.id, username: self.username, isAdmin: false, via: 'basic' },
        requestId: 'test',
        address: '',
      },
      storedHash: HARBOR,
      service: 'berth',
    });
    expect(await isIn({ ...self, password: 'Harbor12345' })).toBe(true);
    expect(await stored()).toMatch(/^\$argon2id\$/);
    await expect(server.context.tokens.refresh.redeem(token, 'berth')).resolves.toMatchObject({
      userId: self.id,
    });
  });

  it('is not let in with a wrong one, and its hash stays', async () => {
    expect(await isIn({ ...self, password: 'Harbor12346' })).toBe(false);
    expect(await stored()).toBe(HARBOR);
  });
});
