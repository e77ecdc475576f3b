import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoleName } from '#server/access/roles.ts';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, type Case, type Person } from './people.ts';

const ROLES: readonly RoleName[] = ['limitedGuest', 'guest', 'developer', 'maintainer', 'projectAdmin'];
type As = TestRequest['as'];
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

let server: TestServer;
let stranger: Person;

beforeAll(async () => {
  server = await makeServer();
  stranger = await addUser(server, 'stranger');
  await addProject(server, 'fixed');
});
afterAll(() => server.close());

/** A request to the metadata of a project, of all keys or of one. */
function ask(
  method: Method,
  at: { readonly project: string | number; readonly key?: string },
  more: { readonly payload?: object; readonly as?: As } = {},
): TestRequest {
  const { payload, as } = more;
  return {
    method,
    url: `${API}/projects/${at.project}/metadatas/${at.key ?? ''}`,
    ...(payload === undefined ? {} : { payload }),
    ...(as === undefined ? {} : { as }),
  };
}

const list = async (project: string | number): Promise<object> =>
  (await server.inject(ask('GET', { project }, { as: 'admin' }))).json();

async function send(
  method: Method,
  at: { readonly project: string | number; readonly key?: string },
  payload?: object,
): Promise<number> {
  const reply = await server.inject(ask(method, at, { as: 'admin', ...(payload ? { payload } : {}) }));
  if (reply.statusCode === 200 && method !== 'GET') expect(reply.body).toBe('');
  return reply.statusCode;
}

describe('the metadata of a project', () => {
  it('are listed with public, which every project has', async () => {
    const id = await addProject(server, 'listed', { isPublic: true });
    expect(await list(id)).toEqual({ public: 'true' });
    expect(await send('POST', { project: 'listed' }, { auto_scan: 'false' })).toBe(200);
    expect(await list('listed')).toEqual({ public: 'true', auto_scan: 'false' });
  });

  it('are added, read, changed and deleted one at a time', async () => {
    const project = await addProject(server, 'one-by-one');
    const at = { project, key: 'allow_sparse' };
    expect(await send('GET', at)).toBe(404);
    expect(await send('PUT', at, { allow_sparse: 'true' })).toBe(404);
    expect(await send('DELETE', at)).toBe(404);
    expect(await send('POST', { project }, { allow_sparse: 'true' })).toBe(200);
    expect((await server.inject(ask('GET', at, { as: 'admin' }))).json()).toEqual({ allow_sparse: 'true' });
    expect((await server.context.directory.findById(project))?.allowsSparse).toBe(true);
    expect(await send('POST', { project }, { allow_sparse: 'false' })).toBe(409);
    expect(await send('PUT', at, { allow_sparse: 'false' })).toBe(200);
    expect(await list(project)).toEqual({ public: 'false', allow_sparse: 'false' });
    expect((await server.context.directory.findById(project))?.allowsSparse).toBe(false);
    expect(await send('DELETE', at)).toBe(200);
    expect(await send('DELETE', at)).toBe(404);
    expect(await list(project)).toEqual({ public: 'false' });
  });

  it('make a project public and private, in force before it is answered', async () => {
    const project = await addProject(server, 'shown');
    const status = async () => (await server.inject({ url: `${API}/projects/${project}` })).statusCode;
    const at = { project, key: 'public' };
    expect(await send('POST', { project }, { public: 'true' })).toBe(409);
    for (const [value, expected] of [
      ['true', 200],
      ['false', 401],
      ['T', 200],
      ['0', 401],
      ['1', 200],
    ] as const) {
      expect(await send('PUT', at, { public: value })).toBe(200);
      expect(await status()).toBe(expected);
    }
    // Without the key a project is private in Harbor too.
    expect(await send('DELETE', at)).toBe(200);
    expect(await status()).toBe(401);
    expect(await list(project)).toEqual({ public: 'false' });
  });

  const spellings = [
    ['prevent_vul', 'FALSE', 'false'],
    ['auto_scan', 'f', 'false'],
    ['auto_sbom_generation', 'False', 'false'],
    ['enable_content_trust', '0', 'false'],
    ['enable_content_trust_cosign', 'F', 'false'],
    ['reuse_sys_cve_allowlist', 'True', 'true'],
    ['proxy_referrer_api', 'false', 'false'],
    ['proxy_cache_local_on_not_found', 'false', 'false'],
    ['allow_sparse', 'TRUE', 'true'],
    ['severity', 'LOW', 'low'],
    ['proxy_speed_kb', '-1', '-1'],
    ['max_upstream_conn', '-1', '-1'],
  ] as const;
  it.each(spellings)('write %s %s as Harbor does', async (key, given, kept) => {
    const project = await addProject(server, `spelled-${key.replaceAll('_', '-')}`);
    expect(await send('POST', { project }, { [key]: given })).toBe(200);
    expect(await list(project)).toEqual({ public: 'false', [key]: kept });
    expect(await send('PUT', { project, key }, { [key]: kept })).toBe(200);
  });

  const at = { project: 'fixed' };
  const post = (payload: object): TestRequest => ask('POST', at, { payload, as: 'admin' });
  const put = (key: string, payload: object): TestRequest =>
    ask('PUT', { ...at, key }, { payload, as: 'admin' });
  const refused: readonly Case[] = [
    { says: 'no key', request: post({}), status: 400, message: /one key/ },
    {
      says: 'two keys',
      request: post({ auto_scan: 'false', severity: 'none' }),
      status: 400,
      message: /one key/,
    },
    {
      says: 'an unknown key',
      request: post({ colour: 'red' }),
      status: 400,
      message: /"colour"; it knows public/,
    },
    { says: 'a key of every object', request: post({ constructor: 'x' }), status: 400 },
    { says: 'a flag as a flag', request: post({ auto_scan: false }), status: 422 },
    {
      says: 'a flag that is none',
      request: post({ auto_scan: 'no' }),
      status: 400,
      message: /auto_scan is "true"/,
    },
    { says: 'an empty flag', request: post({ auto_scan: '' }), status: 400 },
    { says: 'an empty value', request: post({ severity: '' }), status: 400, message: /DELETE/ },
    {
      says: 'prevent_vul',
      request: post({ prevent_vul: '1' }),
      status: 400,
      message: /prevent_vul.*no engine/,
    },
    {
      says: 'content trust',
      request: post({ enable_content_trust: 'true' }),
      status: 400,
      message: /no engine/,
    },
    {
      says: 'cosign',
      request: post({ enable_content_trust_cosign: 'true' }),
      status: 400,
      message: /no engine/,
    },
    { says: 'auto_scan', request: post({ auto_scan: 'true' }), status: 400, message: /auto_scan/ },
    {
      says: 'an SBOM on push',
      request: post({ auto_sbom_generation: 't' }),
      status: 400,
      message: /auto_sbom/,
    },
    { says: 'an allowlist of its own', request: post({ reuse_sys_cve_allowlist: 'false' }), status: 400 },
    {
      says: 'a severity that is none',
      request: post({ severity: 'deadly' }),
      status: 400,
      message: /severity/,
    },
    {
      says: 'a retention policy',
      request: post({ retention_id: '3' }),
      status: 400,
      message: /retention_id/,
    },
    { says: 'a speed', request: post({ proxy_speed_kb: '100' }), status: 400, message: /proxy_speed_kb/ },
    {
      says: 'connections',
      request: post({ max_upstream_conn: '5' }),
      status: 400,
      message: /max_upstream_conn/,
    },
    { says: 'a filter', request: post({ proxy_cache_filter_pattern: 'a/**' }), status: 400 },
    { says: 'a kind of filter', request: post({ proxy_cache_filter_kind: 'regex' }), status: 400 },
    { says: 'no body', request: { ...post({}), payload: '' }, status: 422 },
    { says: 'a list', request: post(['public']), status: 422 },
    {
      says: 'another key than the path',
      request: put('public', { severity: 'none' }),
      status: 400,
      message: /severity/,
    },
    { says: 'PUT of what no engine keeps', request: put('auto_scan', { auto_scan: 'true' }), status: 400 },
    { says: 'PUT of two keys', request: put('public', { public: 'true', severity: 'none' }), status: 400 },
    { says: 'PUT of an unknown key', request: put('colour', { colour: 'red' }), status: 400 },
    {
      says: 'an unknown key to be read',
      request: ask('GET', { ...at, key: 'constructor' }, { as: 'admin' }),
      status: 404,
    },
    {
      says: 'an unknown key to be deleted',
      request: ask('DELETE', { ...at, key: '__proto__' }, { as: 'admin' }),
      status: 404,
    },
    ...(['GET', 'POST'] as const).map((method) => ({
      says: `a broken query (${method})`,
      request: { ...ask(method, at, { as: 'admin' }), url: `${API}/projects/fixed/metadatas/?x=;` },
      status: 400,
    })),
    ...(['GET', 'PUT', 'DELETE'] as const).map((method) => ({
      says: `a broken query (${method} of one)`,
      request: { ...ask(method, at, { as: 'admin' }), url: `${API}/projects/fixed/metadatas/public?x=;` },
      status: 400,
    })),
  ];
  it.each(refused)('refuse $says', (refusal) => expectCase(server, refusal));

  it('are as they were where something was refused', async () => {
    expect(await list('fixed')).toEqual({ public: 'false' });
  });
});

/** As Harbor's roles have it: the project's administrator creates, reads, updates and deletes, a maintainer reads. */
const ALLOWED: Readonly<Record<RoleName, readonly string[]>> = {
  projectAdmin: ['POST', 'GET one', 'PUT', 'DELETE'],
  maintainer: ['GET one'],
  developer: [],
  guest: [],
  limitedGuest: [],
};

describe('who may', () => {
  const requests: Readonly<Record<string, (project: string, as?: As) => TestRequest>> = {
    GET: (project, as) => ask('GET', { project }, { as }),
    POST: (project, as) => ask('POST', { project }, { as, payload: { auto_scan: 'false' } }),
    'GET one': (project, as) => ask('GET', { project, key: 'auto_scan' }, { as }),
    PUT: (project, as) => ask('PUT', { project, key: 'auto_scan' }, { as, payload: { auto_scan: 'false' } }),
    DELETE: (project, as) => ask('DELETE', { project, key: 'auto_scan' }, { as }),
  };

  it.each(ROLES)('%s does what the role allows', async (role) => {
    for (const isPublic of [false, true]) {
      const project = `roles-${role.toLowerCase()}${isPublic ? '-public' : ''}`;
      await addProject(server, project, { isPublic });
      const person = isPublic
        ? { username: role.toLowerCase(), password: stranger.password, id: 0 }
        : await addUser(server, role.toLowerCase());
      await addMember(server, project, { username: person.username, role });
      if (role !== 'projectAdmin') await send('POST', { project }, { auto_scan: 'false' });
      for (const [name, request] of Object.entries(requests)) {
        const reply = await server.inject(request(project, person));
        expect(reply.statusCode, `${name} in ${project}`).toBe(ALLOWED[role].includes(name) ? 200 : 403);
      }
    }
  });

  it('nobody without a role, and only a system administrator learns what is missing', async () => {
    for (const [name, request] of Object.entries(requests)) {
      expect((await server.inject(request('fixed'))).statusCode, name).toBe(401);
      expect((await server.inject(request('nowhere'))).statusCode, name).toBe(401);
      const [foreign, missing] = await Promise.all([
        server.inject(request('fixed', stranger)),
        server.inject(request('nowhere', stranger)),
      ]);
      expect([foreign.statusCode, missing.statusCode], name).toEqual([403, 403]);
      expect(foreign.body).toBe(missing.body);
      expect((await server.inject(request('nowhere', 'admin'))).statusCode, name).toBe(404);
    }
  });
});

describe('changes at once', () => {
  it('lose nothing of different keys', async () => {
    const project = await addProject(server, 'busy');
    const keys = ['auto_scan', 'prevent_vul', 'auto_sbom_generation', 'enable_content_trust'];
    const statuses = await Promise.all([
      ...keys.map((key) => send('POST', { project }, { [key]: 'false' })),
      send('PUT', { project, key: 'public' }, { public: 'true' }),
      server
        .inject({
          method: 'PUT',
          url: `${API}/projects/${project}`,
          as: 'admin',
          payload: { metadata: { allow_sparse: 'true' } },
        })
        .then(({ statusCode }) => statusCode),
    ]);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await list(project)).toEqual({
      public: 'true',
      allow_sparse: 'true',
      ...Object.fromEntries(keys.map((key) => [key, 'false'])),
    });
  });

  it('of one key: one adds it, the others are told so', async () => {
    const project = await addProject(server, 'same-key');
    const add = await Promise.all([1, 2, 3].map(() => send('POST', { project }, { severity: 'none' })));
    expect(add.toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
    const remove = await Promise.all([1, 2, 3].map(() => send('DELETE', { project, key: 'severity' })));
    expect(remove.toSorted((a, b) => a - b)).toEqual([200, 404, 404]);
  });

  it('and the end of the project: never an error of ours, and nothing is left', async () => {
    for (let round = 0; round < 5; round++) {
      const project = await addProject(server, `ends-${round}`);
      const [status, gone] = await Promise.all([
        send('POST', { project }, { severity: 'none' }),
        server.inject({ method: 'DELETE', url: `${API}/projects/${project}`, as: 'admin' }),
      ]);
      expect([200, 404]).toContain(status);
      expect(gone.statusCode).toBe(200);
      const rows = await server.context.db.read
        .selectFrom('project_metadata')
        .select('name')
        .where('project_id', '=', project)
        .execute();
      expect(rows).toEqual([]);
    }
  });
});

describe('the log and the listeners', () => {
  it('are told what was and what became', async () => {
    const project = await addProject(server, 'watched');
    await server.idle();
    const told: string[] = [];
    const stop = server.context.dispatcher.listen(({ kind }) => told.push(kind));
    await send('POST', { project }, { allow_sparse: 't' });
    await send('PUT', { project, key: 'allow_sparse' }, { allow_sparse: 'false' });
    await send('DELETE', { project, key: 'allow_sparse' });
    await send('PUT', { project, key: 'public' }, { public: 'true' });
    await send('DELETE', { project, key: 'public' });
    await server.idle();
    stop();
    expect(told).toEqual(Array.from({ length: 5 }, () => 'project.updated'));
    const rows = await server.context.db.read
      .selectFrom('audit_log')
      .select(['before', 'after', 'resource_type', 'project_id'])
      .where('resource', '=', 'watched')
      .where('operation', '=', 'update')
      .orderBy('id')
      .execute();
    expect(
      rows.map((row) => [JSON.parse(row.before ?? '') as object, JSON.parse(row.after ?? '') as object]),
    ).toEqual([
      [{ allow_sparse: null }, { allow_sparse: 'true' }],
      [{ allow_sparse: 'true' }, { allow_sparse: 'false' }],
      [{ allow_sparse: 'false' }, { allow_sparse: null }],
      [{ public: 'false' }, { public: 'true' }],
      [{ public: 'true' }, { public: 'false' }],
    ]);
    expect(rows[0]).toMatchObject({ resource_type: 'project', project_id: project });
  });
});
