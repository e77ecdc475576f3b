import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLE_IDS, type RoleName } from '#server/access/roles.ts';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, type Person } from './people.ts';
import { pushImage } from './push.ts';

type As = TestRequest['as'];
const ROLES: readonly RoleName[] = ['limitedGuest', 'guest', 'developer', 'maintainer', 'projectAdmin'];

let server: TestServer;
let ann: Person;
let stranger: Person;
const people = new Map<RoleName, Person>();

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  stranger = await addUser(server, 'stranger');
  for (const role of ROLES) people.set(role, await addUser(server, role.toLowerCase()));
});
afterAll(() => server.close());

const at = (project: string | number, path = '', as?: As): TestRequest => ({
  url: `${API}/projects/${project}${path}`,
  ...(as === undefined ? {} : { as }),
});

async function addRoles(project: number): Promise<void> {
  for (const role of ROLES) await addMember(server, project, { username: role.toLowerCase(), role });
}

describe('GET /projects/{project_name_or_id}/_deletable', () => {
  it('says yes to an empty project, and why not to another', async () => {
    const id = await addProject(server, 'deletable');
    expect((await server.inject(at(id, '/_deletable', 'admin'))).json()).toEqual({ deletable: true });
    await pushImage(server, 'deletable/app');
    const reply = await server.inject(at('deletable', '/_deletable', 'admin'));
    expect(reply.json()).toEqual({
      deletable: false,
      message: expect.stringMatching(/holds 1 repositories: delete them first/) as string,
    });
    const refused = await server.inject({ ...at(id, '', 'admin'), method: 'DELETE' });
    expect(refused.statusCode).toBe(412);
    expect(refused.body).toContain(reply.json<{ message: string }>().message);
  });

  it('is for whoever may delete it', async () => {
    const id = await addProject(server, 'deletable-roles', { isPublic: true });
    await addRoles(id);
    for (const role of ROLES) {
      const reply = await server.inject(at(id, '/_deletable', people.get(role)));
      expect(reply.statusCode, role).toBe(role === 'projectAdmin' ? 200 : 403);
    }
    expect((await server.inject(at(id, '/_deletable'))).statusCode).toBe(401);
  });
});

describe('GET /projects/{project_name_or_id}/summary', () => {
  it('counts repositories, and members by role', async () => {
    const id = await addProject(server, 'summed');
    await addRoles(id);
    await addMember(server, id, { username: 'ann', role: 'guest' });
    await pushImage(server, 'summed/app');
    await pushImage(server, 'summed/deep/er');
    expect((await server.inject(at(id, '/summary', 'admin'))).json()).toEqual({
      repo_count: 2,
      project_admin_count: 2,
      maintainer_count: 1,
      developer_count: 1,
      guest_count: 2,
      limited_guest_count: 1,
    });
  });

  it('tells of members only whom they are told anyway', async () => {
    const id = await addProject(server, 'summed-open', { isPublic: true });
    await addRoles(id);
    for (const as of [undefined, stranger, people.get('limitedGuest')])
      expect((await server.inject(at(id, '/summary', as))).json()).toEqual({ repo_count: 0 });
    for (const role of ['guest', 'developer', 'maintainer', 'projectAdmin'] as const) {
      const reply = await server.inject(at(id, '/summary', people.get(role)));
      expect(reply.json(), role).toMatchObject({ project_admin_count: 2, developer_count: 1 });
    }
  });

  it('refuses what it must', async () => {
    await addProject(server, 'summed-shut');
    await expectCase(server, { says: '', request: at('summed-shut', '/summary'), status: 401 });
    await expectCase(server, { says: '', request: at('summed-shut', '/summary?x=;', 'admin'), status: 400 });
  });
});

/** Every operation on one project, with a body that would do no harm. */
const OPERATIONS = [
  ['GET', ''],
  ['PUT', '', {}],
  ['DELETE', ''],
  ['GET', '/_deletable'],
  ['GET', '/summary'],
  ['GET', '/members'],
  ['POST', '/members', { role_id: 3, member_user: { username: 'ann' } }],
  ['GET', '/members/1'],
  ['PUT', '/members/1', { role_id: 3 }],
  ['DELETE', '/members/1'],
  ['GET', '/metadatas/'],
  ['POST', '/metadatas/', { severity: 'none' }],
  ['GET', '/metadatas/public'],
  ['PUT', '/metadatas/public', { public: 'true' }],
  ['DELETE', '/metadatas/public'],
] as const;

describe('a project that is missing or foreign', () => {
  beforeAll(() => addProject(server, 'elsewhere'));

  it.each(OPERATIONS)('%s %s tells neither from the other', async (method, path, payload?: object) => {
    const send = (project: string | number, as?: As) =>
      server.inject({ ...at(project, path, as), method, ...(payload ? { payload } : {}) });
    const foreign = (await server.context.directory.findByName('elsewhere'))?.id ?? 0;
    for (const [as, status] of [
      [undefined, 401],
      [stranger, 403],
    ] as const) {
      const replies = await Promise.all(['elsewhere', foreign, 'nowhere', 999_999].map((p) => send(p, as)));
      expect(replies.map(({ statusCode }) => statusCode)).toEqual([status, status, status, status]);
      expect(new Set(replies.map(({ body }) => body)).size).toBe(1);
    }
    for (const missing of ['nowhere', 999_999, 'Not%20A%20Name', '9'.repeat(30)])
      expect((await send(missing, 'admin')).statusCode).toBe(404);
  });
});

describe('a project whose name is of digits', () => {
  it('is found by it on every operation where X-Is-Resource-Name says so', async () => {
    const id = await addProject(server, '777', { isPublic: true });
    const named = (as: As, path = '', method: 'GET' | 'PUT' | 'POST' = 'GET'): TestRequest => ({
      ...at('777', path, as),
      method,
      headers: { 'x-is-resource-name': 'true' },
    });
    expect(await server.context.directory.findById(777)).toBeUndefined();
    for (const path of ['', '/_deletable', '/summary', '/members', '/metadatas/', '/metadatas/public']) {
      expect((await server.inject(named('admin', path))).statusCode, path).toBe(200);
      expect((await server.inject(at('777', path, 'admin'))).statusCode, path).toBe(404);
    }
    for (const yes of ['True', '1', 'yes']) {
      const reply = await server.inject({ ...at('777'), headers: { 'x-is-resource-name': yes } });
      expect(reply.json(), yes).toMatchObject({ project_id: id });
    }
    for (const no of ['false', '0', '']) {
      const reply = await server.inject({ ...at('777', '', 'admin'), headers: { 'x-is-resource-name': no } });
      expect(reply.statusCode, no).toBe(404);
    }
    const put = { ...named('admin', '', 'PUT'), payload: { metadata: { public: 'false' } } };
    expect((await server.inject(put)).statusCode).toBe(200);
    expect((await server.inject(at(id, '', 'admin'))).json()).toMatchObject({
      metadata: { public: 'false' },
    });
    const member = { role_id: 3, member_user: { username: 'ann' } };
    const added = await server.inject({ ...named('admin', '/members', 'POST'), payload: member });
    // Digits in a Location are an id, so this is the way back to it.
    expect(added.headers.location).toMatch(new RegExp(`^/api/v2.0/projects/${id}/members/\\d+$`));
    expect((await server.inject({ url: String(added.headers.location), as: ann })).statusCode).toBe(200);
  });

  it('is never mistaken for the project of that id', async () => {
    const id = await addProject(server, 'numbered');
    await addProject(server, String(id), { as: ann });
    const byId = await server.inject(at(id, '', 'admin'));
    expect(byId.json()).toMatchObject({ name: 'numbered' });
    // Its owner has no right in the project that the digits name.
    expect((await server.inject(at(id, '', ann))).statusCode).toBe(403);
  });
});

describe('POST /projects', () => {
  const create = (project_name: string, as: As, headers: Record<string, string> = {}) =>
    server.inject({
      method: 'POST',
      url: `${API}/projects`,
      payload: { project_name },
      headers,
      ...(as ? { as } : {}),
    });

  it('says where by id, and by name where the header asks for it', async () => {
    expect((await create('located', 'admin')).headers.location).toMatch(/^\/api\/v2\.0\/projects\/\d+$/);
    for (const value of ['true', 'TRUE', '1', 'false', 'no']) {
      const name = `located-${value === 'TRUE' ? 'upper' : value}`;
      const reply = await create(name, 'admin', { 'x-resource-name-in-location': value });
      const isNamed = !['false', 'no'].includes(value);
      if (isNamed) expect(reply.headers.location).toBe(`/api/v2.0/projects/${name}`);
      else expect(reply.headers.location).toMatch(/\/\d+$/);
    }
  });

  it('is for administrators only while the setting says so', async () => {
    const set = async (value: string) => {
      const payload = { project_creation_restriction: value };
      const reply = await server.inject({
        method: 'PUT',
        url: `${API}/configurations`,
        as: 'admin',
        payload,
      });
      expect(reply.statusCode, reply.body).toBe(200);
    };
    await set('adminonly');
    const refused = await create('restricted', ann);
    expect(refused.statusCode).toBe(403);
    expect(refused.body).toContain('project_creation_restriction');
    expect((await create('restricted', 'admin')).statusCode).toBe(201);
    expect((await create('restricted', undefined)).statusCode).toBe(401);
    await set('everyone');
    expect((await create('unrestricted', ann)).statusCode).toBe(201);
  });

  it('gives a name to one of several who ask at once', async () => {
    const replies = await Promise.all([ann, stranger, 'admin' as const].map((as) => create('wanted', as)));
    expect(replies.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
  });
});

describe('the list of projects', () => {
  const names = async (query: string, as?: As): Promise<string[]> => {
    const reply = await server.inject({ url: `${API}/projects?${query}`, ...(as ? { as } : {}) });
    expect(reply.statusCode, reply.body).toBe(200);
    return reply.json<{ name: string }[]>().map(({ name }) => name);
  };
  beforeAll(async () => {
    await addProject(server, 'q-one', { isPublic: true, as: ann });
    await addProject(server, 'q-two', { as: ann });
    await addProject(server, 'q-three', { isPublic: true });
  });

  const queries: readonly [q: string, names: readonly string[]][] = [
    ['name=q-one', ['q-one']],
    ['name=~Q-T', ['q-three', 'q-two']],
    ['Name={q-one q-two}', ['q-one', 'q-two']],
    ['name=~q-,public=true', ['q-one', 'q-three']],
    ['name=~q-,public=false', ['q-two']],
    ['name=~q-,owner=ann', ['q-one', 'q-two']],
    ['name=~q-,OwnerName=admin', ['q-three']],
    ['name=~q-,deleted=false', ['q-one', 'q-three', 'q-two']],
    ['name=~q-,deleted=true', []],
    ['name=~q-,registry_id=0', ['q-one', 'q-three', 'q-two']],
    ['name=~q-,registry_id=[1~]', []],
    ['name=~q-,creation_time=[2000-01-01T00:00:00~]', ['q-one', 'q-three', 'q-two']],
    ['name=~q-,creation_time=[~2000-01-01T00:00:00]', []],
    ['name__icontains=q-o', ['q-one']],
  ];
  it.each(queries)('q=%s', async (q, expected) => {
    expect(await names(`q=${encodeURIComponent(q)}`, 'admin')).toEqual(expected);
  });

  it('sorts by what it is asked, and refuses keys that nobody knows', async () => {
    expect(await names('name=q-&sort=-name', 'admin')).toEqual(['q-two', 'q-three', 'q-one']);
    expect(await names('name=q-&sort=-creation_time,name', 'admin')).toEqual(['q-three', 'q-two', 'q-one']);
    expect(await names('name=q-&sort=project_id', 'admin')).toEqual(['q-one', 'q-two', 'q-three']);
    for (const query of ['sort=colour', 'q=colour%3Dred']) {
      const request = { url: `${API}/projects?${query}`, as: 'admin' } as const;
      await expectCase(server, { says: query, request, status: 400, message: /colour.*knows.*name/ });
    }
  });

  it('shows the same with and without details, since they cost nothing', async () => {
    const list = async (flag: boolean) =>
      (await server.inject({ url: `${API}/projects?name=q-&with_detail=${flag}`, as: ann })).json<object[]>();
    expect(await list(false)).toEqual(await list(true));
    expect((await list(false))[0]).toMatchObject({ owner_name: 'ann', current_user_role_id: 1 });
    const request = { url: `${API}/projects?with_detail=perhaps` };
    await expectCase(server, { says: '', request, status: 422 });
  });

  it('shows each project with the allowlist that Harbor’s clients read', async () => {
    const [project] = (await server.inject({ url: `${API}/projects?name=q-one` })).json<
      { project_id: number; cve_allowlist: object }[]
    >();
    expect(project?.cve_allowlist).toEqual({ project_id: project?.project_id, items: [] });
  });

  it('shows all metadata that can be kept, and links to the next page', async () => {
    const metadata = {
      public: 'true',
      enable_content_trust: 'false',
      enable_content_trust_cosign: 'false',
      prevent_vul: 'false',
      severity: 'none',
      auto_scan: 'false',
      auto_sbom_generation: 'false',
      reuse_sys_cve_allowlist: 'true',
      proxy_speed_kb: '-1',
      max_upstream_conn: '-1',
      proxy_cache_local_on_not_found: 'false',
      proxy_referrer_api: 'false',
    };
    const payload = { project_name: 'at-defaults', metadata: { ...metadata, retention_id: '' } };
    const made = await server.inject({ method: 'POST', url: `${API}/projects`, as: 'admin', payload });
    expect(made.statusCode, made.body).toBe(201);
    const listed = await server.inject({ url: `${API}/projects?name=a&page_size=1&sort=-creation_time` });
    expect(listed.json()).toMatchObject([{ name: 'at-defaults', metadata }]);
    expect(listed.headers.link).toMatch(/page=2.*rel="next"/);
    const read = (await server.inject(at('at-defaults'))).json<{ metadata: object }>();
    expect(read.metadata).toEqual(metadata);
  });

  it('names the own role, whatever it is', async () => {
    const id = await addProject(server, 'roled');
    await addRoles(id);
    for (const role of ROLES) {
      const reply = await server.inject({
        url: `${API}/projects?name=roled`,
        as: people.get(role) as Person,
      });
      const expected = { current_user_role_id: ROLE_IDS[role], current_user_role_ids: [ROLE_IDS[role]] };
      expect(reply.json<object[]>()[0], role).toMatchObject(expected);
    }
  });
});

describe('two who delete a project', () => {
  it('are told: one that it is done, the other that it is gone', async () => {
    const id = await addProject(server, 'twice');
    const remove = () => server.inject({ ...at(id, '', 'admin'), method: 'DELETE' });
    const replies = await Promise.all([remove(), remove(), remove()]);
    expect(replies.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 404, 404]);
  });

  it('or change it at the same time leave nothing half done', async () => {
    for (let round = 0; round < 5; round++) {
      const name = `halves-${round}`;
      const id = await addProject(server, name);
      const [gone, member, changed] = await Promise.all([
        server.inject({ ...at(id, '', 'admin'), method: 'DELETE' }),
        server.inject({
          ...at(id, '/members', 'admin'),
          method: 'POST',
          payload: { role_id: 3, member_user: { username: 'ann' } },
        }),
        server.inject({ ...at(id, '', 'admin'), method: 'PUT', payload: { metadata: { public: 'true' } } }),
      ]);
      expect(gone.statusCode).toBe(200);
      expect([201, 404]).toContain(member.statusCode);
      expect([200, 404]).toContain(changed.statusCode);
      const left = await server.context.db.read
        .selectFrom('project_member')
        .select('id')
        .where('project_id', '=', id)
        .execute();
      expect(left).toEqual([]);
      await addProject(server, name);
    }
  });

  it('or push into it: the push or the deletion is refused', async () => {
    for (let round = 0; round < 12; round++) {
      const name = `pushed-${round}`;
      const id = await addProject(server, name);
      const [gone] = await Promise.all([
        server.inject({ ...at(id, '', 'admin'), method: 'DELETE' }),
        pushImage(server, `${name}/app`).catch(() => 'refused'),
      ]);
      const repositories = await server.context.db.read
        .selectFrom('repository')
        .select('id')
        .where('project_id', '=', id)
        .execute();
      expect(repositories).toHaveLength(gone.statusCode === 200 ? 0 : 1);
    }
  });
});

describe('the audit log of a project', () => {
  it('tells what it was made with, what changed, and what it was at its end', async () => {
    const id = await addProject(server, 'audited');
    const put = (metadata: object) =>
      server.inject({ ...at(id, '', 'admin'), method: 'PUT', payload: { metadata } });
    await put({ public: 'true', allow_sparse: 'true' });
    await put({ allow_sparse: '' });
    await server.inject({ ...at(id, '', 'admin'), method: 'DELETE' });
    const rows = await server.context.db.read
      .selectFrom('audit_log')
      .select(['operation', 'before', 'after'])
      .where('project_id', '=', id)
      .orderBy('id')
      .execute();
    const parse = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
    expect(rows.map((row) => [row.operation, parse(row.before), parse(row.after)])).toEqual([
      ['create', null, { public: 'false' }],
      ['update', { public: 'false', allow_sparse: null }, { public: 'true', allow_sparse: 'true' }],
      ['update', { allow_sparse: 'true' }, { allow_sparse: null }],
      ['delete', { public: 'true' }, null],
    ]);
  });
});
