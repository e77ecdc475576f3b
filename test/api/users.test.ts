import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';
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

let server: TestServer;
let ann: Person;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
});
afterAll(() => server.close());

const newUser = (changes: Record<string, unknown> = {}) => ({
  username: 'new-user',
  email: 'new-user@example.com',
  realname: 'New User',
  comment: 'a comment',
  password: PASSWORD,
  ...changes,
});
const create = (changes: Record<string, unknown>) =>
  ({ method: 'POST', url: `${API}/users`, as: 'admin', payload: newUser(changes) }) as const;

describe('GET /users/current', () => {
  it('shows the first administrator as user 1', async () => {
    const reply = await server.inject({ url: `${API}/users/current`, as: 'admin' });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toMatchObject({
      user_id: 1,
      username: 'admin',
      sysadmin_flag: true,
      admin_role_in_auth: false,
    });
  });

  it('shows an ordinary user, and nothing of the password', async () => {
    const reply = await server.inject({ url: `${API}/users/current`, as: ann });
    expect(reply.json()).toMatchObject({
      user_id: ann.id,
      username: 'ann',
      email: 'ann@example.com',
      sysadmin_flag: false,
    });
    expect(reply.body).not.toMatch(/password|argon2/);
  });

  it('refuses nobody, and wrong Basic credentials, with 401', async () => {
    const wrong = { username: 'ann', password: 'Wrong-Password-1' };
    for (const as of [undefined, wrong, { username: 'nobody', password: PASSWORD }]) {
      const reply = await server.inject({ url: `${API}/users/current`, ...(as ? { as } : {}) });
      expect(reply.statusCode).toBe(401);
      expect(reply.json()).toMatchObject({ errors: [{ code: 'UNAUTHORIZED' }] });
    }
  });
});

describe('wrong Basic credentials', () => {
  it.each(['/projects', '/search?q=x', '/systeminfo', '/health', '/ping', '/users/current'])(
    'are told at %s, whoever may ask there',
    async (path) => {
      const as = { username: `mistyped-${path}`, password: PASSWORD };
      const reply = await server.inject({ url: `${API}${path}`, as });
      expect(reply.statusCode).toBe(401);
      expect(reply.json()).toEqual({
        errors: [{ code: 'UNAUTHORIZED', message: 'wrong user name or password' }],
      });
    },
  );
});

describe('POST /users', () => {
  const refused: readonly Case[] = [
    {
      says: 'a user who is no administrator',
      request: { ...create({}), as: { username: 'bob', password: PASSWORD } },
      status: 401,
    },
    { says: 'a taken name', request: create({ username: 'ann' }), status: 409, code: 'CONFLICT' },
    { says: 'the name of the administrator', request: create({ username: 'admin' }), status: 409 },
    { says: 'a taken address in other letters', request: create({ email: 'ANN@example.com' }), status: 409 },
    { says: 'no name', request: create({ username: undefined }), status: 400, message: /username/ },
    {
      says: 'a name of 256 characters',
      request: create({ username: 'x'.repeat(256) }),
      status: 400,
      message: /username/,
    },
    { says: 'a name with a comma', request: create({ username: 'a,b' }), status: 400, message: /username/ },
    {
      says: 'a name with a colon, which Basic cannot carry',
      request: create({ username: 'a:b' }),
      status: 400,
    },
    { says: 'no real name', request: create({ realname: '' }), status: 400, message: /realname/ },
    { says: 'no address', request: create({ email: undefined }), status: 400, message: /email/ },
    { says: 'what is no address', request: create({ email: 'somewhere' }), status: 400, message: /email/ },
    { says: 'a short password', request: create({ password: 'Short-1' }), status: 400, message: /8 to 128/ },
    {
      says: 'a password without a digit',
      request: create({ password: 'No-Digit-Here' }),
      status: 400,
      message: /digit/,
    },
    {
      says: 'a password without an upper-case letter',
      request: create({ password: 'no-upper-1' }),
      status: 400,
    },
    {
      says: 'a password without a lower-case letter',
      request: create({ password: 'NO-LOWER-1' }),
      status: 400,
    },
    {
      says: 'a password of 129 characters',
      request: create({ password: `Aa1${'x'.repeat(126)}` }),
      status: 400,
    },
    {
      says: 'a number for a name',
      request: create({ username: 12 }),
      status: 422,
      code: 'UNPROCESSABLE_ENTITY',
    },
  ];
  it.each(refused)('refuses $says', (refusal) => expectCase(server, refusal));

  it('refuses a signed-in user who is no administrator with 403', async () => {
    await expectCase(server, {
      says: '',
      request: { ...create({}), as: ann },
      status: 403,
      code: 'FORBIDDEN',
    });
  });

  it('creates a user who can sign in, and says where', async () => {
    const reply = await server.inject(create({ username: 'carl', email: 'carl@example.com' }));
    expect(reply.statusCode).toBe(201);
    expect(reply.body).toBe('');
    expect(reply.headers.location).toMatch(/^\/api\/v2\.0\/users\/\d+$/);
    const current = await server.inject({
      url: `${API}/users/current`,
      as: { username: 'carl', password: PASSWORD },
    });
    expect(current.json()).toMatchObject({ username: 'carl', realname: 'New User', comment: 'a comment' });
  });

  it('takes a password of 128 characters and ignores unknown fields', async () => {
    const password = `Aa1${'x'.repeat(125)}`;
    const reply = await server.inject(
      create({ username: 'dora', email: 'dora@example.com', password, sysadmin_flag: true }),
    );
    expect(reply.statusCode).toBe(201);
    const current = await server.inject({ url: `${API}/users/current`, as: { username: 'dora', password } });
    expect(current.json()).toMatchObject({ username: 'dora', sysadmin_flag: false });
  });
});

describe('GET /users', () => {
  it('lists everybody but the first administrator, by name', async () => {
    const reply = await server.inject({ url: `${API}/users`, as: 'admin' });
    const names = reply.json<{ username: string }[]>().map((user) => user.username);
    expect(names).not.toContain('admin');
    expect(names).toContain('ann');
    expect(names).toEqual(names.toSorted());
    expect(reply.headers['x-total-count']).toBe(String(names.length));
  });

  it('finds by q, in any case', async () => {
    const reply = await server.inject({ url: `${API}/users?q=username%3D~AN`, as: 'admin' });
    expect(reply.json<{ username: string }[]>().map((user) => user.username)).toEqual(['ann']);
  });

  const found: readonly [q: string, names: readonly string[]][] = [
    ['username=ann', ['ann']],
    ['username=~NN', ['ann']],
    ['email=ann@example.com', ['ann']],
    ['username=ann,email=ann@example.com', ['ann']],
    ['username=ann,email=other@example.com', []],
    ['username_or_email=~ann@', ['ann']],
    ['username_or_email=ann', ['ann']],
    ['Username={ann carl}', ['ann', 'carl']],
    ['sysadmin_flag=true', []],
    ['user_id=1', []],
    ['creation_time=[2000-01-01~2001-01-01]', []],
    ['comment=a comment', ['carl', 'dora']],
    ['username=~%', []],
  ];
  it.each(found)('finds by q=%s', async (q, names) => {
    const reply = await server.inject({
      // Values are decoded twice, as in Harbor.
      url: `${API}/users?q=${encodeURIComponent(q.replaceAll('%', '%25'))}`,
      as: 'admin',
    });
    expect(reply.statusCode, reply.body).toBe(200);
    expect(reply.json<{ username: string }[]>().map((user) => user.username)).toEqual(names);
    expect(reply.headers['x-total-count']).toBe(String(names.length));
  });

  it('is sorted and paged, and empty past its end', async () => {
    const names = async (query: string) =>
      (await server.inject({ url: `${API}/users?${query}`, as: 'admin' }))
        .json<{ username: string }[]>()
        .map((user) => user.username);
    const all = await names('page_size=0');
    expect(all).toEqual(all.toSorted());
    expect(await names('sort=-username&page_size=2')).toEqual(all.toReversed().slice(0, 2));
    expect(await names('sort=-creation_time')).toEqual(expect.arrayContaining(all));
    expect(await names('page_size=1&page=2')).toEqual([all[1]]);
    expect(await names('page=99')).toEqual([]);
  });

  const refused: readonly Case[] = [
    {
      says: 'an unknown key in q, and names the known ones',
      request: { url: `${API}/users?q=password_hash%3Dx`, as: 'admin' },
      status: 400,
      message: /username_or_email/,
    },
    {
      says: 'an unknown key in sort',
      request: { url: `${API}/users?sort=password_hash`, as: 'admin' },
      status: 400,
    },
    {
      says: 'a key that is no column in sort',
      request: { url: `${API}/users?sort=username_or_email`, as: 'admin' },
      status: 400,
    },
    { says: 'a page of 101', request: { url: `${API}/users?page_size=101`, as: 'admin' }, status: 422 },
  ];
  it.each(refused)('refuses $says', (refusal) => expectCase(server, refusal));

  it('is for system administrators only', async () => {
    await expectCase(server, {
      says: '',
      request: { url: `${API}/users` },
      status: 401,
      code: 'UNAUTHORIZED',
    });
    await expectCase(server, {
      says: '',
      request: { url: `${API}/users`, as: ann },
      status: 403,
      code: 'FORBIDDEN',
    });
  });
});

describe('GET /users/current/permissions', () => {
  const permissions = async (as: 'admin' | Person, query: string): Promise<string[]> => {
    const reply = await server.inject({ url: `${API}/users/current/permissions${query}`, as });
    expect(reply.statusCode).toBe(200);
    return reply
      .json<{ resource: string; action: string }[]>()
      .map(({ resource, action }) => `${resource}:${action}`);
  };

  it('lists what the caller may do in a project, relative to it', async () => {
    const id = await addProject(server, 'rights');
    await addMember(server, id, { username: 'ann', role: 'developer' });
    const relative = await permissions(ann, `?scope=/project/${id}&relative=true`);
    expect(relative).toContain('.:read');
    expect(relative).toContain('repository:push');
    expect(relative).not.toContain('.:delete');
    expect(relative).not.toContain('member:create');
    expect(await permissions('admin', `?scope=/project/${id}&relative=true`)).toContain('.:delete');
  });

  it('names resources in full where relative is not asked for', async () => {
    expect(await permissions('admin', '?scope=/project/1')).toContain('/project/1/repository:push');
    expect(await permissions('admin', '?scope=/project/1')).toContain('/project/1:delete');
  });

  it('is empty for a scope that does not exist, and for none', async () => {
    expect(await permissions('admin', '?scope=/project/4711')).toEqual([]);
    expect(await permissions('admin', '?scope=/system')).toEqual([]);
    expect(await permissions('admin', '')).toEqual([]);
  });

  it('is empty for a foreign private project', async () => {
    const id = await addProject(server, 'foreign');
    expect(await permissions(ann, `?scope=/project/${id}&relative=true`)).toEqual([]);
  });

  it('needs an account', async () => {
    await expectCase(server, { says: '', request: { url: `${API}/users/current/permissions` }, status: 401 });
  });
});
