import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLE_IDS, type RoleName } from '#server/access/roles.ts';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, PASSWORD, type Person } from './people.ts';

type As = TestRequest['as'];
const ROLES: readonly RoleName[] = ['limitedGuest', 'guest', 'developer', 'maintainer', 'projectAdmin'];

let server: TestServer;
let ann: Person;
let bob: Person;
const people = new Map<RoleName, Person>();

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  bob = await addUser(server, 'bob');
  for (const role of ROLES) people.set(role, await addUser(server, role.toLowerCase()));
});
afterAll(() => server.close());

interface Sent {
  readonly payload?: object;
  readonly as?: As;
}
const send = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  { payload, as = 'admin' }: Sent = {},
) => server.inject({ method, url: `${API}/projects/${path}`, as, ...(payload ? { payload } : {}) });

const add = (project: string | number, payload: object, as?: As) =>
  send('POST', `${project}/members`, { payload, ...(as ? { as } : {}) });

async function namesIn(project: string | number, query = ''): Promise<string[]> {
  const reply = await send('GET', `${project}/members?page_size=100${query}`);
  const names = reply.json<{ entity_name: string }[]>().map((member) => member.entity_name);
  expect(reply.headers['x-total-count']).toBe(String(names.length));
  return names;
}

describe('adding a member', () => {
  it('goes by the id or the name, and by both where they say the same', async () => {
    const project = await addProject(server, 'named-twice');
    const asked: readonly (readonly [user: object, status: number])[] = [
      [{ user_id: ann.id, username: 'bob' }, 400],
      [{ user_id: ann.id, username: 'nobody' }, 400],
      [{ user_id: ann.id, username: 'ann' }, 201],
      [{ user_id: 0, username: 'bob' }, 201],
      [{ user_id: 0, username: '' }, 400],
      [{ username: 'ANN' }, 404],
      [{ user_id: 999_999 }, 404],
      [{ user_id: -1 }, 422],
      [{ user_id: 1e30 }, 422],
      [{ user_id: String(bob.id) }, 422],
      [{}, 400],
    ];
    for (const [member_user, status] of asked) {
      const reply = await add(project, { role_id: ROLE_IDS.guest, member_user });
      expect(reply.statusCode, JSON.stringify(member_user)).toBe(status);
    }
    expect(await namesIn(project)).toEqual(['admin', 'ann', 'bob']);
  });

  it('takes the five roles and nothing else, as a change does', async () => {
    const project = await addProject(server, 'roles-checked');
    const id = await addMember(server, project, { username: 'ann', role: 'guest' });
    const bad: readonly (readonly [role: unknown, status: number])[] = [
      [0, 400],
      [6, 400],
      [-1, 400],
      [1e30, 400],
      [1.5, 422],
      ['1', 422],
      [null, 422],
      [undefined, 400],
    ];
    for (const [role_id, status] of bad) {
      const change = await send('PUT', `${project}/members/${id}`, { payload: { role_id } });
      expect(change.statusCode, `PUT ${String(role_id)}`).toBe(status);
      const addition = await add(project, { role_id, member_user: { username: 'bob' } });
      expect(addition.statusCode, `POST ${String(role_id)}`).toBe(status);
    }
    for (const [role_name, role_id] of Object.entries(ROLE_IDS)) {
      expect((await send('PUT', `${project}/members/${id}`, { payload: { role_id } })).statusCode).toBe(200);
      const reply = await send('GET', `${project}/members/${id}`);
      expect(reply.json()).toMatchObject({ role_id, role_name, entity_name: 'ann' });
    }
    expect(await namesIn(project)).toEqual(['admin', 'ann']);
  });

  it('at the same time adds one, and tells the others', async () => {
    const project = await addProject(server, 'crowded');
    const replies = await Promise.all(
      [1, 2, 3, 4].map((role_id) => add(project, { role_id, member_user: { user_id: ann.id } })),
    );
    expect(replies.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([
      201, 409, 409, 409,
    ]);
    expect(await namesIn(project)).toEqual(['admin', 'ann']);
  });

  it('looks at no id, project or role that the body names besides', async () => {
    const [project, other] = [await addProject(server, 'claimed'), await addProject(server, 'unclaimed')];
    const payload = {
      id: 1,
      project_id: other,
      role_id: 3,
      entity_id: bob.id,
      member_user: { username: 'ann' },
    };
    const reply = await add(project, payload);
    expect(reply.headers.location).toMatch(new RegExp(`^/api/v2.0/projects/${project}/members/\\d+$`));
    expect(await namesIn(project)).toEqual(['admin', 'ann']);
    expect(await namesIn(other)).toEqual(['admin']);
  });
});

describe('names', () => {
  const names = [
    'Ольга Иванова',
    '王小明',
    'مريم',
    '🐙',
    `o'brien <b>; drop table account;--`,
    'under_score',
    '50\\',
  ];

  it('in any script come back as they were, and are found by a part of them', async () => {
    const project = await addProject(server, 'scripts');
    for (const [index, username] of names.entries()) {
      const payload = { username, email: `n${index}@example.com`, realname: username, password: PASSWORD };
      const created = await server.inject({ method: 'POST', url: `${API}/users`, as: 'admin', payload });
      expect(created.statusCode, created.body).toBe(201);
      expect((await add(project, { role_id: 3, member_user: { username } })).statusCode).toBe(201);
      expect(
        await namesIn(
          project,
          `&entityname=${encodeURIComponent(Array.from(username).slice(0, 4).join(''))}`,
        ),
      ).toEqual([username]);
    }
    expect((await namesIn(project)).toSorted()).toEqual(['admin', ...names].toSorted());
    // What means "anything" in a database is a character here.
    expect(await namesIn(project, '&entityname=%25')).toEqual([]);
    expect(await namesIn(project, '&entityname=_')).toEqual(['under_score']);
  });
});

/** As Harbor's roles have it: who lists and reads members, and who adds, changes and removes them. */
const READERS: readonly RoleName[] = ['guest', 'developer', 'maintainer', 'projectAdmin'];

describe('who may', () => {
  it.each(ROLES)('%s does what the role allows', async (role) => {
    for (const isPublic of [false, true]) {
      const project = await addProject(server, `may-${role.toLowerCase()}-${isPublic}`, { isPublic });
      const as = people.get(role) as Person;
      await addMember(server, project, { username: as.username, role });
      const target = await addMember(server, project, { username: 'bob', role: 'guest' });
      const item = `${project}/members/${target}`;
      const got = [
        await send('GET', `${project}/members`, { as }),
        await send('GET', item, { as }),
        await add(project, { role_id: 3, member_user: { username: 'ann' } }, as),
        await send('PUT', item, { as, payload: { role_id: 2 } }),
        await send('DELETE', item, { as }),
      ].map(({ statusCode }) => statusCode);
      const read = READERS.includes(role) ? 200 : 403;
      const isAdmin = role === 'projectAdmin';
      expect(got).toEqual([read, read, isAdmin ? 201 : 403, isAdmin ? 200 : 403, isAdmin ? 200 : 403]);
    }
  });
});

describe('the own membership', () => {
  it('can be given up, in force at once, also by the last administrator, as in Harbor', async () => {
    const project = await addProject(server, 'left', { as: ann });
    const [own] = (await send('GET', `${project}/members`)).json<{ id: number }[]>();
    const item = `${project}/members/${own?.id}`;
    const demoted = await send('PUT', item, { as: ann, payload: { role_id: ROLE_IDS.guest } });
    expect(demoted.statusCode).toBe(200);
    expect((await send('PUT', item, { as: ann, payload: { role_id: 1 } })).statusCode).toBe(403);
    // A system administrator governs a project that nobody else does.
    expect((await send('PUT', item, { payload: { role_id: 1 } })).statusCode).toBe(200);
    expect((await send('DELETE', item, { as: ann })).statusCode).toBe(200);
    expect((await send('GET', String(project), { as: ann })).statusCode).toBe(403);
    expect(await namesIn(project)).toEqual([]);
    expect((await add(project, { role_id: 1, member_user: { username: 'ann' } })).statusCode).toBe(201);
    expect((await send('GET', String(project), { as: ann })).statusCode).toBe(200);
  });
});

describe('changes at once', () => {
  it('follow each other, and what is gone is told to be gone', async () => {
    for (let round = 0; round < 5; round++) {
      const project = await addProject(server, `changed-${round}`);
      const id = await addMember(server, project, { username: 'ann', role: 'guest' });
      const item = `${project}/members/${id}`;
      const changes = await Promise.all(
        [1, 2, 4].map((role_id) => send('PUT', item, { payload: { role_id } })),
      );
      expect(changes.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
      const [change, ...removals] = await Promise.all([
        send('PUT', item, { payload: { role_id: 5 } }),
        send('DELETE', item),
        send('DELETE', item),
      ]);
      expect([200, 404]).toContain(change.statusCode);
      expect(removals.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 404]);
      expect(await namesIn(project)).toEqual(['admin']);
    }
  });

  it('leave a log in which each begins where the one before it ended', async () => {
    const project = await addProject(server, 'chained');
    const id = await addMember(server, project, { username: 'ann', role: 'guest' });
    await Promise.all(
      [1, 2, 4, 5].map((role_id) => send('PUT', `${project}/members/${id}`, { payload: { role_id } })),
    );
    await send('DELETE', `${project}/members/${id}`);
    const rows = await server.context.db.read
      .selectFrom('audit_log')
      .select(['operation', 'resource', 'before', 'after'])
      .where('project_id', '=', project)
      .where('resource_type', '=', 'member')
      .orderBy('id')
      .execute();
    expect(rows.map(({ operation }) => operation)).toEqual([
      'create',
      ...Array.from({ length: 4 }, () => 'update'),
      'delete',
    ]);
    expect(new Set(rows.map(({ resource }) => resource))).toEqual(new Set(['chained/ann']));
    const guest = { role_id: 3, role_name: 'guest' };
    expect([rows[0]?.before, JSON.parse(rows[0]?.after ?? '')]).toEqual([null, guest]);
    for (const [index, row] of rows.slice(1).entries()) expect(row.before).toBe(rows[index]?.after);
    expect(rows.at(-1)?.after).toBeNull();
  });
});

describe('a group', () => {
  it('cannot be added, and what clients send for none is taken', async () => {
    const project = await addProject(server, 'no-groups');
    const request: TestRequest = {
      method: 'POST',
      url: `${API}/projects/${project}/members`,
      as: 'admin',
      payload: { role_id: 3, member_group: { ldap_group_dn: 'cn=staff' } },
    };
    await expectCase(server, { says: '', request, status: 400, message: /groups/ });
    const none = { id: 0, group_name: '', group_type: 0, ldap_group_dn: '' };
    const both = { role_id: 3, member_group: none, member_user: { username: 'ann' } };
    expect((await add(project, both)).statusCode).toBe(201);
  });
});
