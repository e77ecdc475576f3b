import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, type Case, type Person } from './people.ts';

let server: TestServer;
let ann: Person;
let eve: Person;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  eve = await addUser(server, 'eve');
  await addProject(server, 'fixed');
});
afterAll(() => server.close());

const put = (project: string | number, payload: object, as?: 'admin' | Person): TestRequest => ({
  method: 'PUT',
  url: `${API}/projects/${project}`,
  payload,
  ...(as ? { as } : {}),
});

async function update(project: string | number, payload: object): Promise<void> {
  const reply = await server.inject(put(project, payload, 'admin'));
  expect(reply.statusCode, reply.body).toBe(200);
  expect(reply.body).toBe('');
}

async function read(project: string | number): Promise<{ name: string; metadata: Record<string, string> }> {
  return (await server.inject({ url: `${API}/projects/${project}`, as: 'admin' })).json();
}

describe('PUT /projects/{project_name_or_id}', () => {
  const refused: readonly Case[] = [
    {
      says: 'metadata.public "yes"',
      request: put('fixed', { metadata: { public: 'yes' } }, 'admin'),
      status: 400,
      message: /metadata\.public is "true" or "false"/,
    },
    {
      says: 'allow_sparse "yes"',
      request: put('fixed', { metadata: { allow_sparse: 'yes' } }, 'admin'),
      status: 400,
      message: /metadata\.allow_sparse is "true" or "false"/,
    },
    {
      says: 'allow_sparse as a flag',
      request: put('fixed', { metadata: { allow_sparse: true } }, 'admin'),
      status: 422,
    },
    {
      says: 'what no engine keeps',
      request: put('fixed', { metadata: { prevent_vul: 'true' } }, 'admin'),
      status: 400,
      message: /prevent_vul/,
    },
    {
      says: 'a retention policy that is not the project’s',
      request: put('fixed', { metadata: { retention_id: '3' } }, 'admin'),
      status: 400,
      message: /retention_id/,
    },
    {
      says: 'CVEs to allow',
      request: put('fixed', { cve_allowlist: { items: [{ cve_id: 'CVE-2024-1' }] } }, 'admin'),
      status: 400,
      message: /cve_allowlist/,
    },
    {
      says: 'an allowlist of another project',
      request: put('fixed', { cve_allowlist: { project_id: 4711, items: [] } }, 'admin'),
      status: 400,
      message: /4711/,
    },
    { says: 'no body', request: { ...put('fixed', {}, 'admin'), payload: '' }, status: 422 },
    { says: 'nobody', request: put('fixed', {}), status: 401 },
    { says: 'a missing project to its administrator', request: put('nowhere', {}, 'admin'), status: 404 },
  ];
  it.each(refused)('refuses $says', (refusal) => expectCase(server, refusal));

  it('changed nothing where it refused', async () => {
    expect((await read('fixed')).metadata).toEqual({ public: 'false' });
  });

  it('sets what it names and leaves the rest', async () => {
    const id = await addProject(server, 'merged', { isPublic: true });
    await update('merged', { metadata: { allow_sparse: 'true', auto_scan: 'false' } });
    expect((await read(id)).metadata).toEqual({ public: 'true', allow_sparse: 'true', auto_scan: 'false' });
    await update(id, { metadata: { public: 'false', allow_sparse: null } });
    expect((await read(id)).metadata).toEqual({ public: 'false', allow_sparse: 'true', auto_scan: 'false' });
    await update(id, { metadata: { allow_sparse: 'false' } });
    expect((await read(id)).metadata).toMatchObject({ allow_sparse: 'false' });
    await update(id, { metadata: { public: '', allow_sparse: '' } });
    expect((await read(id)).metadata).toEqual({ public: 'false', auto_scan: 'false' });
  });

  it('takes the older flag "public" where metadata says nothing of it', async () => {
    const id = await addProject(server, 'older');
    await update(id, { public: true });
    expect((await read(id)).metadata).toEqual({ public: 'true' });
    await update(id, { public: true, metadata: { public: 'false' } });
    expect((await read(id)).metadata).toEqual({ public: 'false' });
    await update(id, {});
    expect((await read(id)).metadata).toEqual({ public: 'false' });
  });

  it('looks at no other name, limit or registry, as Harbor does', async () => {
    const id = await addProject(server, 'named');
    await update(id, { project_name: 'renamed', storage_limit: 1024, registry_id: 7 });
    expect((await read(id)).name).toBe('named');
    const cve_allowlist = { project_id: id, items: null };
    await update(id, { project_name: 'named', cve_allowlist, metadata: null });
  });

  it('is for administrators of the project and of the system', async () => {
    const id = await addProject(server, 'governed');
    for (const role of ['limitedGuest', 'guest', 'developer', 'maintainer'] as const) {
      const person = await addUser(server, `governed-${role.toLowerCase()}`);
      await addMember(server, id, { username: person.username, role });
      const reply = await server.inject(put('governed', { metadata: { public: 'true' } }, person));
      expect(reply.statusCode, role).toBe(403);
    }
    expect((await server.inject(put('governed', {}, eve))).statusCode).toBe(403);
    expect((await server.inject(put('nowhere', {}, eve))).statusCode).toBe(403);
    await addMember(server, id, { username: 'ann', role: 'projectAdmin' });
    expect((await server.inject(put('governed', { metadata: { public: 'true' } }, ann))).statusCode).toBe(
      200,
    );
    expect((await read(id)).metadata).toEqual({ public: 'true' });
  });

  it('is in force before it is answered', async () => {
    const id = await addProject(server, 'switched');
    const status = async () => (await server.inject({ url: `${API}/projects/${id}` })).statusCode;
    for (const isPublic of [true, false, true]) {
      await update(id, { metadata: { public: String(isPublic) } });
      expect(await status()).toBe(isPublic ? 200 : 401);
    }
  });

  it('tells the log what was set, and the listeners', async () => {
    const id = await addProject(server, 'told');
    await server.idle();
    const told: unknown[] = [];
    const stop = server.context.dispatcher.listen(({ kind, payload }) => told.push({ kind, payload }));
    await update(id, { metadata: { public: 'true', allow_sparse: 'true' } });
    await server.idle();
    stop();
    expect(told).toEqual([{ kind: 'project.updated', payload: { projectId: id, projectName: 'told' } }]);
    const log = await server.inject({
      url: `${API}/auditlog-exts?q=resource%3Dtold,operation%3Dupdate`,
      as: 'admin',
    });
    expect(log.json()).toMatchObject([
      {
        resource_type: 'project',
        username: 'admin',
        operation_description: 'update project: told: public "true", allow_sparse "true"',
      },
    ]);
  });
});

describe('what Terraform sends', () => {
  const metadata = {
    auto_scan: 'false',
    public: 'false',
    severity: 'low',
    prevent_vul: 'false',
    enable_content_trust: 'false',
    enable_content_trust_cosign: 'false',
    reuse_sys_cve_allowlist: 'true',
  };
  const body = { project_name: 'terraformed', metadata, cve_allowlist: {}, storage_limit: -1 };

  it('makes and changes a project, and is read back as it was sent', async () => {
    const made = await server.inject({ method: 'POST', url: `${API}/projects`, as: 'admin', payload: body });
    expect(made.statusCode, made.body).toBe(201);
    expect((await read('terraformed')).metadata).toEqual(metadata);
    for (const severity of ['critical', 'HIGH', 'none']) {
      await update('terraformed', { ...body, metadata: { ...metadata, severity } });
      expect((await read('terraformed')).metadata).toEqual({ ...metadata, severity: severity.toLowerCase() });
    }
  });

  it('makes a label without a colour, which it calls "false"', async () => {
    const payload = { name: 'plain', color: 'false', description: '', scope: 'g' };
    const made = await server.inject({ method: 'POST', url: `${API}/labels`, as: 'admin', payload });
    expect(made.statusCode, made.body).toBe(201);
    const label = await server.inject({ url: String(made.headers.location), as: 'admin' });
    expect(label.json()).toMatchObject(payload);
  });

  it('changes a member with more than the role', async () => {
    const id = await addProject(server, 'terraformed-members');
    const member = await addMember(server, id, { username: 'ann', role: 'guest' });
    const url = `${API}/projects/${id}/members/${member}`;
    const payload = { role_id: 2, member_user: { username: 'ann' } };
    expect((await server.inject({ method: 'PUT', url, as: 'admin', payload })).statusCode).toBe(200);
    expect((await server.inject({ url, as: 'admin' })).json()).toMatchObject({ role_id: 2 });
  });
});

describe('metadata.allow_sparse at POST /projects', () => {
  const create = (name: string, allow_sparse: unknown) =>
    server.inject({
      method: 'POST',
      url: `${API}/projects`,
      as: 'admin',
      payload: { project_name: name, metadata: { allow_sparse } },
    });

  it('is kept as it is given, and false where it is not', async () => {
    for (const value of ['true', 'false']) {
      expect((await create(`sparse-${value}`, value)).statusCode).toBe(201);
      expect((await read(`sparse-${value}`)).metadata).toEqual({ public: 'false', allow_sparse: value });
    }
    expect((await create('sparse-unset', null)).statusCode).toBe(201);
    expect((await read('sparse-unset')).metadata).toEqual({ public: 'false' });
    const { directory } = server.context;
    const sparse = async (name: string) => (await directory.findByName(name))?.allowsSparse;
    expect(await sparse('sparse-true')).toBe(true);
    expect(await sparse('sparse-false')).toBe(false);
    expect(await sparse('sparse-unset')).toBe(false);
  });

  it('is "true" or "false" and nothing else', async () => {
    const reply = await create('sparse-odd', '1');
    expect(reply.statusCode).toBe(400);
    expect(reply.body).toContain('metadata.allow_sparse');
  });
});

describe('an account', () => {
  it('is told to caches when it is made', async () => {
    await server.idle();
    const told: unknown[] = [];
    const stop = server.context.dispatcher.listen(({ kind, payload }) => told.push({ kind, payload }));
    const dan = await addUser(server, 'dan');
    await server.idle();
    stop();
    expect(told).toEqual([{ kind: 'user.changed', payload: { accountId: dan.id } }]);
  });
});
