import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAYS, HOURS, manualClock } from '#server/lib/clock.ts';
import { client, image } from '#test/support/oci.ts';
import { makeServer, type Credentials, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, type Person } from '../people.ts';

const clock = manualClock(Date.UTC(2026, 2, 1));
let server: TestServer;
let ann: Person;

beforeAll(async () => {
  server = await makeServer({ clock });
  ann = await addUser(server, 'ann');
  await addProject(server, 'secret');
  await addMember(server, 'secret', { username: 'ann', role: 'developer' });
  await client(server).pushImage('secret/app', 'v1', image('app'));
});
afterAll(() => server.close());

interface Reply {
  readonly token: string;
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly scope?: string;
}

const post = (fields: Record<string, string> | string[][]) =>
  server.app.inject({
    method: 'POST',
    url: '/service/token',
    payload: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
const redeem = (token: string, scope = 'repository:secret/app:pull,push', service = 'berth') =>
  post({ grant_type: 'refresh_token', refresh_token: token, service, scope, client_id: 'docker' });

/** What `docker login` sends. */
const login = (who: Credentials, query = 'offline_token=true') =>
  server.inject({ url: `/service/token?account=x&client_id=docker&service=berth&${query}`, as: who });

async function refreshTokenOf(who: Credentials): Promise<string> {
  const reply = await login(who);
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<{ refresh_token: string }>().refresh_token;
}

const pull = (bearer: string) =>
  server.app.inject({
    url: '/v2/secret/app/manifests/v1',
    headers: { authorization: `Bearer ${bearer}` },
  });

describe('a refresh token', () => {
  it('comes with offline_token=true by GET and access_type=offline by POST, and not unasked', async () => {
    const { username, password } = ann;
    const form = { grant_type: 'password', service: 'berth', username, password };
    const asked = [await login(ann), await post({ ...form, access_type: 'offline' })];
    const unasked = [
      await login(ann, ''),
      await login(ann, 'offline_token=false'),
      await post(form),
      await post({ ...form, access_type: 'online' }),
    ];
    const tokens = [...asked, ...unasked].map((reply) => {
      expect(reply.statusCode, reply.body).toBe(200);
      expect(reply.headers['cache-control']).toBe('no-store');
      return reply.json<Reply>().refresh_token;
    });
    for (const token of tokens.slice(0, 2)) expect(token).toMatch(/^berth-refresh-[\w-]{43}$/);
    expect(new Set(tokens).size).toBe(3);
    expect(tokens.slice(2).every((token) => token === undefined)).toBe(true);
  });

  it('is not given to nobody, to a wrong password, or over HEAD', async () => {
    const anonymous = await server.app.inject({ url: '/service/token?service=berth&offline_token=true' });
    expect(anonymous.statusCode).toBe(200);
    expect(anonymous.json()).not.toHaveProperty('refresh_token');
    const count = async () =>
      (await server.context.db.read.selectFrom('refresh_token').select('id').execute()).length;
    const before = await count();
    expect((await login({ ...ann, password: 'wrong' })).statusCode).toBe(401);
    clock.advance(2_000);
    const url = '/service/token?service=berth&offline_token=true';
    expect((await server.inject({ method: 'HEAD', url, as: ann })).statusCode).toBe(200);
    expect(await count()).toBe(before);
  });

  it('gives access tokens of its account, as often as it is asked', async () => {
    const refresh = await refreshTokenOf(ann);
    for (let i = 0; i < 3; i++) {
      const reply = await redeem(refresh);
      expect(reply.statusCode, reply.body).toBe(200);
      const body = reply.json<Reply>();
      expect(body.scope).toBe('repository:secret/app:pull,push');
      expect(body.access_token).toBe(body.token);
      // One that gave others would outlive itself.
      expect(body).not.toHaveProperty('refresh_token');
      expect((await pull(body.token)).statusCode).toBe(200);
    }
    const again = await post({
      grant_type: 'refresh_token',
      refresh_token: refresh,
      service: 'berth',
      access_type: 'offline',
    });
    expect(again.json()).not.toHaveProperty('refresh_token');
  });

  it('is in the database only as a hash', async () => {
    const refresh = await refreshTokenOf(ann);
    const rows = await server.context.db.read.selectFrom('refresh_token').selectAll().execute();
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(refresh.slice('berth-refresh-'.length));
  });

  it('opens nothing but the token service', async () => {
    const refresh = await refreshTokenOf(ann);
    const bearer = { authorization: `Bearer ${refresh}` };
    const basics = ['ann', '<token>', ''].map((name) => ({
      authorization: `Basic ${Buffer.from(`${name}:${refresh}`).toString('base64')}`,
    }));
    for (const headers of [bearer, ...basics]) {
      for (const url of ['/v2/', '/v2/secret/app/manifests/v1', '/api/v2.0/users/current'])
        expect((await server.app.inject({ url, headers })).statusCode, url).toBe(401);
      const url = '/service/token?service=berth&scope=repository:secret/app:pull';
      expect((await server.app.inject({ url, headers })).statusCode, 'token service').toBe(401);
      clock.advance(2_000);
    }
  });

  it('gives no more than its account may do now, and no more than was asked', async () => {
    const refresh = await refreshTokenOf(ann);
    const scopeOf = async (scope: string) => (await redeem(refresh, scope)).json<Reply>().scope;
    expect(await scopeOf('repository:secret/app:*')).toBe('repository:secret/app:pull,push');
    expect(await scopeOf('repository:secret/app:delete registry:other:*')).toBe('');
    expect(await scopeOf('repository:secret/app:pull')).toBe('repository:secret/app:pull');
    expect(await scopeOf('')).toBe('');
    const members = await server.inject({
      url: '/api/v2.0/projects/secret/members?entityname=ann',
      as: 'admin',
    });
    const [member] = members.json<{ id: number }[]>();
    const url = `/api/v2.0/projects/secret/members/${member?.id}`;
    const guest = await server.inject({ method: 'PUT', url, as: 'admin', payload: { role_id: 3 } });
    expect(guest.statusCode).toBe(200);
    expect(await scopeOf('repository:secret/app:pull,push')).toBe('repository:secret/app:pull');
    await server.inject({ method: 'PUT', url, as: 'admin', payload: { role_id: 2 } });
  });

  it('loses an administrator’s rights with them', async () => {
    const chief = await addUser(server, 'chief');
    const setFlag = (is_admin: 0 | 1) =>
      server.context.db.tx((tx) =>
        tx.updateTable('account').set({ is_admin }).where('id', '=', chief.id).execute(),
      );
    await setFlag(1);
    const refresh = await refreshTokenOf(chief);
    const scope = async () => (await redeem(refresh, 'repository:secret/app:delete')).json<Reply>().scope;
    expect(await scope()).toBe('repository:secret/app:delete');
    await setFlag(0);
    expect(await scope()).toBe('');
  });

  it('is refused with a sentence where it is wrong, cut, or for another service', async () => {
    const refresh = await refreshTokenOf(ann);
    for (const wrong of ['x', refresh.slice(0, -1), `${refresh}x`, refresh.toUpperCase()]) {
      const reply = await redeem(wrong);
      expect(reply.statusCode).toBe(401);
      expect(reply.body).toContain('the refresh token has ended or is not of this registry: sign in again');
    }
    expect((await redeem(refresh, '', 'other')).statusCode).toBe(400);
    await server.context.db.tx((tx) => tx.updateTable('refresh_token').set({ service: 'other' }).execute());
    expect((await redeem(refresh)).statusCode).toBe(401);
  });

  it('takes no form without a token, and no other grant', async () => {
    for (const form of [
      { grant_type: 'refresh_token', service: 'berth' },
      { grant_type: 'client_credentials', service: 'berth' },
      { service: 'berth' },
    ])
      expect((await post(form as Record<string, string>)).statusCode).toBe(400);
  });
});

describe('a refresh token ends', () => {
  const statusOf = async (token: string) => (await redeem(token)).statusCode;

  it('with the password that it was given for, and not with that of others', async () => {
    const [bob, cat] = [await addUser(server, 'bob'), await addUser(server, 'cat')];
    const [bobs, cats] = [await refreshTokenOf(bob), await refreshTokenOf(cat)];
    const other = await server.context.db.read
      .selectFrom('account')
      .select('password_hash')
      .where('id', '=', cat.id)
      .executeTakeFirstOrThrow();
    await server.context.db.tx((tx) =>
      tx
        .updateTable('account')
        .set({ password_hash: other.password_hash })
        .where('id', '=', bob.id)
        .execute(),
    );
    expect(await statusOf(bobs)).toBe(401);
    expect(await statusOf(cats)).toBe(200);
  });

  it('with its account', async () => {
    const dan = await addUser(server, 'dan');
    const token = await refreshTokenOf(dan);
    expect(await statusOf(token)).toBe(200);
    await server.context.db.tx((tx) =>
      tx.updateTable('account').set({ deleted_at: clock.now() }).where('id', '=', dan.id).execute(),
    );
    expect(await statusOf(token)).toBe(401);
    await server.context.tokens.purge();
    const left = server.context.db.read.selectFrom('refresh_token').where('account_id', '=', dan.id);
    expect(await left.select('id').execute()).toEqual([]);
  });

  it('after 30 days without use, and not while it is used', async () => {
    const [used, idle] = [await refreshTokenOf(ann), await refreshTokenOf(ann)];
    clock.advance(DAYS(29));
    await server.idle();
    expect(await statusOf(used)).toBe(200);
    clock.advance(DAYS(1) + HOURS(1));
    expect(await statusOf(idle)).toBe(401);
    expect(await statusOf(used)).toBe(200);
    await server.context.tokens.purge();
    const rows = await server.context.db.read.selectFrom('refresh_token').select('used_at').execute();
    expect(rows.map(({ used_at }) => used_at)).toEqual([clock.now()]);
  });

  it('where its account has 500 newer ones', async () => {
    const eve = await addUser(server, 'eve');
    const first = await refreshTokenOf(eve);
    clock.advance(1);
    const second = await refreshTokenOf(eve);
    const { tokens } = server.context;
    const storedHash = (await server.context.users.findByName('eve'))?.passwordHash ?? '';
    const principal = {
      kind: 'user',
      userId: eve.id,
      username: 'eve',
      isAdmin: false,
      via: 'basic',
    } as const;
    const actor = { principal, requestId: 'test', address: '192.0.2.1' };
    for (let i = 0; i < 499; i++) {
      clock.advance(1);
      await tokens.refresh.mint({ actor, storedHash, service: 'berth' });
    }
    expect(await statusOf(first)).toBe(401);
    expect(await statusOf(second)).toBe(200);
    const rows = server.context.db.read.selectFrom('refresh_token').where('account_id', '=', eve.id);
    expect(await rows.select('id').execute()).toHaveLength(500);
  });
});

describe('a use', () => {
  it('is written down once an hour', async () => {
    const fay = await addUser(server, 'fay');
    const token = await refreshTokenOf(fay);
    const usedAt = async () =>
      (
        await server.context.db.read
          .selectFrom('refresh_token')
          .select('used_at')
          .where('account_id', '=', fay.id)
          .executeTakeFirstOrThrow()
      ).used_at;
    const begun = await usedAt();
    clock.advance(HOURS(1) - 1);
    await redeem(token);
    expect(await usedAt()).toBe(begun);
    clock.advance(1);
    await redeem(token);
    expect(await usedAt()).toBe(clock.now());
  });
});
