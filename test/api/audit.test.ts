import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, type Person } from './people.ts';
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
  await addProject(server, 'others');
  await pushImage(server, 'anns/app', { as: dev });
});
afterAll(() => server.close());

interface Row {
  readonly id: number;
  readonly username: string;
  readonly resource: string;
  readonly operation: string;
  readonly resource_type: string;
}
async function rows(query: string, as: 'admin' | Person): Promise<Row[]> {
  const reply = await server.inject({ url: `${API}/auditlog-exts?page_size=100${query}`, as });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<Row[]>();
}

describe('GET /auditlog-exts', () => {
  it('shows an administrator everything, newest first', async () => {
    const all = await rows('', 'admin');
    expect(all.map((row) => `${row.operation} ${row.resource_type} ${row.resource}`)).toEqual(
      expect.arrayContaining([
        'create user ann',
        'create project anns',
        'create member anns/dev',
        'create project others',
      ]),
    );
    expect(all.map((row) => row.id)).toEqual(all.map((row) => row.id).toSorted((a, b) => b - a));
    expect(all[0]).toEqual({
      id: expect.any(Number) as number,
      username: 'dev',
      resource: expect.stringContaining('anns/app') as string,
      resource_type: 'artifact',
      operation: 'create',
      operation_description: expect.any(String) as string,
      operation_result: true,
      op_time: expect.stringMatching(/Z$/) as string,
    });
  });

  it('shows the administrator of a project what was done in it, and nothing else', async () => {
    const own = await rows('', ann);
    expect(own.length).toBeGreaterThan(2);
    expect(own.every((row) => row.resource.startsWith('anns'))).toBe(true);
  });

  it('shows whoever may read no log an empty list', async () => {
    expect(await rows('', dev)).toEqual([]);
  });

  it('filters and sorts', async () => {
    expect(new Set((await rows('&q=username%3D~DE', 'admin')).map((row) => row.username))).toEqual(
      new Set(['dev']),
    );
    expect(
      (await rows('&q=operation%3Dcreate,resource_type%3Dproject&sort=op_time', 'admin')).map(
        (row) => row.resource,
      ),
    ).toEqual(['library', 'anns', 'others']);
    expect(await rows('&q=op_time%3D%5B2001-01-01T00:00:00~2001-12-31T00:00:00%5D', 'admin')).toEqual([]);
    expect((await rows('&q=op_time%3D%5B2001-01-01T00:00:00~%5D', 'admin')).length).toBeGreaterThan(3);
    expect(await rows('&q=operation%3D%7Bdelete%20pull%7D', 'admin')).toEqual([]);
  });

  it('pages without showing a row twice', async () => {
    const all = await rows('', 'admin');
    const seen: number[] = [];
    for (let page = 1; page <= Math.ceil(all.length / 2); page++) {
      const reply = await server.inject({
        url: `${API}/auditlog-exts?page=${page}&page_size=2`,
        as: 'admin',
      });
      expect(reply.headers['x-total-count']).toBe(String(all.length));
      seen.push(...reply.json<Row[]>().map((row) => row.id));
    }
    expect(seen).toEqual(all.map((row) => row.id));
  });
});

describe('GET /audit-logs', () => {
  it('is empty, since it holds only what versions before 2.13 wrote', async () => {
    const reply = await server.inject({ url: `${API}/audit-logs`, as: 'admin' });
    expect([reply.statusCode, reply.body, reply.headers['x-total-count']]).toEqual([200, '[]', '0']);
  });
});

describe.each(['auditlog-exts', 'audit-logs'])('GET /%s', (name) => {
  it('needs an account, and a q that can be read', async () => {
    await expectCase(server, {
      says: '',
      request: { url: `${API}/${name}` },
      status: 401,
      code: 'UNAUTHORIZED',
    });
    await expectCase(server, {
      says: '',
      request: { url: `${API}/${name}?q=x`, as: ann },
      status: 400,
      code: 'BAD_REQUEST',
    });
    await expectCase(server, {
      says: '',
      request: { url: `${API}/${name}?page_size=101`, as: ann },
      status: 422,
    });
  });
});
