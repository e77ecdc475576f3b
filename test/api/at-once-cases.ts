import { expect } from 'vitest';
import type { Credentials } from '#test/support/server.ts';
import { CONTENT_AT_ONCE } from './at-once-content.ts';
import { byBoth, each, make, read, type AtOnce, type Crowd } from './at-once.ts';
import { addMember, addProject, addUser, API, PASSWORD } from './people.ts';

const PROJECT = '/projects/{project_name_or_id}';

const configuration: readonly AtOnce[] = [
  {
    covers: ['PUT /configurations'],
    says: 'different keys of the configuration are all set',
    succeed: 'all',
    otherwise: [],
    prepare: async (world) =>
      each(
        world,
        [{ token_expiration: 41 }, { session_timeout: 91 }, { project_creation_restriction: 'everyone' }].map(
          (payload) => ({ method: 'PUT', url: `${API}/configurations`, payload }),
        ),
      ),
    after: async (world) => {
      const now = await read<Record<string, { value: unknown }>>(world, '/configurations');
      expect([now['token_expiration']?.value, now['session_timeout']?.value]).toEqual([41, 91]);
    },
  },
];

const projects: readonly AtOnce[] = [
  {
    covers: ['POST /projects'],
    says: 'a project of one name is made once',
    succeed: 1,
    otherwise: [409],
    prepare: async (world, name) =>
      byBoth(world, { method: 'POST', url: `${API}/projects`, payload: { project_name: name } }),
    after: async (world, name) => {
      expect(await read<object[]>(world, `/projects?q=name%3D${name}`)).toHaveLength(1);
    },
  },
  {
    covers: [`PUT ${PROJECT}`],
    says: 'different metadata of a project are all set',
    succeed: 'all',
    otherwise: [],
    prepare: async (world, name) => {
      await addProject(world.server, name);
      const url = `${API}/projects/${name}`;
      return each(
        world,
        [{ public: 'true' }, { allow_sparse: 'true' }].map((metadata) => ({
          method: 'PUT',
          url,
          payload: { metadata },
        })),
      );
    },
    after: async (world, name) => {
      const { metadata } = await read<{ metadata: object }>(world, `/projects/${name}`);
      expect(metadata).toMatchObject({ public: 'true', allow_sparse: 'true' });
    },
  },
  {
    covers: [`DELETE ${PROJECT}`],
    says: 'a project is deleted once',
    succeed: 1,
    otherwise: [404],
    prepare: async (world, name) => {
      await addProject(world.server, name);
      return byBoth(world, { method: 'DELETE', url: `${API}/projects/${name}` });
    },
  },
  {
    covers: [],
    says: 'a project goes while others add to it, and nothing is left of it',
    succeed: 'some',
    otherwise: [403, 404, 409, 412],
    prepare: async (world, name) => {
      const id = await addProject(world.server, name);
      await addUser(world.server, `${name}-user`);
      const url = `${API}/projects/${name}`;
      return each(world, [
        {
          method: 'POST',
          url: `${url}/members`,
          payload: { role_id: 2, member_user: { username: `${name}-user` } },
        },
        { method: 'DELETE', url },
        { method: 'POST', url: `${url}/metadatas/`, payload: { auto_scan: 'false' } },
        { method: 'PUT', url, payload: { metadata: { public: 'true' } } },
        { method: 'POST', url: `${API}/labels`, payload: { name, scope: 'p', project_id: id } },
        { method: 'DELETE', url },
      ]);
    },
    after: async (world, name) => {
      const found = await world.server.inject({ url: `${API}/projects/${name}`, as: 'admin' });
      expect(found.statusCode).toBe(404);
    },
  },
];

const metadata: readonly AtOnce[] = [
  {
    covers: [`POST ${PROJECT}/metadatas/`],
    says: 'metadata of one key is added once',
    succeed: 1,
    otherwise: [409],
    prepare: async (world, name) => {
      await addProject(world.server, name);
      return byBoth(world, {
        method: 'POST',
        url: `${API}/projects/${name}/metadatas/`,
        payload: { auto_scan: 'false' },
      });
    },
  },
  {
    covers: [],
    says: 'metadata of different keys is all added',
    succeed: 'all',
    otherwise: [],
    prepare: async (world, name) => {
      await addProject(world.server, name);
      const keys = [{ auto_scan: 'false' }, { prevent_vul: 'false' }, { reuse_sys_cve_allowlist: 'true' }];
      return each(
        world,
        keys.map((payload) => ({ method: 'POST', url: `${API}/projects/${name}/metadatas/`, payload })),
      );
    },
    after: async (world, name) => {
      expect(await read<object>(world, `/projects/${name}/metadatas/`)).toMatchObject({
        auto_scan: 'false',
        prevent_vul: 'false',
        reuse_sys_cve_allowlist: 'true',
      });
    },
  },
  {
    covers: [`PUT ${PROJECT}/metadatas/{meta_name}`],
    says: 'metadata of one key has one of the values in the end, and that of others keeps its own',
    succeed: 'all',
    otherwise: [],
    prepare: async (world, name) => {
      await addProject(world.server, name);
      await make(world, `/projects/${name}/metadatas/`, { auto_scan: 'false' });
      const url = `${API}/projects/${name}/metadatas`;
      return each(world, [
        { method: 'PUT', url: `${url}/public`, payload: { public: 'true' } },
        { method: 'PUT', url: `${url}/auto_scan`, payload: { auto_scan: 'false' } },
        { method: 'PUT', url: `${url}/public`, payload: { public: 'false' } },
      ]);
    },
    after: async (world, name) => {
      const now = await read<Record<string, string>>(world, `/projects/${name}/metadatas/`);
      expect(['true', 'false']).toContain(now['public']);
      expect(now['auto_scan']).toBe('false');
    },
  },
  {
    covers: [`DELETE ${PROJECT}/metadatas/{meta_name}`],
    says: 'metadata is taken away once',
    succeed: 1,
    otherwise: [404],
    prepare: async (world, name) => {
      await addProject(world.server, name);
      await make(world, `/projects/${name}/metadatas/`, { auto_scan: 'false' });
      return byBoth(world, { method: 'DELETE', url: `${API}/projects/${name}/metadatas/auto_scan` });
    },
  },
];

async function projectWithMember(world: Crowd, name: string): Promise<string> {
  await addProject(world.server, name);
  await addUser(world.server, `${name}-user`);
  const id = await addMember(world.server, name, { username: `${name}-user`, role: 'guest' });
  return `${API}/projects/${name}/members/${id}`;
}

const members: readonly AtOnce[] = [
  {
    covers: [`POST ${PROJECT}/members`],
    says: 'a member is added once',
    succeed: 1,
    otherwise: [409],
    prepare: async (world, name) => {
      await addProject(world.server, name);
      await addUser(world.server, `${name}-user`);
      const payload = { role_id: 2, member_user: { username: `${name}-user` } };
      return byBoth(world, { method: 'POST', url: `${API}/projects/${name}/members`, payload });
    },
    after: async (world, name) => {
      const found = await read<object[]>(world, `/projects/${name}/members?entityname=${name}-user`);
      expect(found).toHaveLength(1);
    },
  },
  {
    covers: [`PUT ${PROJECT}/members/{mid}`],
    says: 'a member has one of the roles in the end',
    succeed: 'all',
    otherwise: [],
    prepare: async (world, name) => {
      const url = await projectWithMember(world, name);
      return each(
        world,
        [1, 2, 4].map((role_id) => ({ method: 'PUT', url, payload: { role_id } })),
      );
    },
    after: async (world, name) => {
      const [found] = await read<{ role_id: number }[]>(
        world,
        `/projects/${name}/members?entityname=${name}-user`,
      );
      expect([1, 2, 4]).toContain(found?.role_id);
    },
  },
  {
    covers: [`DELETE ${PROJECT}/members/{mid}`],
    says: 'a member is removed once, also where another changes the role',
    succeed: 'some',
    otherwise: [404],
    prepare: async (world, name) => {
      const url = await projectWithMember(world, name);
      return each(world, [
        { method: 'DELETE', url },
        { method: 'PUT', url, payload: { role_id: 2 } },
        { method: 'DELETE', url },
      ]);
    },
    after: async (world, name) => {
      expect(await read(world, `/projects/${name}/members?entityname=${name}-user`)).toEqual([]);
    },
  },
];

async function userUrl(world: Crowd, name: string): Promise<string> {
  const { id } = await addUser(world.server, name);
  world.ids.set(name, id);
  return `${API}/users/${id}`;
}

const users: readonly AtOnce[] = [
  {
    covers: ['POST /users'],
    says: 'a user of one name is made once',
    succeed: 1,
    otherwise: [409],
    prepare: async (world, name) => {
      const payload = { username: name, email: `${name}@example.com`, realname: name, password: PASSWORD };
      return byBoth(world, { method: 'POST', url: `${API}/users`, payload });
    },
  },
  {
    covers: [],
    says: 'of two users one gets the address that both want',
    succeed: 1,
    otherwise: [409],
    prepare: async (world, name) =>
      each(
        world,
        [`${name}-1`, `${name}-2`].map((username) => ({
          method: 'POST',
          url: `${API}/users`,
          payload: { username, email: `${name}@example.com`, realname: name, password: PASSWORD },
        })),
      ),
  },
  {
    covers: ['PUT /users/{user_id}'],
    says: 'a profile is that of one of those who changed it, not a mixture',
    succeed: 'all',
    otherwise: [],
    prepare: async (world, name) => {
      const url = await userUrl(world, name);
      return each(
        world,
        ['one', 'two'].map((word) => ({
          method: 'PUT',
          url,
          payload: { email: `${name}-${word}@example.com`, realname: word, comment: word },
        })),
      );
    },
    after: async (world, name) => {
      const now = await read<Record<string, string>>(world, `/users/${world.ids.get(name)}`);
      expect(now['email']).toBe(`${name}-${now['realname']}@example.com`);
      expect(now['comment']).toBe(now['realname']);
    },
  },
  {
    covers: ['DELETE /users/{user_id}'],
    says: 'a user is deleted once, also where others change or invite the account',
    succeed: 'some',
    otherwise: [404],
    prepare: async (world, name) => {
      await addProject(world.server, name);
      const url = await userUrl(world, name);
      return each(world, [
        {
          method: 'POST',
          url: `${API}/projects/${name}/members`,
          payload: { role_id: 2, member_user: { username: name } },
        },
        { method: 'DELETE', url },
        { method: 'PUT', url: `${url}/sysadmin`, payload: { sysadmin_flag: true } },
        { method: 'PUT', url: `${url}/password`, payload: { new_password: 'Another-Boy-8' } },
        { method: 'DELETE', url },
      ]);
    },
    after: async (world, name) => {
      const gone = await world.server.inject({ url: `${API}/users/${world.ids.get(name)}`, as: 'admin' });
      expect(gone.statusCode).toBe(404);
      expect(await read(world, `/projects/${name}/members?entityname=${name}`)).toEqual([]);
    },
  },
  {
    covers: ['PUT /users/{user_id}/password'],
    says: 'of two new passwords one is right in the end',
    succeed: 'some',
    otherwise: [409],
    prepare: async (world, name) => {
      const url = `${await userUrl(world, name)}/password`;
      return each(
        world,
        ['One-Boy-81', 'Two-Boy-82'].map((new_password) => ({
          method: 'PUT',
          url,
          payload: { new_password },
        })),
      );
    },
    after: async (world, name) => {
      const right: string[] = [];
      for (const password of ['One-Boy-81', 'Two-Boy-82', PASSWORD]) {
        const verdict = await signIn(world, { username: name, password });
        if (verdict === 200) right.push(password);
      }
      expect(right).toHaveLength(1);
      expect(right).not.toContain(PASSWORD);
    },
  },
  {
    covers: ['PUT /users/{user_id}/cli_secret'],
    says: 'a CLI secret is refused to everybody alike',
    succeed: 0,
    otherwise: [412],
    prepare: async (world, name) =>
      byBoth(world, {
        method: 'PUT',
        url: `${await userUrl(world, name)}/cli_secret`,
        payload: { secret: 'Long-Secret-1' },
      }),
  },
];

/** Asks until no lock of an earlier failure is in the way. */
async function signIn(world: Crowd, who: Credentials): Promise<number> {
  world.wait(2_000);
  return (await world.server.inject({ url: `${API}/users/current`, as: who })).statusCode;
}

/** All that several administrators can do at once, but for taking their own rights away. */
export const AT_ONCE: readonly AtOnce[] = [
  ...configuration,
  ...projects,
  ...metadata,
  ...members,
  ...CONTENT_AT_ONCE,
  ...users,
];
