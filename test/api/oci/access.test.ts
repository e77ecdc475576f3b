import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '#server/lib/clock.ts';
import { ROLE_IDS, type RoleName } from '#server/access/roles.ts';
import { makeServer, type Credentials, type TestServer } from '#test/support/server.ts';
import { client, content, image } from '#test/support/oci.ts';

let server: TestServer;
const people = new Map<string, Credentials>();
const person = (name: string): Credentials => people.get(name) ?? { username: name, password: 'unknown' };

beforeAll(async () => {
  server = await makeServer();
  for (const name of ['stranger', ...Object.keys(ROLE_IDS)]) {
    const username = name.toLowerCase();
    const password = 'Member-Pass-1';
    const reply = await server.inject({
      as: 'admin',
      method: 'POST',
      url: '/api/v2.0/users',
      payload: { username, password, email: `${username}@example.test`, realname: name },
    });
    expect(reply.statusCode).toBe(201);
    people.set(name, { username, password });
  }
  for (const [project, isPublic] of [
    ['secret', 'false'],
    ['open', 'true'],
  ] as const) {
    await server.inject({
      as: 'admin',
      method: 'POST',
      url: '/api/v2.0/projects',
      payload: { project_name: project, metadata: { public: isPublic } },
    });
    for (const [role, roleId] of Object.entries(ROLE_IDS)) {
      const payload = { role_id: roleId, member_user: { username: role.toLowerCase() } };
      expect(
        (
          await server.inject({
            as: 'admin',
            method: 'POST',
            url: `/api/v2.0/projects/${project}/members`,
            payload,
          })
        ).statusCode,
      ).toBe(201);
    }
    await client(server).pushImage(`${project}/app`, 'v1', image('app'));
  }
});
afterAll(() => server.close());

const basic = ({ username, password }: Credentials): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

async function token(scope: string | string[], as?: Credentials): Promise<string> {
  const query = new URLSearchParams([['service', 'berth'], ...[scope].flat().map((text) => ['scope', text])]);
  const reply = await server.app.inject({
    url: `/service/token?${query}`,
    headers: as ? { authorization: basic(as) } : {},
  });
  expect(reply.statusCode).toBe(200);
  return reply.json<{ token: string }>().token;
}

const withToken = async (method: 'GET' | 'HEAD' | 'POST' | 'DELETE', url: string, bearer: string) =>
  server.app.inject({ method, url, headers: { authorization: `Bearer ${bearer}` } });

describe('the challenge', () => {
  it('comes at /v2/ without credentials, from where the client reached us', async () => {
    const reply = await server.app.inject({ url: '/v2/', headers: { host: '10.1.2.3:5080' } });
    expect(reply.statusCode).toBe(401);
    expect(reply.headers['www-authenticate']).toBe(
      'Bearer realm="http://10.1.2.3:5080/service/token",service="berth"',
    );
    expect(reply.headers['docker-distribution-api-version']).toBe('registry/2.0');
  });

  it('names what it needs, and comes on public projects too', async () => {
    const scopeOf = async (method: 'GET' | 'POST' | 'DELETE', url: string) =>
      (await server.app.inject({ method, url })).headers['www-authenticate'];
    expect(await scopeOf('GET', '/v2/open/app/manifests/v1')).toContain('scope="repository:open/app:pull"');
    expect(await scopeOf('POST', '/v2/open/app/blobs/uploads/')).toContain(
      'scope="repository:open/app:pull,push"',
    );
    expect(await scopeOf('DELETE', '/v2/open/app/manifests/v1')).toContain(
      'scope="repository:open/app:delete"',
    );
    expect(await scopeOf('GET', '/v2/_catalog')).toContain('scope="registry:catalog:*"');
  });

  it('takes no Host header for a realm that is no host', async () => {
    const reply = await server.app.inject({ url: '/v2/', headers: { host: 'evil.example/"x' } });
    expect(reply.headers['www-authenticate']).toContain('realm="http://registry.test/service/token"');
  });

  it('is not sent to a preflight', async () => {
    const reply = await server.app.inject({ method: 'OPTIONS', url: '/v2/open/app/manifests/v1' });
    expect(reply.statusCode).toBe(204);
    expect(reply.headers['access-control-allow-methods']).toContain('PATCH');
  });
});

describe('tokens', () => {
  it('give an anonymous caller public pulls, and no more', async () => {
    const bearer = await token(['repository:open/app:pull,push', 'repository:secret/app:pull']);
    expect((await withToken('GET', '/v2/open/app/manifests/v1', bearer)).statusCode).toBe(200);
    expect((await withToken('GET', '/v2/', bearer)).statusCode).toBe(200);
    for (const [method, url] of [
      ['POST', '/v2/open/app/blobs/uploads/'],
      ['GET', '/v2/secret/app/manifests/v1'],
      ['GET', '/v2/nothing/app/manifests/v1'],
    ] as const) {
      const reply = await withToken(method, url, bearer);
      expect(reply.statusCode).toBe(401);
      expect(reply.headers['www-authenticate']).toContain('scope=');
    }
  });

  it('are refused to a wrong password, unlike Harbor’s', async () => {
    const reply = await server.app.inject({
      url: '/service/token?service=berth&scope=repository:open/app:pull',
      headers: { authorization: basic({ username: 'admin', password: 'wrong' }) },
    });
    expect(reply.statusCode).toBe(401);
    expect(
      (
        await server.app.inject({
          url: '/v2/',
          headers: { authorization: basic({ username: 'admin', password: 'wrong' }) },
        })
      ).statusCode,
    ).toBe(401);
  });

  it('are for one service', async () => {
    expect((await server.app.inject({ url: '/service/token?service=other' })).statusCode).toBe(400);
  });

  it('come by POST as containerd asks for them', async () => {
    const { username, password } = person('developer');
    const form = (fields: Record<string, string>) =>
      server.app.inject({
        method: 'POST',
        url: '/service/token',
        payload: new URLSearchParams(fields).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    const reply = await form({
      grant_type: 'password',
      service: 'berth',
      username,
      password,
      scope: 'repository:secret/app:pull,push repository:secret/app:pull',
    });
    expect(reply.statusCode).toBe(200);
    const { access_token: bearer, expires_in: seconds } = reply.json<{
      access_token: string;
      expires_in: number;
    }>();
    expect(seconds).toBe(1800);
    expect((await withToken('POST', '/v2/secret/app/blobs/uploads/', bearer)).statusCode).toBe(202);
    expect((await form({ grant_type: 'refresh_token', service: 'berth' })).statusCode).toBe(400);
  });

  it('stay as narrow as they were asked for', async () => {
    const bearer = await token('repository:secret/app:pull', person('developer'));
    expect((await withToken('GET', '/v2/secret/app/manifests/v1', bearer)).statusCode).toBe(200);
    const push = await withToken('POST', '/v2/secret/app/blobs/uploads/', bearer);
    // Not 403: with another token it may.
    expect(push.statusCode).toBe(401);
    expect((await withToken('GET', '/v2/secret/other/tags/list', bearer)).statusCode).toBe(401);
  });

  it('lose at once what the person loses', async () => {
    const payload = { username: 'leaver', password: 'Member-Pass-1', email: 'l@example.test', realname: 'l' };
    await server.inject({ as: 'admin', method: 'POST', url: '/api/v2.0/users', payload });
    const member = await server.inject({
      as: 'admin',
      method: 'POST',
      url: '/api/v2.0/projects/secret/members',
      payload: { role_id: 2, member_user: { username: 'leaver' } },
    });
    const bearer = await token('repository:secret/app:pull,push', payload);
    expect((await withToken('GET', '/v2/secret/app/manifests/v1', bearer)).statusCode).toBe(200);
    await server.inject({ as: 'admin', method: 'DELETE', url: String(member.headers['location']) });
    expect((await withToken('GET', '/v2/secret/app/manifests/v1', bearer)).statusCode).toBe(403);
  });

  it('that are forged, foreign or cut are refused', async () => {
    const good = await token('repository:open/app:pull');
    const [head, body] = good.split('.');
    const forgedBody = Buffer.from(
      JSON.stringify({
        iss: 'berth-token-issuer',
        aud: 'berth',
        exp: 9e9,
        uid: 1,
        access: [{ type: 'repository', name: 'secret/app', actions: ['pull'] }],
      }),
    ).toString('base64url');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const bad of [
      'x',
      `${head}.${body}.AAAA`,
      `${head}.${forgedBody}.${good.split('.')[2]}`,
      `${none}.${forgedBody}.`,
    ]) {
      const reply = await withToken('GET', '/v2/open/app/manifests/v1', bad);
      expect(reply.statusCode).toBe(401);
      expect(reply.headers['www-authenticate']).toContain('Bearer realm');
    }
  });
});

describe('refusals', () => {
  it('name the project that does not exist, alike for a private one', async () => {
    const start = async (name: string) =>
      client(server, person('stranger')).send({ method: 'POST', url: `/v2/${name}/app/blobs/uploads/` });
    const missing = await start('nothing');
    const foreign = await start('secret');
    expect(missing.statusCode).toBe(403);
    expect(missing.json()).toMatchObject({
      errors: [{ code: 'DENIED', message: expect.stringContaining('project "nothing"') }],
    });
    expect(foreign.body.replaceAll('secret', 'nothing')).toBe(missing.body);
    const admin = await client(server).send({ method: 'POST', url: '/v2/nothing/app/blobs/uploads/' });
    expect(admin.json()).toMatchObject({
      errors: [{ message: 'project "nothing" does not exist: create it first' }],
    });
  });

  it('are 404 to a HEAD, so that a pushing client goes on to where it is told why', async () => {
    const blob = content('x');
    for (const url of [`/v2/nothing/app/blobs/${blob.digest}`, '/v2/secret/app/manifests/v1']) {
      expect((await client(server, person('stranger')).head(url)).statusCode).toBe(404);
    }
  });

  it('never mount from what one may not pull', async () => {
    const blob = content('private bytes');
    await client(server).pushBlob('secret/app', blob);
    await server.inject({
      as: person('stranger'),
      method: 'POST',
      url: '/api/v2.0/projects',
      payload: { project_name: 'mine' },
    });
    const stranger = client(server, person('stranger'));
    for (const query of [`mount=${blob.digest}&from=secret/app`, `mount=${blob.digest}`]) {
      expect(
        (await stranger.send({ method: 'POST', url: `/v2/mine/app/blobs/uploads/?${query}` })).statusCode,
      ).toBe(202);
    }
    expect((await stranger.head(`/v2/mine/app/blobs/${blob.digest}`)).statusCode).toBe(404);
  });
});

const MAY: Record<RoleName | 'stranger', { pull: boolean; push: boolean; delete: boolean }> = {
  projectAdmin: { pull: true, push: true, delete: true },
  maintainer: { pull: true, push: true, delete: true },
  developer: { pull: true, push: true, delete: false },
  guest: { pull: true, push: false, delete: false },
  limitedGuest: { pull: true, push: false, delete: false },
  stranger: { pull: false, push: false, delete: false },
};

describe.each(Object.keys(MAY) as (keyof typeof MAY)[])('a %s', (role) => {
  const may = MAY[role];
  it('may do in a private project what the role says', async () => {
    const oci = client(server, person(role));
    expect((await oci.get('/v2/secret/app/manifests/v1')).statusCode).toBe(may.pull ? 200 : 403);
    expect((await oci.get('/v2/secret/app/tags/list')).statusCode).toBe(may.pull ? 200 : 403);
    expect((await oci.send({ method: 'POST', url: '/v2/secret/app/blobs/uploads/' })).statusCode).toBe(
      may.push ? 202 : 403,
    );
    expect((await oci.delete(`/v2/secret/app/manifests/${content('none').digest}`)).statusCode).toBe(
      may.delete ? 404 : 403,
    );
    const catalog = (await oci.get('/v2/_catalog')).json<{ repositories: string[] }>().repositories;
    expect(catalog.includes('secret/app')).toBe(may.pull);
    expect(catalog).toContain('open/app');
  });

  it('may pull from a public one', async () => {
    expect((await client(server, person(role)).get('/v2/open/app/manifests/v1')).statusCode).toBe(200);
  });
});

describe('the catalog', () => {
  it('takes a token issued for it, and none issued for one repository', async () => {
    const ask = async (scope: string) => {
      const got = await server.inject({ as: 'admin', url: `/service/token?service=berth&scope=${scope}` });
      const authorization = `Bearer ${got.json<{ token: string }>().token}`;
      return server.inject({ url: '/v2/_catalog', headers: { authorization } });
    };
    expect((await ask('registry:catalog:*')).statusCode).toBe(200);
    const narrow = await ask('repository:secret/app:pull');
    expect(narrow.statusCode).toBe(401);
    // containers/image asks for a wider token only when it is told that this is what is wrong.
    expect(narrow.headers['www-authenticate']).toContain(
      'scope="registry:catalog:*",error="insufficient_scope"',
    );
    const ended = await server.inject({ url: '/v2/_catalog', headers: { authorization: 'Bearer x.y.z' } });
    expect(ended.headers['www-authenticate']).toMatch(/,error="invalid_token"$/);
    const none = await server.inject({ url: '/v2/_catalog' });
    expect(none.headers['www-authenticate']).not.toContain('error');
  });
});

describe('what pulling leaves behind', () => {
  it('is a count, a time and a line in the audit log; a HEAD leaves nothing', async () => {
    const oci = client(server);
    await oci.pushImage('open/counted', 'v1', image('counted'));
    await oci.head('/v2/open/counted/manifests/v1');
    await oci.get('/v2/open/counted/manifests/v1');
    await oci.get('/v2/open/counted/manifests/v1');
    await server.idle();
    const repository = await server.inject({
      as: 'admin',
      url: '/api/v2.0/projects/open/repositories/counted',
    });
    expect(repository.json()).toMatchObject({ pull_count: 2, artifact_count: 1 });
    const artifact = await server.inject({
      as: 'admin',
      url: '/api/v2.0/projects/open/repositories/counted/artifacts/v1',
    });
    expect(artifact.json<{ pull_time: string }>().pull_time).not.toBe('0001-01-01T00:00:00.000Z');
    const log = await server.inject({
      as: 'admin',
      url: '/api/v2.0/auditlog-exts?q=operation=pull,resource=~counted',
    });
    expect(log.json<{ resource: string }[]>().map((row) => row.resource)).toEqual(['open/counted:v1']);
  });
});

describe('a token that was used before', () => {
  it('ends when its time is over', async () => {
    const clock = manualClock(Date.now());
    const timed = await makeServer({ clock });
    const { token: bearer } = (await timed.app.inject({ url: '/service/token?service=berth' })).json<{
      token: string;
    }>();
    const ping = async () =>
      (await timed.app.inject({ url: '/v2/', headers: { authorization: `Bearer ${bearer}` } })).statusCode;
    expect(await ping()).toBe(200);
    clock.advance(31 * 60_000 + 1000);
    expect(await ping()).toBe(401);
    await timed.close();
  });
});
