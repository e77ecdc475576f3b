import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, PASSWORD, type Person } from './people.ts';

let server: TestServer;
let ann: Person;
let ben: Person;

beforeEach(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  ben = await addUser(server, 'ben');
});
afterEach(() => server.close());

const setAdmin = (id: number, isAdmin: boolean, as: TestRequest['as'] = 'admin') =>
  server.inject({
    method: 'PUT',
    url: `${API}/users/${id}/sysadmin`,
    payload: { sysadmin_flag: isAdmin },
    ...(as ? { as } : {}),
  });
const remove = (id: number, as: TestRequest['as'] = 'admin') =>
  server.inject({ method: 'DELETE', url: `${API}/users/${id}`, ...(as ? { as } : {}) });
const statuses = async (requests: readonly ReturnType<typeof setAdmin>[]): Promise<number[]> =>
  (await Promise.all(requests)).map((reply) => reply.statusCode).toSorted((a, b) => a - b);

async function admins(): Promise<string[]> {
  const rows = await server.context.db.read
    .selectFrom('account')
    .select('username')
    .where('is_admin', '=', 1)
    .where('deleted_at', 'is', null)
    .orderBy('username')
    .execute();
  return rows.map((row) => row.username);
}

describe('the last administrator', () => {
  it('cannot be demoted, not even by itself', async () => {
    const alone = await setAdmin(1, false);
    expect(alone.statusCode).toBe(403);
    expect(alone.json()).toMatchObject({
      errors: [{ code: 'FORBIDDEN', message: /last system administrator/ }],
    });
    await setAdmin(ann.id, true);
    expect((await setAdmin(1, false, ann)).statusCode).toBe(200);
    expect((await setAdmin(ann.id, false, ann)).statusCode).toBe(403);
    expect(await admins()).toEqual(['ann']);
    expect((await server.inject({ url: `${API}/users`, as: 'admin' })).statusCode).toBe(403);
    expect((await setAdmin(1, true, ann)).statusCode).toBe(200);
  });

  it('is not removed with the account', async () => {
    await setAdmin(ann.id, true);
    await setAdmin(1, false, ann);
    expect((await remove(ann.id, ann)).statusCode).toBe(403);
    expect((await remove(ann.id)).statusCode).toBe(403);
    expect(await admins()).toEqual(['ann']);
  });

  it.each(Array.from({ length: 5 }, (_, round) => round))(
    'remains where two demote each other at once (%i)',
    async () => {
      await setAdmin(ann.id, true);
      await setAdmin(ben.id, true);
      await setAdmin(1, false, ann);
      expect(await statuses([setAdmin(ann.id, false, ben), setAdmin(ben.id, false, ann)])).toEqual([
        200, 403,
      ]);
      expect(await admins()).toHaveLength(1);
    },
  );

  it('remains where two delete each other, and demote each other with a third one beside, at once', async () => {
    await setAdmin(ann.id, true);
    await setAdmin(ben.id, true);
    expect(await statuses([setAdmin(ann.id, false, ben), setAdmin(ben.id, false, ann)])).toEqual([200, 403]);
    expect(await admins()).toHaveLength(2);
    await setAdmin(ann.id, true);
    await setAdmin(ben.id, true);
    await setAdmin(1, false, ann);
    expect(await statuses([remove(ann.id, ben), remove(ben.id, ann)])).toEqual([200, 403]);
    expect(await admins()).toHaveLength(1);
  });

  it('remains where all demote all at once', async () => {
    const chiefs = [ann, ben, await addUser(server, 'carl'), await addUser(server, 'dora')];
    for (const { id } of chiefs) await setAdmin(id, true);
    const everybody = [{ ...server.admin, id: 1 }, ...chiefs];
    const replies = await Promise.all(
      everybody.flatMap((as) => everybody.map((whom) => setAdmin(whom.id, false, as))),
    );
    expect(new Set(replies.map((reply) => reply.statusCode))).toEqual(new Set([200, 403]));
    expect(await admins()).toHaveLength(1);
  });
});

describe('two at once', () => {
  it('make one account of a name, and of an address', async () => {
    const create = (username: string, email: string) =>
      server.inject({
        method: 'POST',
        url: `${API}/users`,
        as: 'admin',
        payload: { username, email, realname: 'x', password: PASSWORD },
      });
    expect(await statuses([create('carl', 'a@example.com'), create('carl', 'b@example.com')])).toEqual([
      201, 409,
    ]);
    expect(await statuses([create('dora', 'same@example.com'), create('emil', 'SAME@example.com')])).toEqual([
      201, 409,
    ]);
  });

  it('give one address to one account', async () => {
    const set = (who: Person) =>
      server.inject({
        method: 'PUT',
        url: `${API}/users/${who.id}`,
        as: who,
        payload: { email: 'same@example.com' },
      });
    expect(await statuses([set(ann), set(ben)])).toEqual([200, 409]);
  });

  it('change different fields of one account, and nothing is lost', async () => {
    const set = (payload: object) =>
      server.inject({ method: 'PUT', url: `${API}/users/${ann.id}`, as: 'admin', payload });
    expect(
      await statuses([
        set({ email: 'new@example.com' }),
        set({ realname: 'New Name' }),
        setAdmin(ann.id, true),
      ]),
    ).toEqual([200, 200, 200]);
    const user = await server.inject({ url: `${API}/users/${ann.id}`, as: 'admin' });
    expect(user.json()).toMatchObject({
      email: 'new@example.com',
      realname: 'New Name',
      sysadmin_flag: true,
    });
  });

  it('delete one account: one of them finds it gone', async () => {
    expect(await statuses([remove(ann.id), remove(ann.id), remove(ann.id)])).toEqual([200, 404, 404]);
  });

  it('delete an account and use it: nothing of it is left, and nothing breaks', async () => {
    for (let round = 0; round < 5; round++) {
      const gone = await addUser(server, `gone-${round}`);
      const project = await addProject(server, `of-gone-${round}`);
      await addMember(server, project, { username: gone.username, role: 'guest' });
      const form = new URLSearchParams({ principal: gone.username, password: PASSWORD }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const profile = { method: 'PUT', url: `${API}/users/${gone.id}`, payload: { realname: 'x' } } as const;
      const password = {
        method: 'PUT',
        url: `${API}/users/${gone.id}/password`,
        payload: { new_password: 'Another-Boy-8' },
      } as const;
      const replies = await Promise.all([
        remove(gone.id),
        server.inject({ method: 'POST', url: '/c/login', headers, payload: form }),
        server.inject({ url: '/service/token?service=berth&offline_token=true', as: gone }),
        server.inject({ ...profile, as: 'admin' }),
        server.inject({ ...password, as: 'admin' }),
        setAdmin(gone.id, true),
      ]);
      expect(replies[0]?.statusCode).toBe(200);
      for (const reply of replies.slice(1)) expect([200, 401, 404]).toContain(reply.statusCode);
      expect(await server.context.sessions.listOf(gone.id)).toEqual([]);
      expect(await server.context.users.findById(gone.id)).toBeUndefined();
      expect(await admins()).toEqual(['admin']);
    }
  });

  it('sign in and change the password: no session of the old one is left', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const signIn = () =>
      server.inject({
        method: 'POST',
        url: '/c/login',
        headers,
        payload: new URLSearchParams({ principal: 'ann', password: PASSWORD }).toString(),
      });
    // So that the sign-ins below cost no hashing, and come in the way of the change.
    expect((await signIn()).statusCode).toBe(200);
    const change = server.inject({
      method: 'PUT',
      url: `${API}/users/${ann.id}/password`,
      as: 'admin',
      payload: { new_password: 'Another-Boy-8' },
    });
    const replies: Awaited<ReturnType<typeof signIn>>[] = [];
    let isDone = false;
    void change.then(() => (isDone = true));
    while (!isDone) replies.push(...(await Promise.all([signIn(), signIn(), signIn()])));
    expect((await change).statusCode).toBe(200);
    expect(replies.length).toBeGreaterThan(0);
    expect(await server.context.sessions.listOf(ann.id)).toEqual([]);
  });
});
