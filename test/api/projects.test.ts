import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, type Case, type Person } from './people.ts';
import { pushImage } from './push.ts';

let server: TestServer;
let ann: Person;
let eve: Person;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  eve = await addUser(server, 'eve');
});
afterAll(() => server.close());

const create = (payload: Record<string, unknown>) =>
  ({ method: 'POST', url: `${API}/projects`, as: 'admin', payload }) as const;
const withMetadata = (metadata: Record<string, unknown>) => create({ project_name: 'refused', metadata });

const names = async (query: string, as?: 'admin' | Person): Promise<string[]> => {
  const reply = await server.inject({ url: `${API}/projects${query}`, ...(as ? { as } : {}) });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<{ name: string }[]>().map((project) => project.name);
};

describe('the project library', () => {
  it('exists from the start as project 1, public and empty', async () => {
    const reply = await server.inject({ url: `${API}/projects/library` });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toMatchObject({
      project_id: 1,
      name: 'library',
      owner_name: 'admin',
      repo_count: 0,
      deleted: false,
      metadata: { public: 'true' },
    });
  });
});

describe('POST /projects', () => {
  const refused: readonly Case[] = [
    { says: 'no name', request: create({}), status: 400, code: 'BAD_REQUEST' },
    { says: 'upper-case letters', request: create({ project_name: 'Upper' }), status: 400 },
    { says: 'a name that ends in a dot', request: create({ project_name: 'dot.' }), status: 400 },
    { says: 'two separators in a row', request: create({ project_name: 'a__b' }), status: 400 },
    { says: 'a slash', request: create({ project_name: 'a/b' }), status: 400 },
    { says: 'a name of 256 characters', request: create({ project_name: 'a'.repeat(256) }), status: 400 },
    { says: 'a taken name', request: create({ project_name: 'library' }), status: 409, code: 'CONFLICT' },
    {
      says: 'metadata.public "yes"',
      request: withMetadata({ public: 'yes' }),
      status: 400,
      message: /public/,
    },
    { says: 'metadata.public as a flag', request: withMetadata({ public: true }), status: 422 },
    {
      says: 'content trust',
      request: withMetadata({ enable_content_trust: 'true' }),
      status: 400,
      message: /enable_content_trust/,
    },
    {
      says: 'cosign',
      request: withMetadata({ enable_content_trust_cosign: 'true' }),
      status: 400,
      message: /cosign/,
    },
    {
      says: 'prevent_vul',
      request: withMetadata({ prevent_vul: 'true' }),
      status: 400,
      message: /prevent_vul/,
    },
    {
      says: 'a severity that is none',
      request: withMetadata({ severity: 'deadly' }),
      status: 400,
      message: /severity/,
    },
    { says: 'auto_scan', request: withMetadata({ auto_scan: 'true' }), status: 400, message: /auto_scan/ },
    {
      says: 'an SBOM on push',
      request: withMetadata({ auto_sbom_generation: 'true' }),
      status: 400,
      message: /auto_sbom/,
    },
    {
      says: 'an allowlist of its own',
      request: withMetadata({ reuse_sys_cve_allowlist: 'false' }),
      status: 400,
      message: /allowlist/,
    },
    {
      says: 'a retention policy',
      request: withMetadata({ retention_id: '3' }),
      status: 400,
      message: /retention_id/,
    },
    {
      says: 'a quota',
      request: create({ project_name: 'refused', storage_limit: 1024 }),
      status: 400,
      message: /storage_limit/,
    },
    {
      says: 'a proxy project',
      request: create({ project_name: 'refused', registry_id: 7 }),
      status: 400,
      message: /registry_id/,
    },
    {
      says: 'CVEs to allow',
      request: create({ project_name: 'refused', cve_allowlist: { items: [{ cve_id: 'CVE-2024-1' }] } }),
      status: 400,
      message: /cve_allowlist/,
    },
    {
      says: 'nobody',
      request: { method: 'POST', url: `${API}/projects`, payload: {} },
      status: 401,
      code: 'UNAUTHORIZED',
    },
    {
      says: 'broken JSON',
      request: { ...create({}), payload: '{', headers: { 'content-type': 'application/json' } },
      status: 400,
    },
  ];
  it.each(refused)('refuses $says', (refusal) => expectCase(server, refusal));

  it('refuses a proxy project to an ordinary user with 403', async () => {
    await expectCase(server, {
      says: '',
      request: { ...create({ project_name: 'refused', registry_id: 7 }), as: ann },
      status: 403,
      code: 'FORBIDDEN',
    });
  });

  it('creates a private project of which the caller is the administrator', async () => {
    const id = await addProject(server, 'anns', { as: ann });
    const reply = await server.inject({ url: `${API}/projects/${id}`, as: ann });
    expect(reply.json()).toMatchObject({
      project_id: id,
      name: 'anns',
      owner_id: ann.id,
      owner_name: 'ann',
      current_user_role_id: 1,
      current_user_role_ids: [1],
      metadata: { public: 'false' },
    });
  });

  it('names the project in Location where X-Resource-Name-In-Location asks for it', async () => {
    const reply = await server.inject({
      ...create({ project_name: 'by-name' }),
      headers: { 'x-resource-name-in-location': 'true' },
    });
    expect(reply.headers.location).toBe('/api/v2.0/projects/by-name');
    expect(reply.body).toBe('');
  });

  it('takes the older flag "public", and defaults that ask for nothing', async () => {
    const metadata = { auto_scan: 'false', severity: '', prevent_vul: null, reuse_sys_cve_allowlist: 'true' };
    const reply = await server.inject(
      create({
        project_name: 'legacy',
        public: true,
        metadata,
        storage_limit: -1,
        registry_id: null,
        cve_allowlist: { items: [] },
      }),
    );
    expect(reply.statusCode, reply.body).toBe(201);
    const project = await server.inject({ url: `${API}/projects/legacy` });
    expect(project.json<{ metadata: object }>().metadata).toEqual({
      public: 'true',
      auto_scan: 'false',
      reuse_sys_cve_allowlist: 'true',
    });
  });

  it('tells the log and the listeners', async () => {
    await server.idle();
    const kinds: string[] = [];
    const stop = server.context.dispatcher.listen((event) => kinds.push(event.kind));
    await addProject(server, 'told');
    await server.idle();
    stop();
    expect(kinds).toEqual(['project.created']);
    const log = await server.inject({ url: `${API}/auditlog-exts?q=resource%3Dtold`, as: 'admin' });
    expect(log.json()).toMatchObject([
      { operation: 'create', resource_type: 'project', username: 'admin', operation_result: true },
    ]);
  });
});

describe('HEAD /projects', () => {
  const head = (query: string, as?: 'admin' | Person) =>
    server.inject({ method: 'HEAD', url: `${API}/projects${query}`, ...(as ? { as } : {}) });

  it('says whether a name is taken', async () => {
    expect((await head('?project_name=library', ann)).statusCode).toBe(200);
    expect((await head('?project_name=nowhere', ann)).statusCode).toBe(404);
  });

  it('needs an account and a name', async () => {
    expect((await head('?project_name=library')).statusCode).toBe(401);
    expect((await head('', ann)).statusCode).toBe(422);
    expect((await head('?project_name=a;b', ann)).statusCode).toBe(400);
  });
});

describe('GET /projects', () => {
  let open: number;
  let closed: number;
  beforeAll(async () => {
    open = await addProject(server, 'list-open', { isPublic: true, as: ann });
    closed = await addProject(server, 'list-closed', { as: ann });
  });

  it('shows nobody the public ones only', async () => {
    expect(await names('?page_size=100')).toEqual(expect.arrayContaining(['library', 'list-open']));
    expect(await names('?page_size=100')).not.toContain('list-closed');
    expect(await names('?public=false')).toEqual([]);
  });

  it('shows a stranger no private one, a member its own, and an administrator all', async () => {
    expect(await names('?name=list-', eve)).toEqual(['list-open']);
    expect(await names('?name=list-', ann)).toEqual(['list-closed', 'list-open']);
    expect(await names('?name=list-', 'admin')).toEqual(['list-closed', 'list-open']);
    await addMember(server, closed, { username: 'eve', role: 'limitedGuest' });
    expect(await names('?name=list-', eve)).toEqual(['list-closed', 'list-open']);
  });

  it('filters by visibility, owner and q, and sorts', async () => {
    expect(await names('?name=LIST&public=false', ann)).toEqual(['list-closed']);
    expect(await names('?owner=ann&name=list', 'admin')).toEqual(['list-closed', 'list-open']);
    expect(await names('?owner=nobody', 'admin')).toEqual([]);
    expect(await names('?q=name%3D~list-o', 'admin')).toEqual(['list-open']);
    expect(await names(`?q=project_id%3D%7B${open}%20${closed}%7D&sort=-name`, 'admin')).toEqual([
      'list-open',
      'list-closed',
    ]);
    expect(await names(`?q=ProjectID%3D%5B${closed}~%5D&name=list-`, 'admin')).toEqual(['list-closed']);
    expect(await names('?q=public%3Dtrue&name=list-', 'admin')).toEqual(['list-open']);
  });

  it('counts repositories and names the own role in one page', async () => {
    await pushImage(server, 'list-open/app', { as: ann });
    await pushImage(server, 'list-open/deep/er', { as: ann });
    const reply = await server.inject({ url: `${API}/projects?name=list-open`, as: ann });
    expect(reply.json()).toMatchObject([{ repo_count: 2, current_user_role_id: 1 }]);
    const foreign = await server.inject({ url: `${API}/projects?name=list-open`, as: 'admin' });
    expect(foreign.json()).toMatchObject([{ current_user_role_ids: [] }]);
    expect(foreign.json<object[]>()[0]).not.toHaveProperty('current_user_role_id');
  });

  it('names the strongest role as the own one for each role', async () => {
    const reply = await server.inject({ url: `${API}/projects/${closed}`, as: eve });
    expect(reply.json()).toMatchObject({ current_user_role_id: 5, current_user_role_ids: [5] });
  });

  const refused: readonly Case[] = [
    { says: 'a q without "="', request: { url: `${API}/projects?q=name` }, status: 400, code: 'BAD_REQUEST' },
    { says: 'a q with an empty value', request: { url: `${API}/projects?q=name%3D` }, status: 400 },
    {
      says: 'a number that is none',
      request: { url: `${API}/projects?q=project_id%3Dx` },
      status: 400,
      message: /number/,
    },
    {
      says: 'page_size above 100',
      request: { url: `${API}/projects?page_size=101` },
      status: 422,
      code: 'UNPROCESSABLE_ENTITY',
    },
    { says: 'a page that is no number', request: { url: `${API}/projects?page=two` }, status: 422 },
    { says: 'public that is no flag', request: { url: `${API}/projects?public=perhaps` }, status: 422 },
  ];
  it.each(refused)('refuses $says', (refusal) => expectCase(server, refusal));
});

describe('GET /projects/{project_name_or_id}', () => {
  it('finds by name, by id, and by a name of digits where the header says so', async () => {
    const id = await addProject(server, '20260101', { isPublic: true });
    const url = `${API}/projects/20260101`;
    expect((await server.inject({ url: `${API}/projects/${id}` })).json()).toMatchObject({
      name: '20260101',
    });
    expect((await server.inject({ url, headers: { 'x-is-resource-name': 'true' } })).json()).toMatchObject({
      project_id: id,
    });
    expect((await server.inject({ url, as: 'admin' })).statusCode).toBe(404);
  });

  it('tells only administrators that a project does not exist', async () => {
    const url = `${API}/projects/nowhere`;
    await expectCase(server, { says: '', request: { url }, status: 401 });
    await expectCase(server, { says: '', request: { url, as: ann }, status: 403 });
    await expectCase(server, { says: '', request: { url, as: 'admin' }, status: 404, code: 'NOT_FOUND' });
    await addProject(server, 'hidden');
    const hidden = await server.inject({ url: `${API}/projects/hidden`, as: ann });
    const missing = await server.inject({ url, as: ann });
    expect(hidden.json()).toEqual(missing.json());
  });
});

describe('DELETE /projects/{project_name_or_id}', () => {
  const remove = (project: string | number, as?: 'admin' | Person) =>
    server.inject({ method: 'DELETE', url: `${API}/projects/${project}`, ...(as ? { as } : {}) });

  it('refuses while there are repositories', async () => {
    await addProject(server, 'full');
    await pushImage(server, 'full/app');
    const reply = await remove('full', 'admin');
    expect(reply.statusCode).toBe(412);
    expect(reply.json()).toMatchObject({
      errors: [{ code: 'PRECONDITION', message: expect.stringContaining('full') as string }],
    });
    expect((await server.inject({ url: `${API}/projects/full`, as: 'admin' })).statusCode).toBe(200);
  });

  it('frees the name, and gives the new project nothing of the old one', async () => {
    const first = await addProject(server, 'again', { as: ann });
    await addMember(server, first, { username: 'eve', role: 'developer' });
    expect((await remove('again', ann)).statusCode).toBe(200);
    expect((await server.inject({ url: `${API}/projects/${first}`, as: 'admin' })).statusCode).toBe(404);
    expect(await names('?name=again', 'admin')).toEqual([]);
    const second = await addProject(server, 'again');
    expect(second).not.toBe(first);
    expect((await server.inject({ url: `${API}/projects/${second}`, as: eve })).statusCode).toBe(403);
  });

  it('is for its administrators', async () => {
    const id = await addProject(server, 'kept');
    await addMember(server, id, { username: 'eve', role: 'maintainer' });
    expect((await remove('kept')).statusCode).toBe(401);
    expect((await remove('kept', ann)).statusCode).toBe(403);
    expect((await remove('kept', eve)).statusCode).toBe(403);
    expect((await remove('nowhere', 'admin')).statusCode).toBe(404);
    expect((await remove('kept;', 'admin')).statusCode).toBe(404);
    expect((await remove('kept?x=;', 'admin')).statusCode).toBe(400);
  });

  it('tells the log and the listeners', async () => {
    await addProject(server, 'gone');
    await server.idle();
    const kinds: string[] = [];
    const stop = server.context.dispatcher.listen((event) => kinds.push(event.kind));
    await remove('gone', 'admin');
    await server.idle();
    stop();
    expect(kinds).toEqual(['project.deleted']);
    const log = await server.inject({
      url: `${API}/auditlog-exts?q=resource%3Dgone,operation%3Ddelete`,
      as: 'admin',
    });
    expect(log.json()).toMatchObject([{ resource_type: 'project', username: 'admin' }]);
  });
});
