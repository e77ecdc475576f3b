import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client, image } from '#test/support/oci.ts';
import { makeServer, type Credentials, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, type Person } from '../people.ts';

let server: TestServer;
let ann: Person;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  await addProject(server, 'secret');
  await addProject(server, 'open', { isPublic: true });
  await addMember(server, 'secret', { username: 'ann', role: 'maintainer' });
  await client(server).pushImage('secret/app', 'v1', image('app'));
});
afterAll(() => server.close());

interface Grant {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

const ask = (query: string, as?: 'admin' | Credentials) =>
  server.inject({ url: `/service/token?${query}`, ...(as ? { as } : {}) });

/** What the token of the reply is for. */
function grantsOf(reply: { json<T>(): T }): Grant[] {
  return decodeJwt<{ access: Grant[] }>(reply.json<{ token: string }>().token).access;
}

const app = (...actions: string[]): Grant => ({ type: 'repository', name: 'secret/app', actions });

describe('GET /service/token', () => {
  it('answers as the token specification has it', async () => {
    const reply = await ask('service=berth&scope=repository:secret/app:pull', ann);
    expect(reply.statusCode).toBe(200);
    const body = reply.json<Record<string, unknown>>();
    expect(Object.keys(body).toSorted()).toEqual(['access_token', 'expires_in', 'issued_at', 'token']);
    expect(body.access_token).toBe(body.token);
    expect(body.expires_in).toBe(1_800);
    expect(Math.abs(Date.now() - Date.parse(String(body.issued_at)))).toBeLessThan(60_000);
    const claims = decodeJwt(String(body.token));
    expect(claims).toMatchObject({ aud: 'berth', sub: 'ann', uid: ann.id });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(1_800);
  });

  it.each([
    ['one scope', 'scope=repository:secret/app:pull', [app('pull')]],
    ['what docker writes', 'scope=repository:secret/app:push,pull', [app('push', 'pull')]],
    [
      'what containerd asks twice',
      'scope=repository:secret/app:pull&scope=repository:secret/app:pull,push',
      [app('pull', 'push')],
    ],
    [
      'what the conformance suite joins by spaces',
      'scope=repository:secret/app:pull%20repository:secret/app:push',
      [app('pull', 'push')],
    ],
    ['spaces and plus signs', 'scope=+repository:secret/app:pull++', [app('pull')]],
    ['what skopeo deletes with', 'scope=repository:secret/app:*', [app('pull', 'push', 'delete')]],
    ['the star beside others', 'scope=repository:secret/app:pull,*', [app('pull', 'push', 'delete')]],
    [
      'several repositories',
      'scope=repository:open/b:pull,push&scope=repository:secret/app:pull',
      [{ type: 'repository', name: 'open/b', actions: ['pull'] }, app('pull')],
    ],
    ['actions that there are not', 'scope=repository:secret/app:pull,fly', [app('pull')]],
    ['a repository of nobody', 'scope=repository:nowhere/app:pull', []],
    ['a name that is none', 'scope=repository:Secret/../app:pull', []],
    ['a type that there is not', 'scope=boat:secret/app:pull', []],
    ['of a registry anything but its catalog', 'scope=registry:other:*', []],
    ['another registry scope', 'scope=registry:boats:*', []],
    ['nothing', '', []],
    ['an empty scope', 'scope=', []],
  ])('takes %s', async (_says, query, wanted) => {
    const reply = await ask(`service=berth&${query}`, ann);
    expect(reply.statusCode, reply.body).toBe(200);
    expect(grantsOf(reply)).toEqual(wanted);
  });

  it('gives the catalog, which lists what the caller may pull, beside what else is asked', async () => {
    const reply = await ask('scope=registry:catalog:*%20repository:secret/new:pull,push', 'admin');
    expect(grantsOf(reply)).toEqual([
      { type: 'registry', name: 'catalog', actions: ['*'] },
      { type: 'repository', name: 'secret/new', actions: ['pull', 'push'] },
    ]);
  });

  it('looks at no more than a hundred scopes', async () => {
    const scopes = Array.from({ length: 101 }, (_, i) => `repository:secret/app${i}:pull`);
    expect(grantsOf(await ask(`scope=${scopes.join('%20')}`, ann))).toHaveLength(100);
  });

  it('gives nobody a token too: for what everybody may do', async () => {
    const reply = await ask('service=berth&scope=repository:open/a:pull,push%20repository:secret/app:pull');
    expect(reply.statusCode).toBe(200);
    expect(grantsOf(reply)).toEqual([{ type: 'repository', name: 'open/a', actions: ['pull'] }]);
    expect(decodeJwt(reply.json<{ token: string }>().token)).toMatchObject({ uid: 0, sub: '' });
  });

  it('takes account, client_id and what it does not know for nothing', async () => {
    const reply = await ask('account=admin&client_id=docker&boat=1&scope=repository:secret/app:pull');
    expect(reply.statusCode).toBe(200);
    expect(grantsOf(reply)).toEqual([]);
    expect(decodeJwt(reply.json<{ token: string }>().token)).toMatchObject({ uid: 0 });
    const named = await ask('account=admin&client_id=x&scope=repository:secret/app:pull', ann);
    expect(decodeJwt(named.json<{ token: string }>().token)).toMatchObject({ uid: ann.id });
  });

  it('refuses a wrong password and what is no password with 401', async () => {
    const query = 'service=berth&scope=repository:open/app:pull';
    for (const as of [
      { username: 'ann', password: 'wrong' },
      { username: 'stranger', password: 'wrong' },
      { username: '', password: '' },
    ])
      expect((await ask(query, as)).statusCode).toBe(401);
    for (const authorization of ['Bearer x', 'Basic', 'Basic !', 'nonsense']) {
      const reply = await server.app.inject({ url: `/service/token?${query}`, headers: { authorization } });
      expect(reply.statusCode, authorization).toBe(401);
    }
  });

  it('is for this service, named or not', async () => {
    expect((await ask('service=other', ann)).statusCode).toBe(400);
    expect((await ask('', ann)).statusCode).toBe(200);
  });

  it('answers a HEAD with the head alone', async () => {
    const reply = await server.inject({ method: 'HEAD', url: '/service/token?service=berth', as: ann });
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toBe('');
    expect(reply.headers['cache-control']).toBe('no-store');
  });
});

describe('POST /service/token', () => {
  const post = (fields: string[][], type = 'application/x-www-form-urlencoded') =>
    server.app.inject({
      method: 'POST',
      url: '/service/token',
      payload: new URLSearchParams(fields).toString(),
      headers: { 'content-type': type },
    });
  const credentials = () => [
    ['grant_type', 'password'],
    ['username', ann.username],
    ['password', ann.password],
    ['service', 'berth'],
    ['client_id', 'containerd-client'],
  ];

  it('names the scopes that it granted, joined by spaces, repeated or both', async () => {
    for (const scopes of [
      [['scope', 'repository:secret/app:pull repository:open/a:pull,push repository:secret/app:push']],
      [
        ['scope', 'repository:secret/app:pull'],
        ['scope', 'repository:open/a:pull,push'],
        ['scope', 'repository:secret/app:push'],
      ],
      [
        ['scope', 'repository:secret/app:pull repository:open/a:push'],
        ['scope', 'repository:open/a:pull repository:secret/app:push'],
      ],
    ]) {
      const reply = await post([...credentials(), ...scopes]);
      expect(reply.statusCode, reply.body).toBe(200);
      expect(reply.json()).toMatchObject({
        scope: 'repository:secret/app:pull,push repository:open/a:pull',
        expires_in: 1_800,
      });
      expect(grantsOf(reply)).toEqual([
        app('pull', 'push'),
        { type: 'repository', name: 'open/a', actions: ['pull'] },
      ]);
    }
    expect((await post(credentials())).json()).toMatchObject({ scope: '' });
  });

  it('refuses a wrong password with 401, a foreign service and a form that is none with 400 and 415', async () => {
    const wrong = credentials().map(([key = '', value = '']) => [key, key === 'password' ? 'wrong' : value]);
    expect((await post(wrong)).statusCode).toBe(401);
    const foreign = credentials().map(([key = '', value = '']) => [key, key === 'service' ? 'x' : value]);
    expect((await post(foreign)).statusCode).toBe(400);
    expect((await post(credentials(), 'application/json')).statusCode).toBe(415);
    expect((await server.app.inject({ method: 'POST', url: '/service/token' })).statusCode).toBe(400);
  });
});

describe('a token that was got', () => {
  it('is asked again at each request: a role that went takes it along, one that came does not widen it', async () => {
    const bob = await addUser(server, 'bob');
    const pull = async (bearer: string) =>
      (
        await server.app.inject({
          url: '/v2/secret/app/manifests/v1',
          headers: { authorization: `Bearer ${bearer}` },
        })
      ).statusCode;
    const get = async () =>
      (await ask('scope=repository:secret/app:pull', bob)).json<{ token: string }>().token;
    const before = await get();
    expect(await pull(before)).toBe(403);
    const member = await addMember(server, 'secret', { username: 'bob', role: 'guest' });
    // The right is there, but the token was cut before it came: the client is told to get another.
    expect(await pull(before)).toBe(401);
    const after = await get();
    expect(await pull(after)).toBe(200);
    await server.inject({
      method: 'DELETE',
      url: `/api/v2.0/projects/secret/members/${member}`,
      as: 'admin',
    });
    expect(await pull(after)).toBe(403);
  });
});
