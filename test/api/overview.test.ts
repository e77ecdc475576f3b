import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OverviewBody } from '#server/domain/overview/contract.ts';
import { DAYS, HOURS, manualClock, type ManualClock } from '#server/lib/clock.ts';
import { makeServer, type TestServer, type TestServerOptions } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, OWN, type Person } from './people.ts';
import { pushImage } from './push.ts';

const NOON = Date.UTC(2026, 2, 10, 12);
let clock: ManualClock;
let server: TestServer;
let ann: Person;

async function start(options: TestServerOptions = {}): Promise<void> {
  clock = manualClock(NOON);
  server = await makeServer({ clock, ...options });
  ann = await addUser(server, 'ann');
}
beforeEach(() => start());
afterEach(() => server.close());

async function overview(
  as: Parameters<TestServer['inject']>[0]['as'] = 'admin',
  days = 14,
): Promise<OverviewBody> {
  await server.idle();
  const reply = await server.inject({ url: `${OWN}/overview?days=${days}`, ...(as ? { as } : {}) });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json();
}

async function pull(name: string, reference: string): Promise<void> {
  const reply = await server.inject({ url: `/v2/${name}/manifests/${reference}`, as: 'admin' });
  expect(reply.statusCode, reply.body).toBe(200);
}

const kinds = (body: OverviewBody): string[] => (body.stock?.concerns ?? []).map(({ kind }) => kind);

describe('GET /api/berth/v1/overview', () => {
  it('counts pushes and pulls, by the day and of one day by the hour', async () => {
    await pushImage(server, 'library/app', { tag: '1' });
    await pull('library/app', '1');
    await pull('library/app', '1');
    await server.idle();
    clock.advance(DAYS(1));
    await pull('library/app', '1');
    const two = await overview();
    expect(two).toMatchObject({ scope: 'all', pulls: { count: 3 }, pushes: { count: 1 } });
    expect(two.traffic).toHaveLength(14);
    expect(two.traffic.slice(-2)).toEqual([
      { starts_at: '2026-03-10T00:00:00.000Z', pulls: 2, pushes: 1 },
      { starts_at: '2026-03-11T00:00:00.000Z', pulls: 1, pushes: 0 },
    ]);
    clock.advance(HOURS(2));
    const day = await overview('admin', 1);
    expect(day.traffic).toHaveLength(24);
    expect(day.traffic.at(-3)).toEqual({ starts_at: '2026-03-11T12:00:00.000Z', pulls: 1, pushes: 0 });
    expect(day.pulls.count).toBe(1);
  });

  it('shows others the numbers of their own projects alone, and what is stored to administrators alone', async () => {
    const web = await addProject(server, 'web');
    await addProject(server, 'closed');
    await addMember(server, web, { username: 'ann', role: 'limitedGuest' });
    await pushImage(server, 'web/app', { tag: '1' });
    await pushImage(server, 'closed/app', { tag: '1' });
    await pushImage(server, 'library/app', { tag: '1' });
    await pull('closed/app', '1');
    const own = await overview(ann);
    expect(own).toMatchObject({
      scope: 'own',
      pulls: { count: 0 },
      pushes: { count: 1 },
      projects: 1,
      repositories: 1,
      stock: null,
    });
    expect(own.recent.map((push) => `${push.project_name}/${push.repository_name}`)).toEqual(['web/app']);
    const all = await overview();
    expect(all).toMatchObject({
      pushes: { count: 3 },
      projects: 3,
      repositories: 3,
      stock: { artifacts: 3 },
    });
    const stranger = await server.inject({ url: `${OWN}/overview` });
    expect(stranger.statusCode).toBe(401);
  });

  it('forgets a project with the membership', async () => {
    const web = await addProject(server, 'web');
    const id = await addMember(server, web, { username: 'ann', role: 'developer' });
    await pushImage(server, 'web/app', { tag: '1' });
    expect((await overview(ann)).pushes.count).toBe(1);
    await server.inject({ method: 'DELETE', url: `${API}/projects/web/members/${id}`, as: 'admin' });
    expect(await overview(ann)).toMatchObject({ pushes: { count: 0 }, recent: [] });
  });

  it('compares with the period before only when all of that is known', async () => {
    await pushImage(server, 'library/app', { tag: '1' });
    await pull('library/app', '1');
    expect((await overview()).pulls).toEqual({ count: 1, before: null });
    await server.idle();
    clock.advance(DAYS(27));
    await pull('library/app', '1');
    expect((await overview()).pulls).toEqual({ count: 1, before: 1 });
  });

  it('lists the newest pushes first, with their newest tags', async () => {
    for (const tag of ['1', '2', '3', '4', '5', '6', '7', '8', '9']) {
      clock.advance(1000);
      await pushImage(server, `library/app-${tag}`, { tag });
    }
    clock.advance(1000);
    const digest = await pushImage(server, 'library/other/deep', { tag: 'x' });
    const { recent } = await overview();
    expect(recent).toHaveLength(8);
    expect(recent[0]).toEqual({
      project_name: 'library',
      repository_name: 'other/deep',
      digest,
      tags: ['x'],
      push_time: '2026-03-10T12:00:10.000Z',
    });
    expect(recent.map(({ tags }) => tags[0])).toEqual(['x', '9', '8', '7', '6', '5', '4', '3']);
  });

  it('lists pushes of before as many projects were pushed to and deleted as it looks at', async () => {
    await pushImage(server, 'library/app', { tag: '1' });
    await server.idle();
    for (let number = 0; number < 16; number++) {
      clock.advance(1000);
      const name = `brief-${number}`;
      await addProject(server, name);
      await pushImage(server, `${name}/app`);
      await server.idle();
      for (const url of [`${API}/projects/${name}/repositories/app`, `${API}/projects/${name}`])
        expect((await server.inject({ method: 'DELETE', url, as: 'admin' })).statusCode).toBe(200);
    }
    expect((await overview()).recent).toMatchObject([{ project_name: 'library', repository_name: 'app' }]);
    const { db, overview: kept } = server.context;
    await kept.keepDays();
    expect(await db.read.selectFrom('project_push').selectAll().execute()).toHaveLength(1);
  });

  it('tells what is stored by the day, and how many artifacts there are', async () => {
    await pushImage(server, 'library/app', { tag: '1' });
    await server.context.overview.keepDays();
    const before = (await overview()).stock;
    clock.advance(DAYS(1));
    await pushImage(server, 'library/second', { tag: '2' });
    const { stock } = await overview();
    expect(before?.artifacts).toBe(1);
    expect(stock?.artifacts).toBe(2);
    expect(stock?.by_day.map((day) => day.starts_at)).toEqual([
      '2026-03-10T00:00:00.000Z',
      '2026-03-11T00:00:00.000Z',
    ]);
    expect(stock?.by_day[0]?.stored_bytes).toBe(before?.stored_bytes);
    expect(stock?.by_day[1]?.stored_bytes).toBe(stock?.stored_bytes);
    await server.inject({ method: 'DELETE', url: `${API}/projects/library/repositories/app`, as: 'admin' });
    expect((await overview()).stock?.artifacts).toBe(1);
  });

  it('forgets days after 400 of them, and hours after three days', async () => {
    const { db, overview: kept } = server.context;
    await pushImage(server, 'library/app', { tag: '1' });
    await server.idle();
    await kept.keepDays();
    const spans = async (): Promise<string[]> =>
      (await db.read.selectFrom('traffic').select('span').orderBy('span').execute()).map(({ span }) => span);
    expect(await spans()).toEqual(['day', 'day', 'hour', 'hour']);
    clock.advance(DAYS(4));
    await kept.keepDays();
    expect(await spans()).toEqual(['day', 'day']);
    clock.advance(DAYS(397));
    await kept.keepDays();
    expect(await spans()).toEqual([]);
    expect(await db.read.selectFrom('storage_day').selectAll().execute()).toHaveLength(2);
  });

  it('says that what is sent can be read on the way, unless it is encrypted or stays on this machine', async () => {
    expect(kinds(await overview())).toEqual(['plain_http']);
    await server.close();
    await start({ externalUrl: 'https://registry.example' });
    expect(kinds(await overview())).toEqual([]);
    await server.close();
    await start({ listenHost: '127.0.0.1' });
    expect(kinds(await overview())).toEqual([]);
  });

  it('says what administrators set and may have forgotten', async () => {
    const payload = { read_only: true, self_registration: true };
    await server.inject({ method: 'PUT', url: `${API}/configurations`, as: 'admin', payload });
    expect(kinds(await overview())).toEqual(['read_only', 'plain_http', 'registration_open']);
  });

  it('refuses a number of days that it does not keep', async () => {
    const reply = await server.inject({ url: `${OWN}/overview?days=7`, as: 'admin' });
    expect(reply.statusCode).toBe(422);
  });
});
