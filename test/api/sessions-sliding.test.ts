import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAYS, HOURS, manualClock } from '#server/lib/clock.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { Browser } from './browser.ts';
import { addUser, API, OWN, type Person } from './people.ts';

const MINUTE = 60_000;
const clock = manualClock(Date.UTC(2026, 5, 1));
let server: TestServer;
let ann: Person;
let browser: Browser;

beforeAll(async () => {
  server = await makeServer({ clock });
  ann = await addUser(server, 'ann');
});
afterAll(() => server.close());
beforeEach(async () => {
  await setIdleMinutes(60);
  browser = new Browser(server);
  expect((await browser.signIn(ann)).statusCode).toBe(200);
});

/** Sets the setting as an administrator does, in minutes. */
async function setIdleMinutes(minutes: number): Promise<void> {
  const payload = { session_timeout: minutes };
  const reply = await server.inject({
    method: 'PUT',
    url: `${API}/configurations`,
    as: 'admin',
    payload,
  });
  expect(reply.statusCode, reply.body).toBe(200);
}

const current = async (headers: Record<string, string> = {}): Promise<number> =>
  (await browser.send({ url: `${API}/users/current`, headers })).statusCode;
const usedAt = async (): Promise<number> => {
  const rows = await server.context.db.read
    .selectFrom('session')
    .select('used_at')
    .orderBy('created_at', 'desc')
    .execute();
  return rows[0]?.used_at ?? 0;
};

describe('a session by password', () => {
  it('ends an hour after its last request, to the millisecond', async () => {
    for (const pause of [59 * MINUTE, 30_000, 59 * MINUTE + 59_999, HOURS(1) - 1]) {
      clock.advance(pause);
      expect(await current(), `after ${pause} ms`).toBe(200);
    }
    clock.advance(HOURS(1));
    expect(await current()).toBe(401);
    expect(await current()).toBe(401);
  });

  it('is used by any request that its cookie comes with', async () => {
    for (const url of [`${OWN}/boot`, `${API}/systeminfo`]) {
      clock.advance(40 * MINUTE);
      expect((await browser.send({ url })).statusCode).toBe(200);
    }
    clock.advance(40 * MINUTE);
    expect(await current()).toBe(200);
  });

  it('is not prolonged by what carries X-Harbor-No-Session-Renewal, nor by a look whether a stream may go on', async () => {
    for (let minutes = 0; minutes < 50; minutes += 10) {
      clock.advance(10 * MINUTE);
      expect(await current({ 'X-Harbor-No-Session-Renewal': 'true' })).toBe(200);
      const cookie = `sid=${browser.cookies.get('sid')}`;
      const asked = { headers: { cookie } } as Parameters<typeof server.context.identifyAgain>[0];
      expect(await server.context.identifyAgain(asked)).toMatchObject({ username: 'ann' });
    }
    clock.advance(10 * MINUTE);
    expect(await current({ 'X-Harbor-No-Session-Renewal': 'true' })).toBe(401);
    expect(await current()).toBe(401);
  });

  it('obeys the setting at once, also where a session has begun before', async () => {
    clock.advance(10 * MINUTE);
    await setIdleMinutes(10);
    expect(await current()).toBe(401);
    await setIdleMinutes(11);
    expect(await current()).toBe(200);
    await setIdleMinutes(1);
    for (let times = 0; times < 5; times++) {
      clock.advance(45_000);
      expect(await current()).toBe(200);
    }
    clock.advance(MINUTE);
    expect(await current()).toBe(401);
  });

  it('ends after seven days however much it is used', async () => {
    await setIdleMinutes(43_200);
    const list = await browser.send({ url: `${OWN}/users/current/sessions` });
    const end = new Date(clock.now() + DAYS(7)).toISOString();
    expect(list.json<object[]>()[0]).toMatchObject({ current: true, expiration_time: end });
    clock.advance(DAYS(7) - 1);
    expect(await current()).toBe(200);
    clock.advance(1);
    expect(await current()).toBe(401);
  });

  it('is written down once a minute, and forgotten when it is over', async () => {
    const begin = clock.now();
    clock.advance(59_999);
    await current();
    expect(await usedAt()).toBe(begin);
    clock.advance(1);
    await Promise.all([current(), current(), current()]);
    expect(await usedAt()).toBe(begin + MINUTE);
    clock.advance(30_000);
    await current();
    expect(await usedAt()).toBe(begin + MINUTE);

    clock.advance(HOURS(1) - 1);
    await server.context.sessions.purge();
    expect(await current()).toBe(200);
    clock.advance(HOURS(1) + 2 * MINUTE);
    await server.context.sessions.purge();
    expect(await server.context.db.read.selectFrom('session').selectAll().execute()).toEqual([]);
  });

  it('shares its account with 99 others: one more ends the one not used for the longest time', async () => {
    const eve = await addUser(server, 'eve');
    const begin = async (): Promise<Browser> => {
      clock.advance(1);
      const next = new Browser(server);
      expect((await next.signIn(eve)).statusCode).toBe(200);
      return next;
    };
    const [first, second] = [await begin(), await begin()];
    clock.advance(MINUTE);
    await first.send({ url: `${API}/users/current` });
    for (let more = 0; more < 99; more++) await begin();
    expect((await first.send({ url: `${API}/users/current` })).statusCode).toBe(200);
    expect((await second.send({ url: `${API}/users/current` })).statusCode).toBe(401);
    const list = await server.inject({ url: `${OWN}/users/${eve.id}/sessions`, as: 'admin' });
    expect(list.json<object[]>()).toHaveLength(100);
  });
});

describe('a session of the desktop shell', () => {
  it('lasts as long as the shell asked for, used or not', async () => {
    const { value } = await server.context.sessions.mint({
      userId: 1,
      via: 'shell',
      maxAgeSeconds: HOURS(12) / 1000,
    });
    const boot = async () =>
      (await server.inject({ url: `${OWN}/boot`, headers: { cookie: `sid=${value}` } })).json<{
        user: unknown;
      }>().user;
    clock.advance(HOURS(12) - 1);
    await server.context.sessions.purge();
    expect(await boot()).toMatchObject({ username: 'admin' });
    clock.advance(1);
    expect(await boot()).toBeNull();
  });
});

describe('a session whose account was changed while it began', () => {
  it('is not begun: its password is another one by now', async () => {
    const fay = await addUser(server, 'fay');
    const before = (await server.context.users.findByName('fay'))?.passwordHash ?? '';
    const payload = { new_password: 'Another-Boy-8' };
    const url = `${API}/users/${fay.id}/password`;
    expect((await server.inject({ method: 'PUT', url, as: 'admin', payload })).statusCode).toBe(200);
    const { sessions } = server.context;
    const late = { userId: fay.id, via: 'password', maxAgeSeconds: 60, storedHash: before } as const;
    await expect(sessions.mint(late)).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(sessions.mint({ ...late, userId: 4711 })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await sessions.listOf(fay.id)).toEqual([]);
  });
});
