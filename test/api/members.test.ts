import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestRequest, TestServer } from '#test/support/server.ts';
import { makeServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, type Case, type Person } from './people.ts';

let server: TestServer;
let ann: Person;
let guest: Person;
let eve: Person;
let projectId: number;
let guestMember: number;
let foreignMember: number;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  guest = await addUser(server, 'guest');
  eve = await addUser(server, 'eve');
  projectId = await addProject(server, 'team', { as: ann });
  guestMember = await addMember(server, projectId, { username: 'guest', role: 'guest' });
  const other = await addProject(server, 'other');
  foreignMember = await addMember(server, other, { username: 'eve', role: 'guest' });
});
afterAll(() => server.close());

const members = `${API}/projects/team/members`;
const post = (payload: Record<string, unknown>): TestRequest => ({
  method: 'POST',
  url: members,
  as: 'admin',
  payload,
});

describe('GET /projects/{p}/members', () => {
  it('lists members by name with their roles', async () => {
    const reply = await server.inject({ url: members, as: ann });
    expect(reply.json()).toEqual([
      {
        id: expect.any(Number) as number,
        project_id: projectId,
        entity_name: 'ann',
        entity_id: ann.id,
        entity_type: 'u',
        role_id: 1,
        role_name: 'projectAdmin',
      },
      {
        id: guestMember,
        project_id: projectId,
        entity_name: 'guest',
        entity_id: guest.id,
        entity_type: 'u',
        role_id: 3,
        role_name: 'guest',
      },
    ]);
    expect(reply.headers['x-total-count']).toBe('2');
  });

  it('filters by a part of the name and counts what it found', async () => {
    const reply = await server.inject({ url: `${members}?entityname=UES`, as: guest });
    expect(reply.json()).toMatchObject([{ entity_name: 'guest' }]);
    expect(reply.headers['x-total-count']).toBe('1');
  });

  it('pages', async () => {
    const reply = await server.inject({ url: `${members}?page=2&page_size=1`, as: ann });
    expect(reply.json()).toMatchObject([{ entity_name: 'guest' }]);
    expect(reply.headers.link).toBe(`</api/v2.0/projects/team/members?page=1&page_size=1>; rel="prev"`);
  });

  it('refuses strangers', async () => {
    await expectCase(server, { says: '', request: { url: members }, status: 401 });
    await expectCase(server, { says: '', request: { url: members, as: eve }, status: 403 });
    await expectCase(server, {
      says: '',
      request: { url: `${API}/projects/nowhere/members`, as: 'admin' },
      status: 404,
    });
    await expectCase(server, { says: '', request: { url: `${members}?x=;`, as: 'admin' }, status: 400 });
  });
});

describe('POST /projects/{p}/members', () => {
  const refused: readonly Case[] = [
    { says: 'no role', request: post({ member_user: { username: 'eve' } }), status: 400, message: /role_id/ },
    {
      says: 'role 0',
      request: post({ role_id: 0, member_user: { username: 'eve' } }),
      status: 400,
      code: 'BAD_REQUEST',
    },
    { says: 'role 6', request: post({ role_id: 6, member_user: { username: 'eve' } }), status: 400 },
    {
      says: 'a role by its name',
      request: post({ role_id: 'guest', member_user: { username: 'eve' } }),
      status: 422,
    },
    { says: 'nobody to add', request: post({ role_id: 3 }), status: 400, message: /user_id or a username/ },
    {
      says: 'an unknown name',
      request: post({ role_id: 3, member_user: { username: 'nobody' } }),
      status: 404,
      code: 'NOT_FOUND',
    },
    { says: 'an unknown id', request: post({ role_id: 3, member_user: { user_id: 4711 } }), status: 404 },
    {
      says: 'a group',
      request: post({ role_id: 3, member_group: { group_name: 'staff' } }),
      status: 400,
      message: /groups/,
    },
    {
      says: 'a member again',
      request: post({ role_id: 1, member_user: { username: 'guest' } }),
      status: 409,
      code: 'CONFLICT',
    },
  ];
  it.each(refused)('refuses $says', (refusal) => expectCase(server, refusal));

  it('refuses whoever does not administer the project', async () => {
    const payload = { role_id: 1, member_user: { username: 'eve' } };
    const asGuest: TestRequest = { method: 'POST', url: members, as: guest, payload };
    await expectCase(server, { says: '', request: asGuest, status: 403, code: 'FORBIDDEN' });
    await expectCase(server, { says: '', request: { method: 'POST', url: members, payload }, status: 401 });
  });

  it('adds by id, says where, tells listeners, and the right holds from the next request on', async () => {
    await server.idle();
    const heard: unknown[] = [];
    const stop = server.context.dispatcher.listen((event) => heard.push(event.kind));
    const reply = await server.inject({ ...post({ role_id: 4, member_user: { user_id: eve.id } }), as: ann });
    await server.idle();
    stop();
    expect(reply.statusCode).toBe(201);
    expect(reply.headers.location).toMatch(new RegExp(`^/api/v2.0/projects/${projectId}/members/\\d+$`));
    expect(heard).toEqual(['member.changed']);
    const seen = await server.inject({ url: String(reply.headers.location), as: eve });
    expect(seen.json()).toMatchObject({ entity_name: 'eve', role_name: 'maintainer' });
    await server.inject({ method: 'DELETE', url: String(reply.headers.location), as: ann });
  });
});

describe('one member', () => {
  const at = (id: number | string): string => `${members}/${id}`;

  it('is shown, changed and removed', async () => {
    const id = await addMember(server, 'team', { username: 'eve', role: 'limitedGuest' });
    expect((await server.inject({ url: at(id), as: ann })).json()).toMatchObject({
      id,
      role_id: 5,
      role_name: 'limitedGuest',
    });
    const put = await server.inject({ method: 'PUT', url: at(id), as: ann, payload: { role_id: 2 } });
    expect([put.statusCode, put.body]).toEqual([200, '']);
    expect((await server.inject({ url: at(id), as: eve })).json()).toMatchObject({
      role_id: 2,
      role_name: 'developer',
    });
    const gone = await server.inject({ method: 'DELETE', url: at(id), as: ann });
    expect([gone.statusCode, gone.body]).toEqual([200, '']);
    expect((await server.inject({ url: at(id), as: ann })).statusCode).toBe(404);
    expect((await server.inject({ url: at(id), as: eve })).statusCode).toBe(403);
  });

  const change = { role_id: 1 };
  const methods = [
    { method: 'GET', wrong: undefined },
    { method: 'PUT', wrong: { role_id: 9 } },
    { method: 'DELETE', wrong: undefined },
  ] as const;
  it.each(methods)('$method refuses what it must', async ({ method, wrong }) => {
    const payload = method === 'PUT' ? { payload: change } : {};
    const request = (id: number | string, as?: TestRequest['as']): TestRequest => ({
      method,
      url: at(id),
      ...payload,
      ...(as ? { as } : {}),
    });
    await expectCase(server, { says: '', request: request(guestMember), status: 401 });
    await expectCase(server, { says: '', request: request(guestMember, eve), status: 403 });
    await expectCase(server, { says: '', request: request(4711, 'admin'), status: 404 });
    await expectCase(server, { says: '', request: request('x', 'admin'), status: 422 });
    await expectCase(server, { says: '', request: request(`${guestMember}?x=;`, 'admin'), status: 400 });
    if (wrong)
      await expectCase(server, {
        says: '',
        request: { ...request(guestMember, 'admin'), payload: wrong },
        status: 400,
      });
  });

  it.each(methods)('$method reaches no member of another project by its number', async ({ method }) => {
    const payload = method === 'PUT' ? { payload: change } : {};
    const reply = await server.inject({ method, url: at(foreignMember), as: 'admin', ...payload });
    expect(reply.statusCode).toBe(404);
    const still = await server.inject({ url: `${API}/projects/other/members/${foreignMember}`, as: 'admin' });
    expect(still.json()).toMatchObject({ entity_name: 'eve', role_id: 3 });
  });
});
