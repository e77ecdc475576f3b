import { afterAll, beforeAll, expect, it } from 'vitest';
import { createExports } from '#server/domain/audit/export.ts';
import { MAX_EXPORTED } from '#server/domain/audit/csv.ts';
import type { AuditDetail } from '#server/domain/audit/store.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addProject, addUser, expectCase, OWN, type Person } from './people.ts';

let server: TestServer;
let ann: Person;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  await addProject(server, 'anns', { as: ann });
  await addProject(server, 'others');
});
afterAll(() => server.close());

async function lines(query: string, as: 'admin' | Person): Promise<string[]> {
  const reply = await server.inject({ url: `${OWN}/audit.csv${query}`, as });
  expect(reply.statusCode, reply.body).toBe(200);
  expect(reply.headers['content-type']).toBe('text/csv; charset=utf-8');
  expect(reply.headers['content-disposition']).toBe('attachment; filename="audit-log.csv"');
  expect(reply.body.startsWith('\uFEFF"time","username"')).toBe(true);
  return reply.body.trim().split('\r\n').slice(1);
}

it('holds what was asked for, and nothing of projects whose log is not the caller’s to read', async () => {
  const all = await lines('?q=operation%3Dcreate%2Cresource_type%3Dproject', 'admin');
  // The project that is there from the start is one of them.
  expect(all).toHaveLength(3);
  expect(all[0]).toContain('"others"');
  const own = await lines('', ann);
  expect(own.length).toBeGreaterThan(0);
  expect(own.every((line) => line.includes('anns'))).toBe(true);
});

it('a name that is a formula stays text', async () => {
  await server.inject({ url: '/api/v2.0/users/current', as: { username: '=1+1', password: 'x' } });
  const [line = ''] = await lines('?q=operation_result%3Dfalse', 'admin');
  expect(line).toContain(`"'=1+1"`);
});

it.each([
  ['nobody', '', undefined, 401],
  ['a search that cannot be read', '?q=nothing', 'admin' as const, 400],
])('is refused to %s', async (_who, query, as, status) => {
  const request = { url: `${OWN}/audit.csv${query}`, ...(as && { as }) };
  await expectCase(server, { says: '', request, status });
});

const entry: AuditDetail = {
  id: 1,
  username: 'mei',
  resource: 'web',
  resourceType: 'project',
  operation: 'update',
  description: '',
  succeeded: true,
  atMs: 0,
  projectId: 1,
  address: '',
  requestId: '',
  before: null,
  after: null,
};

it('ends after its most entries, and says so', async () => {
  const open = createExports();
  const stream = await open(async ({ limit }) => ({ items: Array(limit).fill(entry), next: '1' }));
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  const rows = text.trimEnd().split('\r\n');
  expect(rows).toHaveLength(1 + MAX_EXPORTED + 1);
  expect(rows.at(-1)).toContain('Cut after 100000 entries');
});

it('at most three are written at once; one that is given up makes room', async () => {
  const open = createExports();
  const read = async () => ({ items: [entry], next: '1' });
  const streams = [await open(read), await open(read), await open(read)];
  await expect(open(read)).rejects.toMatchObject({ code: 'too_many_requests' });
  const closed = new Promise((resolve) => streams[0]?.once('close', resolve));
  streams[0]?.destroy();
  await closed;
  const next = await open(read);
  for (const stream of [...streams, next]) stream.destroy();
});
