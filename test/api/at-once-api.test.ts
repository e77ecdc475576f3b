import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '#server/lib/clock.ts';
import { nameOf, prefix, readContract } from '#test/architecture/harbor-surface-contract.ts';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { AT_ONCE } from './at-once-cases.ts';
import type { Crowd } from './at-once.ts';
import { addUser, API } from './people.ts';

const ROUNDS = 3;
const clock = manualClock();
let server: TestServer;
let crowd: Crowd;

beforeAll(async () => {
  server = await makeServer({ clock });
  const second = await addUser(server, 'second');
  const reply = await setAdmin({ id: second.id, as: 'admin', flag: true });
  expect(reply.statusCode, reply.body).toBe(200);
  crowd = { server, second, ids: new Map(), wait: (milliseconds) => clock.advance(milliseconds) };
});
afterAll(() => server.close());

const setAdmin = (change: { id: number; as: TestRequest['as']; flag: boolean }) =>
  server.inject({
    method: 'PUT',
    url: `${API}/users/${change.id}/sysadmin`,
    ...(change.as === undefined ? {} : { as: change.as }),
    payload: { sysadmin_flag: change.flag },
  });

const succeeded = (status: number): boolean => status >= 200 && status < 300;

describe('done by two administrators at once', () => {
  it.each(AT_ONCE.map((each, index) => [each.says, each, index] as const))(
    '%s',
    async (_says, given, index) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const name = `at-once-${index}-${round}`;
        const requests = await given.prepare(crowd, name);
        const replies = await Promise.all(requests.map((request) => server.inject(request)));
        const statuses = replies.map((reply) => reply.statusCode);
        const told = replies.map((reply) => `${reply.statusCode} ${reply.body}`).join('\n');
        const successes = statuses.filter(succeeded).length;
        if (given.succeed === 'all') expect(successes, told).toBe(requests.length);
        else if (given.succeed === 'some') expect(successes, told).toBeGreaterThan(0);
        else expect(successes, told).toBe(given.succeed);
        const others = statuses.filter((status) => !succeeded(status));
        for (const status of others) expect(given.otherwise, told).toContain(status);
        await given.after?.(crowd, name);
      }
    },
  );

  it('two administrators who take each other’s rights leave one', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const third = await addUser(server, `third-${round}`);
      const fourth = await addUser(server, `fourth-${round}`);
      for (const { id } of [third, fourth]) await setAdmin({ id, as: 'admin', flag: true });
      const replies = await Promise.all([
        setAdmin({ id: third.id, as: fourth, flag: false }),
        setAdmin({ id: fourth.id, as: third, flag: false }),
        setAdmin({ id: third.id, as: fourth, flag: false }),
      ]);
      for (const reply of replies) expect([200, 403], reply.body).toContain(reply.statusCode);
      const users = await server.inject({ url: `${API}/users?page_size=100`, as: 'admin' });
      const left = users
        .json<{ username: string; sysadmin_flag: boolean }[]>()
        .filter(({ username }) => [third.username, fourth.username].includes(username))
        .filter(({ sysadmin_flag }) => sysadmin_flag);
      expect(left).toHaveLength(1);
    }
  });

  it('the last of them is not demoted, however many try', async () => {
    const admins = (await server.inject({ url: `${API}/users?page_size=100`, as: 'admin' }))
      .json<{ user_id: number; sysadmin_flag: boolean }[]>()
      .filter((user) => user.sysadmin_flag);
    expect(admins.length).toBeGreaterThan(1);
    const ids = [...admins.map((user) => user.user_id), 1];
    const replies = await Promise.all(ids.map((id) => setAdmin({ id, as: 'admin', flag: false })));
    for (const reply of replies) expect([200, 403], reply.body).toContain(reply.statusCode);
    const rows = await server.context.db.read
      .selectFrom('account')
      .select('id')
      .where('is_admin', '=', 1)
      .where('deleted_at', 'is', null)
      .execute();
    expect(rows.length).toBeGreaterThan(0);
  });
});

describe('the table of what is done at once', () => {
  it('has each changing operation of Harbor that is served here', async () => {
    const covered = new Set([...AT_ONCE.flatMap(({ covers }) => covers), 'PUT /users/{user_id}/sysadmin']);
    const served = new Set(
      server.app.guardedRoutes
        .filter(({ url }) => url.startsWith(`${prefix}/`))
        .map(({ method, url }) => `${method} ${url.slice(prefix.length).replaceAll(/:([a-z_]+)/g, '{$1}')}`),
    );
    const changing = readContract()
      .operations.map(nameOf)
      .filter((name) => served.has(name) && !/^(?:GET|HEAD) /.test(name));
    expect(changing.filter((name) => !covered.has(name))).toEqual([]);
    expect([...covered].filter((name) => !changing.includes(name))).toEqual([]);
  });
});
