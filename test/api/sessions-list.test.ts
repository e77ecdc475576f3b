import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manualClock } from '#server/lib/clock.ts';
import type { SessionBody } from '#server/domain/users/contract.ts';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { Browser } from './browser.ts';
import { addUser, API, expectCase, OWN, type Case, type Person } from './people.ts';

const clock = manualClock(Date.UTC(2026, 5, 1));
let server: TestServer;
let ann: Person;
let ben: Person;
/** Ann's two browsers. */
let here: Browser;
let there: Browser;

async function signedIn(who: Person | TestServer['admin']): Promise<Browser> {
  clock.advance(1_000);
  const browser = new Browser(server);
  expect((await browser.signIn(who)).statusCode).toBe(200);
  // The token comes with the first reply.
  await browser.send({ url: `${OWN}/boot` });
  return browser;
}

beforeAll(async () => {
  server = await makeServer({ clock });
  ann = await addUser(server, 'ann');
  ben = await addUser(server, 'ben');
});
afterAll(() => server.close());
beforeEach(async () => {
  await server.inject({ method: 'DELETE', url: `${OWN}/users/${ann.id}/sessions`, as: 'admin' });
  there = await signedIn(ann);
  here = await signedIn(ann);
});

const MINE = `${OWN}/users/current/sessions`;
const listOf = async (browser: Browser): Promise<SessionBody[]> =>
  (await browser.send({ url: MINE })).json<SessionBody[]>();
const isIn = async (browser: Browser): Promise<boolean> =>
  (await browser.send({ url: `${API}/users/current` })).statusCode === 200;
const rowsOfSessions = () => server.context.db.read.selectFrom('session').selectAll().execute();
const auditRows = () =>
  server.context.db.read
    .selectFrom('audit_log')
    .selectAll()
    .where('resource_type', '=', 'session')
    .orderBy('id', 'desc')
    .execute();

describe('GET /users/current/sessions', () => {
  it('shows where the account is signed in, the one used last first, and which one asks', async () => {
    clock.advance(5_000);
    const reply = await here.send({ url: MINE });
    expect(reply.statusCode).toBe(200);
    const now = new Date(clock.now()).toISOString();
    expect(reply.json()).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        current: true,
        via: 'password',
        address: '127.0.0.1',
        user_agent: 'lightMyRequest',
        creation_time: new Date(clock.now() - 5_000).toISOString(),
        last_used_time: now,
        expiration_time: new Date(clock.now() + 3_600_000).toISOString(),
      },
      expect.objectContaining({ current: false }),
    ]);
  });

  it('gives away neither cookie nor hash nor token', async () => {
    const reply = await here.send({ url: MINE });
    for (const row of await rowsOfSessions()) {
      expect(reply.body).not.toContain(row.id);
      expect(reply.body).not.toContain(row.csrf_secret);
    }
    for (const { id } of reply.json<SessionBody[]>())
      expect(
        (await server.inject({ url: `${API}/users/current`, headers: { cookie: `sid=${id}` } })).statusCode,
      ).toBe(401);
  });

  it('is there for Basic too, where no session asks', async () => {
    const list = (await server.inject({ url: MINE, as: ann })).json<SessionBody[]>();
    expect(list.map((session) => session.current)).toEqual([false, false]);
    // The cookie beside it is not what the request came by.
    const authorization = `Basic ${Buffer.from(`${ben.username}:${ben.password}`).toString('base64')}`;
    const bens = await here.send({ url: MINE, headers: { authorization } });
    expect(bens.json()).toEqual([]);
  });
});

describe('ending sessions', () => {
  it('of oneself elsewhere leaves the one that asks, and is written down', async () => {
    const reply = await here.send({ method: 'DELETE', url: MINE });
    expect([reply.statusCode, reply.json()]).toEqual([200, { ended: 1 }]);
    expect([await isIn(here), await isIn(there)]).toEqual([true, false]);
    expect((await auditRows())[0]).toMatchObject({
      username: 'ann',
      operation: 'delete',
      resource: 'ann',
      description: 'ended a session of ann',
      address: '127.0.0.1',
    });
    const before = (await auditRows()).length;
    expect((await here.send({ method: 'DELETE', url: MINE })).json()).toEqual({ ended: 0 });
    expect(await auditRows()).toHaveLength(before);
  });

  it('by id ends that one', async () => {
    const other = (await listOf(here)).find((session) => !session.current)?.id;
    const reply = await here.send({ method: 'DELETE', url: `${MINE}/${other}` });
    expect([reply.statusCode, reply.body]).toEqual([204, '']);
    expect([await isIn(here), await isIn(there)]).toEqual([true, false]);
    const [row] = await auditRows();
    expect(row).toMatchObject({ username: 'ann', description: 'ended a session of ann' });
    expect(JSON.parse(row?.before ?? '{}')).toEqual({
      id: other,
      via: 'password',
      address: '127.0.0.1',
      user_agent: 'lightMyRequest',
    });
    expect((await here.send({ method: 'DELETE', url: `${MINE}/${other}` })).statusCode).toBe(404);
  });

  it('by an administrator ends all, or one', async () => {
    const url = `${OWN}/users/${ann.id}/sessions`;
    const [first] = (await server.inject({ url, as: 'admin' })).json<SessionBody[]>();
    expect(first).toMatchObject({ current: false });
    const one = await server.inject({ method: 'DELETE', url: `${url}/${first?.id}`, as: 'admin' });
    expect(one.statusCode).toBe(204);
    expect(await isIn(here)).toBe(false);
    const rest = await server.inject({ method: 'DELETE', url, as: 'admin' });
    expect(rest.json()).toEqual({ ended: 1 });
    expect(await isIn(there)).toBe(false);
    expect((await auditRows())[0]).toMatchObject({ username: 'admin', resource: 'ann' });
  });

  it("leaves an administrator's own session, when it is the one that asks", async () => {
    const admin = await signedIn(server.admin);
    const list = await admin.send({ url: `${OWN}/users/1/sessions` });
    expect(list.json<SessionBody[]>().filter((session) => session.current)).toHaveLength(1);
    await admin.send({ method: 'DELETE', url: `${OWN}/users/1/sessions` });
    expect(await isIn(admin)).toBe(true);
  });

  it('of somebody else by their id does not work through the own account', async () => {
    const [theirs] = (await server.inject({ url: `${OWN}/users/${ann.id}/sessions`, as: 'admin' })).json<
      SessionBody[]
    >();
    const bens = await signedIn(ben);
    for (const url of [`${MINE}/${theirs?.id}`, `${OWN}/users/${ben.id}/sessions/${theirs?.id}`])
      expect((await bens.send({ method: 'DELETE', url })).statusCode).toBe(404);
    expect(await isIn(here)).toBe(true);
  });
});

describe('refusals', () => {
  const paths = (id: string | number): Pick<TestRequest, 'method' | 'url'>[] => [
    { method: 'GET', url: `${OWN}/users/${id}/sessions` },
    { method: 'DELETE', url: `${OWN}/users/${id}/sessions` },
    { method: 'DELETE', url: `${OWN}/users/${id}/sessions/some` },
  ];

  it('are 401 for nobody, also for the own ones', async () => {
    for (const request of [...paths('current'), ...paths(ann.id)])
      await expectCase(server, { says: '', request, status: 401, code: 'UNAUTHORIZED' });
  });

  it('are the same 403 for accounts that exist and that do not', async () => {
    const bodies: string[] = [];
    for (const id of [1, ann.id, 4711, '00', 'nobody'])
      for (const request of paths(id)) {
        const reply = await server.inject({ ...request, as: ben });
        expect(reply.statusCode, JSON.stringify(request)).toBe(403);
        bodies.push(reply.body);
      }
    expect(new Set(bodies).size).toBeLessThanOrEqual(2);
  });

  const cases: readonly Case[] = [
    ...paths(4711).map((request) => ({ says: `${request.method}: no such user`, request, status: 404 })),
    ...paths('x').map((request) => ({ says: `${request.method}: what is no id`, request, status: 422 })),
    {
      says: 'no such session',
      request: { method: 'DELETE', url: `${OWN}/users/1/sessions/4711` },
      status: 404,
      code: 'NOT_FOUND',
    },
    {
      says: 'a session id that is too long',
      request: { method: 'DELETE', url: `${OWN}/users/1/sessions/${'x'.repeat(65)}` },
      status: 422,
    },
  ];
  it.each(cases)('are told to an administrator: $says', (refusal) =>
    expectCase(server, { ...refusal, request: { ...refusal.request, as: 'admin' } }),
  );

  it('need the CSRF token, as every change by a session', async () => {
    const reply = await here.send({ method: 'DELETE', url: MINE, bare: true });
    expect(reply.statusCode).toBe(403);
    expect(await isIn(there)).toBe(true);
  });
});
