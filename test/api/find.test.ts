import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FindBody } from '#server/domain/search/contract.ts';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, type Person } from './people.ts';
import { pushImage } from './push.ts';

let server: TestServer;
let ann: Person;
let bob: Person;
let open: string;
let closed: string;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann-harbour');
  bob = await addUser(server, 'bob');
  await addProject(server, 'harbour-open', { isPublic: true });
  await addProject(server, 'harbour-closed');
  await addMember(server, 'harbour-closed', { username: 'ann-harbour', role: 'limitedGuest' });
  open = await pushImage(server, 'harbour-open/web');
  closed = await pushImage(server, 'harbour-closed/web');
  await pushImage(server, 'harbour-closed/team/crane');
});
afterAll(() => server.close());

const find = async (q: string, as?: TestRequest['as']): Promise<FindBody> => {
  const url = `/api/berth/v1/search?q=${encodeURIComponent(q)}`;
  const reply = await server.inject(as === undefined ? { url } : { url, as });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<FindBody>();
};
const names = (found: FindBody): string[] => [
  ...found.projects.map((row) => row.name),
  ...found.repositories.map((row) => `${row.project_name}/${row.name}`),
  ...found.tags.map((row) => `${row.project_name}/${row.repository_name}:${row.name}`),
  ...found.artifacts.map((row) => `${row.project_name}/${row.repository_name}@`),
  ...found.users.map((row) => `~${row.username}`),
];

describe('finding something anywhere', () => {
  it('shows an administrator everything of that name, people too', async () => {
    expect(names(await find('HARBOUR', 'admin'))).toEqual([
      'harbour-closed',
      'harbour-open',
      'harbour-closed/team/crane',
      'harbour-closed/web',
      'harbour-open/web',
      '~ann-harbour',
    ]);
  });

  it('shows others what is public and their own, and no people', async () => {
    const visible = ['harbour-open', 'harbour-open/web'];
    expect(names(await find('harbour'))).toEqual(visible);
    expect(names(await find('harbour', bob))).toEqual(visible);
    expect(names(await find('harbour', ann))).toHaveLength(5);
  });

  it('finds tags by their begin, and those of one repository behind a colon', async () => {
    const all = ['harbour-closed/team/crane:latest', 'harbour-closed/web:latest', 'harbour-open/web:latest'];
    expect(names(await find('late', 'admin')).toSorted()).toEqual(all);
    expect(names(await find('late', bob))).toEqual(['harbour-open/web:latest']);
    expect(names(await find('atest', 'admin'))).toEqual([]);
    const one = ['harbour-closed/team/crane', 'harbour-closed/team/crane:latest'];
    expect(names(await find('crane:', ann))).toEqual(one);
    expect(names(await find('registry.lan:5443/harbour-closed/team/crane:l', ann))).toEqual(one);
    expect(names(await find('harbour-closed/team/crane:x', ann))).toEqual(one.slice(0, 1));
    expect(names(await find('crane:', bob))).toEqual([]);
  });

  it('takes what may be a host for the project where there is one of that name', async () => {
    await addProject(server, 'dock.example', { isPublic: true });
    await pushImage(server, 'dock.example/tool', { tag: '1.0' });
    await addProject(server, 'elsewhere', { isPublic: true });
    await pushImage(server, 'elsewhere/tool', { tag: '1.0' });
    for (const q of ['dock.example/tool:1.0', 'docker pull registry.lan/dock.example/tool:1.0'])
      expect(names(await find(q, bob)), q).toEqual(['dock.example/tool', 'dock.example/tool:1.0']);
    expect(names(await find('registry.lan/elsewhere/tool:1', bob))).toEqual([
      'elsewhere/tool',
      'elsewhere/tool:1.0',
    ]);
  });

  it('finds an artifact by its digest or the begin of it, where the caller may see it', async () => {
    for (const begin of [open, open.slice(0, 15), open.slice(7, 19), `docker pull x.lan/y/z@${open}`])
      expect(names(await find(begin, bob)), begin).toEqual(['harbour-open/web@']);
    expect(names(await find(closed, bob))).toEqual([]);
    expect(names(await find(closed, ann))).toEqual(['harbour-closed/web@']);
    expect(names(await find(`sha256:${'0'.repeat(64)}`, 'admin'))).toEqual([]);
  });

  it('answers to anything, and refuses what is too long', async () => {
    for (const q of ['', ' ', '%', '_', ':', '@', "' or 1=1 --", '" OR "', '船', 'sha256:'])
      expect(names(await find(q, 'admin')), q).toEqual([]);
    const url = `/api/berth/v1/search?q=${'x'.repeat(601)}`;
    expect((await server.inject({ url })).statusCode).toBe(422);
  });
});
