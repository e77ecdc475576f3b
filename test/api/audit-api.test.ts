import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '#server/app.ts';
import { AUDIT_EVENT_TYPES } from '#server/events/audit-event-types.ts';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, OWN, type Person } from './people.ts';
import { pushImage } from './push.ts';

let server: TestServer;
let ann: Person;
let dev: Person;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  dev = await addUser(server, 'dev');
  await addProject(server, 'anns', { as: ann });
  await addMember(server, 'anns', { username: 'dev', role: 'developer' });
  await addProject(server, 'others', { isPublic: true });
  await pushImage(server, 'anns/app', { as: dev });
  await pushImage(server, 'others/app');
});
afterAll(() => server.close());

interface Row {
  readonly id: number;
  readonly username: string;
  readonly resource: string;
  readonly operation: string;
  readonly resource_type: string;
  readonly operation_result: boolean;
}
interface Entry extends Row {
  readonly project_id: number | null;
  readonly address: string;
  readonly request_id: string;
  readonly before: unknown;
  readonly after: unknown;
}

async function rows(path: string, as: 'admin' | Person = 'admin'): Promise<Row[]> {
  const reply = await server.inject({ url: `${API}/${path}`, as });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<Row[]>();
}
async function entries(query: string, as: 'admin' | Person = 'admin') {
  const reply = await server.inject({ url: `${OWN}/audit?${query}`, as });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<{ items: Entry[]; next: string | null }>();
}
const q = (text: string): string => `q=${encodeURIComponent(text)}`;

describe('GET /projects/{project_name}/auditlog-exts', () => {
  it('shows what was done in the project to its administrators, and pages it', async () => {
    const all = await rows('projects/anns/auditlog-exts?page_size=100', ann);
    expect(all.length).toBeGreaterThan(3);
    expect(all.every((row) => row.resource.startsWith('anns'))).toBe(true);
    expect(await rows('projects/anns/auditlog-exts?page_size=100')).toEqual(all);
    const second = await server.inject({
      url: `${API}/projects/anns/auditlog-exts?page=2&page_size=2`,
      as: ann,
    });
    expect(second.headers['x-total-count']).toBe(String(all.length));
    expect(String(second.headers.link)).toContain('rel="prev"');
    expect(second.json<Row[]>()).toEqual(all.slice(2, 4));
    expect(
      await rows(`projects/anns/auditlog-exts?${q('operation=create,resource_type=member')}`, ann),
    ).toMatchObject([{ resource: 'anns/dev' }]);
  });

  it.each<[string, string, () => Person | undefined, number]>([
    ['nobody', 'anns', () => undefined, 401],
    ['a developer', 'anns', () => dev, 403],
    ['the administrator of another project', 'others', () => ann, 403],
    ['somebody who names one that is not there', 'nothing', () => ann, 403],
  ])('refuses %s', async (_who, project, person, status) => {
    const as = person();
    const request = { url: `${API}/projects/${project}/auditlog-exts`, ...(as ? { as } : {}) };
    await expectCase(server, { says: '', request, status });
  });

  it('tells a system administrator that a project is missing, also where its id is given', async () => {
    for (const name of ['nothing', '1'])
      await expectCase(server, {
        says: '',
        request: { url: `${API}/projects/${name}/auditlog-exts`, as: 'admin' },
        status: 404,
      });
  });
});

describe('GET /projects/{project_name}/logs', () => {
  it('is empty, as the log of versions before 2.13 is on new installs', async () => {
    const reply = await server.inject({ url: `${API}/projects/anns/logs`, as: ann });
    expect([reply.statusCode, reply.body, reply.headers['x-total-count']]).toEqual([200, '[]', '0']);
    await expectCase(server, {
      says: '',
      request: { url: `${API}/projects/anns/logs`, as: dev },
      status: 403,
    });
    await expectCase(server, { says: '', request: { url: `${API}/projects/anns/logs` }, status: 401 });
    await expectCase(server, {
      says: '',
      request: { url: `${API}/projects/no-such/logs`, as: 'admin' },
      status: 404,
    });
  });

  it.each(['logs', 'auditlog-exts'])('refuses a q that cannot be read, at %s', async (path) => {
    await expectCase(server, {
      says: 'key=value',
      request: { url: `${API}/projects/anns/${path}?q=broken`, as: ann },
      status: 400,
    });
  });
});

describe('GET /auditlog-exts/events', () => {
  it("has Harbor's event types and our own, for system administrators", async () => {
    const reply = await server.inject({ url: `${API}/auditlog-exts/events`, as: 'admin' });
    const types = reply.json<{ event_type: string }[]>().map((type) => type.event_type);
    expect(types).toEqual([...AUDIT_EVENT_TYPES]);
    // As Harbor names them.
    expect(types).toEqual(
      expect.arrayContaining(
        'create_artifact delete_artifact pull_artifact create_project delete_project update_project delete_repository login_user logout_user create_user delete_user update_user create_robot delete_robot update_configuration create_member update_member delete_member'.split(
          ' ',
        ),
      ),
    );
    await expectCase(server, {
      says: '',
      request: { url: `${API}/auditlog-exts/events`, as: ann },
      status: 403,
    });
    await expectCase(server, { says: '', request: { url: `${API}/auditlog-exts/events` }, status: 401 });
  });
});

describe('GET /auditlog-exts', () => {
  it.each([
    ['id=1', 1],
    ['username=ann,operation=create,resource_type=project', 1],
    ['resource=anns/app:latest', 1],
    ['resource=~app:LATEST', 2],
    ['operation_description=~create project', 3],
    ['operation={create delete},resource_type=project', 3],
    ['operation_result=false', 0],
    ['op_time=[2001-01-01T00:00:00~2001-12-31T00:00:00]', 0],
  ])('knows the key of q=%s', async (query, count) => {
    expect(await rows(`auditlog-exts?page_size=100&${q(query)}`)).toHaveLength(count);
  });

  it.each(['id', 'username', 'resource', 'resource_type', 'operation', 'op_time', 'operation_description'])(
    'sorts by %s in both directions',
    async (key) => {
      const up = await rows(`auditlog-exts?page_size=100&sort=${key}`);
      const down = await rows(`auditlog-exts?page_size=100&sort=-${key}`);
      expect(up.map((row) => row.id)).toEqual(down.map((row) => row.id).toReversed());
      const values = up.map((row) => row[key as keyof Row]);
      if (key === 'id') expect(values).toEqual((values as number[]).toSorted((a, b) => a - b));
    },
  );

  it.each([q('nothing=1'), 'sort=nothing', 'sort=username,-op_time', q('op_time=[yesterday~]')])(
    'refuses %s with a sentence that helps',
    async (query) => {
      const request = { url: `${API}/auditlog-exts?${query}`, as: 'admin' } as const;
      await expectCase(server, { says: '', request, status: 400, code: 'BAD_REQUEST' });
    },
  );
});

describe('GET /api/berth/v1/audit', () => {
  it('has the address, the request and what changed', async () => {
    await server.inject({
      method: 'PUT',
      url: `${API}/projects/anns`,
      as: ann,
      payload: { metadata: { public: 'true' } },
      remoteAddress: '203.0.113.77',
      headers: { 'x-request-id': 'ours' },
    });
    const { items } = await entries(`limit=1&${q('operation=update,resource_type=project')}`);
    expect(items[0]).toMatchObject({
      username: 'ann',
      resource: 'anns',
      address: '203.0.113.77',
      request_id: 'ours',
      project_id: expect.any(Number) as number,
      before: { public: 'false' },
      after: { public: 'true' },
    });
  });

  it('leads from page to page to the end, newest first, each entry once', async () => {
    const all: Entry[] = [];
    for (let after = ''; ;) {
      const page = await entries(`limit=3${after}`);
      all.push(...page.items);
      if (page.next === null) break;
      after = `&after=${page.next}`;
    }
    expect(all.map((entry) => entry.id)).toEqual(
      (await rows('auditlog-exts?page_size=100&sort=-id')).map((row) => row.id),
    );
  });

  it('shows administrators of projects what was done in them, and others nothing', async () => {
    const own = (await entries('limit=100', ann)).items;
    expect(own.length).toBeGreaterThan(3);
    expect(own.every((entry) => entry.resource.startsWith('anns'))).toBe(true);
    expect(await entries('limit=100', dev)).toEqual({ items: [], next: null });
    await expectCase(server, { says: '', request: { url: `${OWN}/audit` }, status: 401 });
  });

  it.each(['after=x', 'limit=0', 'limit=101', q('nothing=1')])('refuses %s', async (query) => {
    const reply = await server.inject({ url: `${OWN}/audit?${query}`, as: 'admin' });
    expect([400, 422]).toContain(reply.statusCode);
  });
});

describe('a pull', () => {
  const pull = (options: Partial<TestRequest> & { as?: Person }, repository = 'others/app') =>
    server.inject({ url: `/v2/${repository}/manifests/latest`, ...options });
  const pulls = async () => {
    await server.idle();
    return (await entries(`limit=100&${q('operation=pull')}`)).items.map(
      (entry) => `${entry.username} ${entry.resource} ${entry.address}`,
    );
  };

  it('is told once for each caller, address and artifact of a second', async () => {
    const token = (
      await server.inject({ url: '/service/token?service=berth&scope=repository:others/app:pull' })
    ).json<{
      token: string;
    }>();
    const headers = { authorization: `Bearer ${token.token}` };
    for (let i = 0; i < 3; i++) {
      expect((await pull({ headers, remoteAddress: '203.0.113.1' })).statusCode).toBe(200);
      await pull({ as: ann, remoteAddress: '203.0.113.1' });
      await pull({ as: ann, remoteAddress: '203.0.113.2' });
      await pull({ as: ann, remoteAddress: '203.0.113.1' });
    }
    expect((await pulls()).toSorted()).toEqual([
      'ann others/app:latest 203.0.113.1',
      'ann others/app:latest 203.0.113.2',
      'anonymous others/app:latest 203.0.113.1',
    ]);
  });

  it('is told with its address also where it is answered from memory, behind a proxy that is believed', async () => {
    const app = await createApp(server.context, {
      console: { ready: () => Promise.reject(new Error('no console here')) },
      address: { fallbackHost: 'registry.test', externalUrl: undefined },
      listenHost: '127.0.0.1',
      logger: pino({ level: 'fatal' }),
      trustedProxies: ['127.0.0.1'],
    });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const ask = (path: string, headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${port}${path}`, { headers });
    const basic = `Basic ${Buffer.from(`${ann.username}:${ann.password}`).toString('base64')}`;
    const scope = 'service=berth&scope=repository:anns/app:pull';
    const reply = await ask(`/service/token?${scope}`, {
      authorization: basic,
      'x-forwarded-for': '198.51.100.5',
    });
    const { token } = (await reply.json()) as { token: string };
    for (const from of ['198.51.100.6', '198.51.100.6', '1.2.3.4, 198.51.100.7', '198.51.100.8']) {
      const pulled = await ask('/v2/anns/app/manifests/latest', {
        authorization: `Bearer ${token}`,
        'x-forwarded-for': from,
      });
      expect(pulled.status).toBe(200);
      await pulled.arrayBuffer();
    }
    expect((await pulls()).filter((row) => row.includes('anns/app')).toSorted()).toEqual([
      'ann anns/app:latest 198.51.100.6',
      'ann anns/app:latest 198.51.100.7',
      'ann anns/app:latest 198.51.100.8',
    ]);
    const { items } = await entries(`limit=1&${q('operation=login,username=ann')}`);
    expect(items[0]).toMatchObject({ address: '198.51.100.5' });
    await app.close();
  });
});

describe('event types that are turned off', () => {
  const configure = (types: string) =>
    server.inject({
      method: 'PUT',
      url: `${API}/configurations`,
      as: 'admin',
      payload: { disabled_audit_log_event_types: types },
    });
  const newest = async (): Promise<number> => (await entries('limit=1')).items[0]?.id ?? 0;
  const since = async (id: number): Promise<string[]> => {
    await server.idle();
    return (await entries('limit=100')).items
      .filter((entry) => entry.id > id)
      .map((entry) => `${entry.operation_result ? '' : '! '}${entry.operation} ${entry.resource_type}`);
  };

  it('are left out, and only they; that they are is told', async () => {
    const before = await newest();
    expect((await configure('pull_artifact, login_user')).statusCode).toBe(200);
    expect(await since(before)).toEqual(['update configuration']);
    const after = await newest();
    await server.inject({ url: '/v2/others/app/manifests/latest', as: 'admin' });
    await server.inject({ url: '/service/token?service=berth', as: dev });
    await server.inject({
      url: '/service/token?service=berth',
      as: { username: 'nobody', password: 'Wrong-Password-1' },
    });
    await pushImage(server, 'others/app', { tag: 'v2' });
    expect(await since(after)).toEqual(['create artifact', '! login user']);
    expect((await configure('')).statusCode).toBe(200);
  });

  it.each(['update_configuration', 'create_user', 'delete_member', 'delete_session', 'nonsense'])(
    'are never %s',
    async (type) => {
      const reply = await configure(`pull_artifact,${type}`);
      expect(reply.statusCode, reply.body).toBe(400);
      expect(reply.body).toContain(type);
    },
  );
});

describe('a hostile name', () => {
  it.each([
    `Robert'); drop table audit_log;--`,
    '<img src=x onerror=alert(1)>',
    '\u{1f6a2}\u{1f3f4}\u200d\u2620\ufe0f',
    '\u0627\u0644\u0633\u0641\u064a\u0646\u0629 \u202e cba',
    '日本語 Ольга İi',
    `"double" 'single' \\back\\slash %_ & < >`,
    'x'.repeat(255),
  ])('comes back as it was: %s', async (username) => {
    const form = new URLSearchParams({ principal: username, password: 'Wrong-Password-1' });
    const reply = await server.inject({
      method: 'POST',
      url: '/c/login',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: form.toString(),
    });
    expect(reply.statusCode).toBe(401);
    expect((await rows('auditlog-exts?page_size=1&sort=-id'))[0]).toMatchObject({
      username: 'anonymous',
      resource: username,
      operation: 'login',
      operation_result: false,
    });
    expect((await entries('limit=1')).items[0]).toMatchObject({ resource: username });
  });

  it('of 10 kB is kept whole as a resource, and a NUL in it is shown', async () => {
    const { db, audit } = server.context;
    const resource = `${'\u{1f6a2}'.repeat(2_500)}\0end`;
    await db.tx((tx) =>
      audit.record(tx, {
        actor: { principal: { kind: 'anonymous' }, requestId: 'r', address: '' },
        operation: 'update',
        resourceType: 'project',
        resource,
        change: { before: { text: resource, '\0': 1 } },
      }),
    );
    const [entry] = (await entries('limit=1')).items;
    expect(entry?.resource).toBe(resource.replace('\0', '\ufffd'));
    expect(JSON.stringify(entry?.before).length).toBeLessThan(3_000);
    expect(await rows(`auditlog-exts?${q('resource=~\u{1f6a2}\u{1f6a2}')}`)).toHaveLength(1);
  });
});
