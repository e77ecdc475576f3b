import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manualClock } from '#server/lib/clock.ts';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { Browser } from './browser.ts';
import {
  addMember,
  addProject,
  addUser,
  API,
  expectCase,
  PASSWORD,
  type Case,
  type Person,
} from './people.ts';

const clock = manualClock(Date.UTC(2026, 5, 1));
const NOBODY_HERE = 4711;
let server: TestServer;
let ann: Person;
let ben: Person;
let chief: Person;
let count = 0;

/** A person of one test, who may be changed and removed. */
const somebody = (): Promise<Person> => addUser(server, `somebody-${++count}`);
const pathOf = (id: number | string, rest = ''): string => `${API}/users/${id}${rest}`;
const put = (url: string, payload: object, as: TestRequest['as'] = 'admin') =>
  server.inject({ method: 'PUT', url, payload, ...(as ? { as } : {}) });
const show = async (id: number) => (await server.inject({ url: pathOf(id), as: 'admin' })).json<object>();

beforeAll(async () => {
  server = await makeServer({ clock });
  ann = await addUser(server, 'ann');
  ben = await addUser(server, 'ben');
  chief = await addUser(server, 'chief');
  expect((await put(pathOf(chief.id, '/sysadmin'), { sysadmin_flag: true })).statusCode).toBe(200);
});
afterAll(() => server.close());
beforeEach(() => clock.advance(2_000));

/** Every operation on one account, with a body that would be taken. */
const OPERATIONS: readonly {
  method: 'GET' | 'PUT' | 'DELETE';
  rest: string;
  payload?: object;
  own: boolean;
}[] = [
  { method: 'GET', rest: '', own: true },
  { method: 'PUT', rest: '', payload: { email: 'x@example.com', realname: 'x' }, own: true },
  { method: 'PUT', rest: '/password', payload: { new_password: 'Another-Boy-8' }, own: true },
  { method: 'PUT', rest: '/cli_secret', payload: { secret: 'Another-Boy-8' }, own: true },
  { method: 'DELETE', rest: '', own: false },
  { method: 'PUT', rest: '/sysadmin', payload: { sysadmin_flag: true }, own: false },
];

describe.each(OPERATIONS)('$method /users/{user_id}$rest', ({ method, rest, payload, own }) => {
  const ask = (id: number | string, as?: TestRequest['as']) =>
    server.inject({ method, url: pathOf(id, rest), ...(payload ? { payload } : {}), ...(as ? { as } : {}) });

  it('is 401 for nobody, and for wrong credentials', async () => {
    for (const as of [undefined, { username: 'ann', password: 'Wrong-Password-1' }])
      for (const id of [1, ann.id, NOBODY_HERE]) {
        const reply = await ask(id, as);
        expect(reply.statusCode).toBe(401);
        expect(reply.json()).toMatchObject({ errors: [{ code: 'UNAUTHORIZED' }] });
      }
  });

  it('is the same 403 for somebody else, there or not', async () => {
    const replies = await Promise.all([1, ann.id, NOBODY_HERE, 'nobody', '0'].map((id) => ask(id, ben)));
    expect(new Set(replies.map((reply) => `${reply.statusCode} ${reply.body}`)).size).toBe(1);
    expect(replies[0]?.statusCode).toBe(403);
    expect(replies[0]?.json()).toMatchObject({ errors: [{ code: 'FORBIDDEN' }] });
    expect(replies[0]?.body).not.toContain('ann');
  });

  it(`is ${own ? 'no 403' : '403'} for oneself`, async () => {
    const self = await somebody();
    const reply = await ask(self.id, self);
    if (!own) expect(reply.statusCode).toBe(403);
    else if (rest === '/password')
      expect(reply.json()).toMatchObject({ errors: [{ message: /old_password/ }] });
    else expect(reply.statusCode).toBe(rest === '/cli_secret' ? 412 : 200);
  });

  it('tells an administrator that there is nobody', async () => {
    const reply = await ask(NOBODY_HERE, 'admin');
    expect(reply.statusCode).toBe(rest === '/cli_secret' ? 412 : 404);
  });

  it.each(['x', '-1', '1.5', '99999999999999999999', '%20'])('refuses the id %s with 422', async (id) => {
    const reply = await ask(id, 'admin');
    expect(reply.statusCode).toBe(422);
    expect(reply.json()).toMatchObject({ errors: [{ code: 'UNPROCESSABLE_ENTITY' }] });
  });
});

describe('GET /users/{user_id}', () => {
  it('shows oneself, and everybody to an administrator, the first administrator too', async () => {
    const own = await server.inject({ url: pathOf(ann.id), as: ann });
    expect(own.json()).toEqual({
      user_id: ann.id,
      username: 'ann',
      email: 'ann@example.com',
      realname: 'ann',
      comment: '',
      sysadmin_flag: false,
      admin_role_in_auth: false,
      creation_time: expect.any(String),
      update_time: expect.any(String),
    });
    expect(await show(ann.id)).toEqual(own.json());
    expect(await show(1)).toMatchObject({ user_id: 1, username: 'admin', sysadmin_flag: true });
  });
});

describe('GET /users/search', () => {
  const search = (query: string, as: TestRequest['as'] = ben) =>
    server.inject({ url: `${API}/users/search${query}`, as });

  it('gives anybody who is signed in the names that contain the text, and nothing but name and id', async () => {
    const reply = await search('?username=AN');
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toEqual([{ user_id: ann.id, username: 'ann' }]);
    expect(reply.headers['x-total-count']).toBe('1');
  });

  it('leaves out the first administrator, and takes % and _ as they are', async () => {
    for (const text of ['admin', '%25', '_', "'", '%5C']) {
      const reply = await search(`?username=${text}`);
      expect([text, reply.json(), reply.headers['x-total-count']]).toEqual([text, [], '0']);
    }
  });

  it('comes in pages, by name', async () => {
    const first = await search('?username=n&page_size=1');
    expect(first.json()).toMatchObject([{ username: 'ann' }]);
    expect(first.headers.link).toContain('rel="next"');
    const second = await search('?username=n&page_size=1&page=2');
    expect(second.json()).toMatchObject([{ username: 'ben' }]);
    expect(second.headers.link).toContain('rel="prev"');
  });

  const refused: readonly Case[] = [
    { says: 'nobody', request: { url: `${API}/users/search?username=a` }, status: 401 },
    { says: 'no text', request: { url: `${API}/users/search`, as: 'admin' }, status: 422 },
    { says: 'an empty text', request: { url: `${API}/users/search?username=`, as: 'admin' }, status: 422 },
    {
      says: 'a page of 101',
      request: { url: `${API}/users/search?username=a&page_size=101`, as: 'admin' },
      status: 422,
    },
  ];
  it.each(refused)('refuses $says', (refusal) => expectCase(server, refusal));
});

describe('PUT /users/{user_id}', () => {
  it('sets what one says about oneself, and nothing else', async () => {
    const self = await somebody();
    clock.advance(1_000);
    const profile = { email: 'new@example.com', realname: 'Señor <b>"Ñ"', comment: '⛵' };
    const body = { ...profile, realname: 'Señor <b>Ñ', sysadmin_flag: true, username: 'root', user_id: 1 };
    const reply = await put(pathOf(self.id), body, self);
    expect([reply.statusCode, reply.body]).toEqual([200, '']);
    expect(await show(self.id)).toMatchObject({
      ...profile,
      realname: 'Señor <b>Ñ',
      username: self.username,
      sysadmin_flag: false,
      update_time: new Date(clock.now()).toISOString(),
    });
  });

  it('keeps an address and a name that are left out, and empties a comment that is, as Harbor does', async () => {
    const self = await somebody();
    await put(pathOf(self.id), { comment: 'something' });
    expect(await show(self.id)).toMatchObject({ comment: 'something', realname: self.username });
    await put(pathOf(self.id), { realname: 'Another Name' });
    expect(await show(self.id)).toMatchObject({
      comment: '',
      realname: 'Another Name',
      email: `${self.username}@example.com`,
    });
  });

  it('lets the first administrator go on without an address', async () => {
    expect((await put(pathOf(1), { email: '', realname: 'Harbour master' })).statusCode).toBe(200);
    expect(await show(1)).toMatchObject({ email: '', realname: 'Harbour master' });
  });

  it('changes nothing, and tells nothing, where nothing differs', async () => {
    const self = await somebody();
    const before = await show(self.id);
    const rows = await auditRowsOf(self.username);
    clock.advance(1_000);
    expect((await put(pathOf(self.id), before)).statusCode).toBe(200);
    expect(await show(self.id)).toEqual(before);
    expect(await auditRowsOf(self.username)).toEqual(rows);
  });

  const refused: readonly [says: string, payload: object, status: number, message: RegExp][] = [
    ['an address of somebody else, in other letters', { email: 'BEN@example.com' }, 409, /taken/],
    ['what is no address', { email: 'nowhere' }, 400, /email/],
    ['an empty address', { email: '' }, 400, /email/],
    ['an empty name', { realname: '' }, 400, /realname/],
    ['a name with a comma', { realname: 'a,b' }, 400, /realname/],
    ['a comment of 256 characters', { comment: 'x'.repeat(256) }, 400, /comment/],
    ['a number for a name', { realname: 7 }, 422, /realname/],
    ['null for a name', { realname: null }, 422, /realname/],
    ['a list', [], 422, /body/],
  ];
  it.each(refused)('refuses %s', async (_says, payload, status, message) => {
    const before = await show(ann.id);
    const request = { method: 'PUT', url: pathOf(ann.id), payload, as: ann } as const;
    await expectCase(server, { says: '', request, status, message });
    expect(await show(ann.id)).toEqual(before);
  });
});

describe('DELETE /users/{user_id}', () => {
  const remove = (id: number, as: TestRequest['as'] = 'admin') =>
    server.inject({ method: 'DELETE', url: pathOf(id), ...(as ? { as } : {}) });

  it('ends the account with all that hangs on it, and frees its name and address', async () => {
    const gone = await somebody();
    const project = await addProject(server, 'of-somebody');
    await addMember(server, project, { username: gone.username, role: 'maintainer' });
    const browser = new Browser(server);
    await browser.signIn(gone);
    const refreshToken = await refreshTokenOf(gone);
    expect((await remove(gone.id)).statusCode).toBe(200);

    expect((await browser.send({ url: `${API}/users/current` })).statusCode).toBe(401);
    expect((await server.inject({ url: `${API}/users/current`, as: gone })).statusCode).toBe(401);
    expect(await statusOfToken(refreshToken)).toBe(401);
    const { read } = server.context.db;
    for (const table of ['session', 'refresh_token', 'project_member'] as const)
      expect(await read.selectFrom(table).selectAll().where('account_id', '=', gone.id).execute()).toEqual(
        [],
      );
    expect((await server.inject({ url: pathOf(gone.id), as: 'admin' })).statusCode).toBe(404);
    expect((await remove(gone.id)).statusCode).toBe(404);
    const list = await server.inject({ url: `${API}/users?page_size=0`, as: 'admin' });
    expect(list.body).not.toContain(gone.username);

    const again = await addUser(server, gone.username);
    expect(again.id).not.toBe(gone.id);
    expect((await remove(again.id)).statusCode).toBe(200);
  });

  it('is never of the first administrator, of oneself, or of anybody by who is none', async () => {
    for (const [id, as] of [
      [1, 'admin'],
      [1, chief],
      [chief.id, chief],
    ] as const) {
      const reply = await remove(id, as);
      expect(reply.statusCode).toBe(403);
      expect(reply.json()).toMatchObject({ errors: [{ code: 'FORBIDDEN', message: /delete/ }] });
    }
    expect((await server.inject({ url: `${API}/users/current`, as: chief })).statusCode).toBe(200);
  });

  it('leaves the projects of the account, under its old owner', async () => {
    const owner = await somebody();
    const id = await addProject(server, 'orphan', { as: owner });
    expect((await remove(owner.id)).statusCode).toBe(200);
    const project = await server.inject({ url: `${API}/projects/${id}`, as: 'admin' });
    expect(project.json()).toMatchObject({ owner_id: owner.id, owner_name: `${owner.username}#${owner.id}` });
  });
});

describe('PUT /users/{user_id}/sysadmin', () => {
  const setAdmin = (id: number, payload: object, as: TestRequest['as'] = 'admin') =>
    put(pathOf(id, '/sysadmin'), payload, as);

  it('makes administrators and takes the right away again, at once', async () => {
    const person = await somebody();
    const mayList = async () => (await server.inject({ url: `${API}/users`, as: person })).statusCode;
    expect(await mayList()).toBe(403);
    const reply = await setAdmin(person.id, { sysadmin_flag: true });
    expect([reply.statusCode, reply.body]).toEqual([200, '']);
    expect(await mayList()).toBe(200);
    expect((await setAdmin(person.id, { sysadmin_flag: true })).statusCode).toBe(200);
    // What Harbor's clients send for false: they leave it out.
    expect((await setAdmin(person.id, {})).statusCode).toBe(200);
    expect(await mayList()).toBe(403);
  });

  it('reaches a token of the registry that was given before', async () => {
    const person = await somebody();
    await addProject(server, 'secret-place');
    await setAdmin(person.id, { sysadmin_flag: true });
    const scope = 'repository:secret-place/app:pull';
    const reply = await server.inject({ url: `/service/token?service=berth&scope=${scope}`, as: person });
    const authorization = `Bearer ${reply.json<{ token: string }>().token}`;
    const tags = async () =>
      (await server.inject({ url: '/v2/secret-place/app/tags/list', headers: { authorization } })).statusCode;
    expect(await tags()).toBe(404);
    await setAdmin(person.id, { sysadmin_flag: false });
    expect(await tags()).toBe(403);
  });

  it('refuses what is no flag', async () => {
    for (const payload of [{ sysadmin_flag: 'true' }, { sysadmin_flag: 1 }, { sysadmin_flag: null }, []])
      expect((await setAdmin(ann.id, payload)).statusCode).toBe(422);
    expect(await show(ann.id)).toMatchObject({ sysadmin_flag: false });
  });
});

describe('PUT /users/{user_id}/cli_secret', () => {
  it('is 412 for oneself and for administrators: nobody signs in by OIDC here', async () => {
    for (const as of [ann, 'admin'] as const)
      await expectCase(server, {
        says: '',
        request: { method: 'PUT', url: pathOf(ann.id, '/cli_secret'), payload: { secret: PASSWORD }, as },
        status: 412,
        code: 'PRECONDITION',
        message: /OIDC/,
      });
  });
});

describe('each change of an account', () => {
  it('is told with what was before, and with no secret', async () => {
    const person = await somebody();
    const { username } = person;
    await put(pathOf(person.id), { realname: 'Second Name', comment: '' });
    await put(pathOf(person.id, '/sysadmin'), { sysadmin_flag: true });
    await put(pathOf(person.id, '/password'), { new_password: 'Another-Boy-8' });
    await server.inject({ method: 'DELETE', url: pathOf(person.id), as: 'admin' });
    const email = `${username}@example.com`;
    expect(await auditRowsOf(username)).toEqual([
      ['create', null, { username, email, realname: username, comment: '' }],
      ['update', { realname: username }, { realname: 'Second Name' }],
      ['update', { sysadmin_flag: false }, { sysadmin_flag: true }],
      ['update', null, null],
      ['delete', { username, email, realname: 'Second Name', comment: '', sysadmin_flag: true }, null],
    ]);
    const events = await server.context.db.read
      .selectFrom('event')
      .select('payload')
      .where('kind', '=', 'user.changed')
      .execute();
    const own = events.filter(({ payload }) => payload === JSON.stringify({ accountId: person.id }));
    expect(own).toHaveLength(5);
    const all = JSON.stringify(await server.context.db.read.selectFrom('audit_log').selectAll().execute());
    expect(all).not.toContain('Another-Boy-8');
    expect(all).not.toContain('argon2');
  });
});

/** Operation, before and after of each row about the account, oldest first. */
async function auditRowsOf(username: string): Promise<unknown[][]> {
  const rows = await server.context.db.read
    .selectFrom('audit_log')
    .selectAll()
    .where('resource', '=', username)
    .where('resource_type', '=', 'user')
    .orderBy('id')
    .execute();
  const parse = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
  return rows.map((row) => [row.operation, parse(row.before), parse(row.after)]);
}

async function refreshTokenOf(person: Person): Promise<string> {
  const url = '/service/token?service=berth&offline_token=true';
  const reply = await server.inject({ url, as: person });
  return reply.json<{ refresh_token: string }>().refresh_token;
}

async function statusOfToken(refreshToken: string): Promise<number> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    service: 'berth',
  });
  const reply = await server.inject({
    method: 'POST',
    url: '/service/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: form.toString(),
  });
  return reply.statusCode;
}
