import { expect } from 'vitest';
import type { Credentials, TestServer } from '#test/support/server.ts';
import type { Pools } from './fuzz-values.ts';
import { API, PASSWORD } from './people.ts';
import { pushImage } from './push.ts';

/** Who asks. `stranger` has an account and no role anywhere; `owner` is administrator of the project `own`. */
export const CALLERS = ['anonymous', 'stranger', 'owner', 'sysadmin'] as const;
export type Caller = (typeof CALLERS)[number];

const PEOPLE = { stranger: 'stranger', owner: 'owner', victim: 'victim', mate: 'zq-mate' } as const;

/** A project that only the system administrator and `zq-mate` may know of. All its names begin with these letters. */
const FOREIGN = 'zq-ship';

/** A server with content, and a foreign private project whose words no stranger may ever read. */
export interface World {
  readonly server: TestServer;
  readonly who: Readonly<Record<Caller, 'admin' | Credentials | undefined>>;
  /** What no reply to anybody but the system administrator may say, unless the request said it. */
  readonly secrets: readonly string[];
  /** What no reply to who is not signed in may say, besides. */
  readonly accounts: readonly string[];
  readonly pools: Pools;
  /** What requests find here when nothing was changed. */
  readonly print: string;
}

interface Change {
  readonly method: 'POST' | 'PUT';
  readonly url: string;
  readonly payload: object;
}

/** Does it as the administrator; that it was done before is no failure. */
async function ensure(server: TestServer, change: Change): Promise<void> {
  const reply = await server.inject({ ...change, as: 'admin' });
  expect([200, 201, 409], `${change.method} ${change.url}: ${reply.body}`).toContain(reply.statusCode);
}

async function list<T>(server: TestServer, path: string): Promise<readonly T[]> {
  const reply = await server.inject({ url: `${API}${path}`, as: 'admin' });
  expect(reply.statusCode, `${path}: ${reply.body}`).toBe(200);
  return reply.json<T[]>();
}

async function makePeople(server: TestServer): Promise<ReadonlyMap<string, number>> {
  for (const username of Object.values(PEOPLE)) {
    const payload = {
      username,
      email: `${username}@example.com`,
      realname: `${username} real`,
      password: PASSWORD,
    };
    await ensure(server, { method: 'POST', url: `${API}/users`, payload });
  }
  const users = await list<{ user_id: number; username: string }>(server, '/users?page_size=100');
  const ids = new Map(users.map((user) => [user.username, user.user_id]));
  for (const username of Object.values(PEOPLE)) {
    const url = `${API}/users/${ids.get(username)}`;
    await ensure(server, { method: 'PUT', url: `${url}/sysadmin`, payload: { sysadmin_flag: false } });
  }
  return ids;
}

async function makeProject(server: TestServer, name: string, member: string): Promise<number> {
  const isPublic = String(name === 'open');
  const metadata = { public: isPublic };
  await ensure(server, { method: 'POST', url: `${API}/projects`, payload: { project_name: name, metadata } });
  await ensure(server, { method: 'PUT', url: `${API}/projects/${name}`, payload: { metadata } });
  const payload = { role_id: 1, member_user: { username: member } };
  await ensure(server, { method: 'POST', url: `${API}/projects/${name}/members`, payload });
  const found = await server.inject({ url: `${API}/projects/${name}`, as: 'admin' });
  return found.json<{ project_id: number }>().project_id;
}

async function memberIds(server: TestServer, project: string): Promise<readonly number[]> {
  const members = await list<{ id: number }>(server, `/projects/${project}/members`);
  return members.map(({ id }) => id);
}

/** Labels exist since they do: a server without them has none to make. */
async function makeLabels(
  server: TestServer,
  projects: readonly (readonly [string, number])[],
): Promise<number[]> {
  const served = server.app.guardedRoutes.some(({ url }) => url === `${API}/labels`);
  if (!served) return [];
  const ids: number[] = [];
  for (const [name, project_id] of [['global', 0], ...projects] as const) {
    const scope = project_id === 0 ? 'g' : 'p';
    const payload = {
      name: `${name}-label`,
      description: `${name}-words`,
      color: '#1D5C8A',
      scope,
      project_id,
    };
    await ensure(server, { method: 'POST', url: `${API}/labels`, payload });
    const found = await list<{ id: number }>(server, `/labels?scope=${scope}&project_id=${project_id}`);
    ids.push(...found.map(({ id }) => id));
  }
  return ids;
}

async function makeContent(server: TestServer, labels: readonly number[]): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const repository of ['own/app', 'own/deep/app', 'open/app', `${FOREIGN}/zq-hull`]) {
    const [project = '', ...rest] = repository.split('/');
    const tag = project === FOREIGN ? 'zq-tag' : 'latest';
    digests[repository] = await pushImage(server, repository, { tag });
    const path = `${API}/projects/${project}/repositories/${encodeURIComponent(encodeURIComponent(rest.join('/')))}`;
    const description = project === FOREIGN ? 'zq-description' : 'plain';
    await ensure(server, { method: 'PUT', url: path, payload: { description } });
    for (const id of labels) {
      // Of other projects it is not found, and here it may be there already.
      await server.inject({
        method: 'POST',
        url: `${path}/artifacts/${tag}/labels`,
        as: 'admin',
        payload: { id },
      });
    }
  }
  return digests;
}

/** Turns back what a request may have changed of the configuration. */
async function resetConfiguration(server: TestServer): Promise<void> {
  if (!server.app.guardedRoutes.some(({ url }) => url === `${API}/configurations`)) return;
  const payload = {
    read_only: false,
    self_registration: false,
    project_creation_restriction: 'everyone',
    banner_message: '',
    token_expiration: 30,
    session_timeout: 60,
  };
  await ensure(server, { method: 'PUT', url: `${API}/configurations`, payload });
}

/** What of the world other requests need: compared to see whether it is still as it was made. */
async function fingerprint(server: TestServer): Promise<string> {
  const paths = [
    '/users?page_size=100&sort=user_id',
    '/projects?page_size=100',
    '/projects/own/members',
    `/projects/${FOREIGN}/members`,
    '/projects/own/repositories/app/artifacts?with_label=true',
    '/projects/own/repositories/deep%252Fapp/artifacts',
    '/projects/open/repositories/app/artifacts',
    `/projects/${FOREIGN}/repositories/zq-hull/artifacts?with_label=true`,
    '/labels?scope=g',
    '/configurations',
  ];
  const replies: string[] = [];
  for (const path of paths) {
    const { statusCode, body } = await server.inject({ url: `${API}${path}`, as: 'admin' });
    replies.push(
      `${statusCode} ${body.replaceAll(/"(?:pull_time|update_time)":"[^"]*"|"pull_count":\d+/g, '')}`,
    );
  }
  for (const username of [PEOPLE.stranger, PEOPLE.owner]) {
    const reply = await server.inject({ url: `${API}/users/current`, as: { username, password: PASSWORD } });
    replies.push(String(reply.statusCode));
  }
  return replies.join('\n');
}

/** The world again as it was: the same one where nothing was changed. */
export async function mendWorld(world: World): Promise<World> {
  // An administrator may demote the first one, who then could make nothing again.
  await world.server.context.db.tx((tx) =>
    tx.updateTable('account').set({ is_admin: 1 }).where('id', '=', 1).execute(),
  );
  return (await fingerprint(world.server)) === world.print ? world : makeWorld(world.server);
}

/** Makes all of it, or what an earlier request deleted of it. */
export async function makeWorld(server: TestServer): Promise<World> {
  await resetConfiguration(server);
  const users = await makePeople(server);
  const own = await makeProject(server, 'own', PEOPLE.owner);
  const open = await makeProject(server, 'open', PEOPLE.owner);
  const foreign = await makeProject(server, FOREIGN, PEOPLE.mate);
  const labels = await makeLabels(server, [
    ['own', own],
    [FOREIGN, foreign],
  ]);
  const digests = await makeContent(server, labels);
  const members = [...(await memberIds(server, 'own')), ...(await memberIds(server, FOREIGN))];
  const person = (username: string): Credentials => ({ username, password: PASSWORD });
  const victim = users.get(PEOPLE.victim) ?? 0;
  return {
    server,
    print: await fingerprint(server),
    who: {
      anonymous: undefined,
      stranger: person(PEOPLE.stranger),
      owner: person(PEOPLE.owner),
      sysadmin: 'admin',
    },
    secrets: [
      FOREIGN,
      'zq-hull',
      'zq-tag',
      'zq-description',
      'zq-words',
      digests[`${FOREIGN}/zq-hull`] ?? 'zq',
    ],
    accounts: [...Object.values(PEOPLE).map((name) => `${name}@example.com`), 'zq-mate', 'victim real'],
    pools: {
      project_name: ['own', 'open', FOREIGN, 'library', String(own)],
      project_name_or_id: ['own', 'open', FOREIGN, own, open, foreign, 'library'],
      project_id: [own, foreign, 0],
      repository_name: ['app', 'deep%2Fapp', 'zq-hull'],
      reference: ['latest', 'zq-tag', ...Object.values(digests)],
      from: ['own/app:latest', `${FOREIGN}/zq-hull:zq-tag`, `own/app@${digests['own/app']}`],
      tag_name: ['latest', 'zq-tag', 'new'],
      name: ['own', 'app', 'latest', 'new-tag', 'new-label', FOREIGN],
      project_name_new: ['made'],
      mid: members,
      label_id: labels,
      id: labels,
      user_id: [victim, users.get(PEOPLE.mate) ?? 0, 1],
      username: ['victim', 'stranger', 'new-user', 'admin'],
      email: ['new@example.com', 'victim@example.com'],
      password: [PASSWORD],
      new_password: [PASSWORD],
      old_password: [PASSWORD],
      role_id: [1, 2, 3, 4, 5, 6],
      scope: ['g', 'p', '/project/1', `/project/${foreign}`],
      meta_name: ['public', 'auto_scan', 'severity', 'prevent_vul', 'allow_sparse'],
      public: ['true', 'false'],
      addition: [
        'build_history',
        'values.yaml',
        'readme.md',
        'dependencies',
        'BUILD_HISTORY',
        'vulnerabilities',
      ],
      key: [
        'name',
        'id',
        'project_id',
        'creation_time',
        'username',
        'digest',
        'tags',
        'labels',
        'op_time',
        'operation',
        'size',
        'push_time',
        'type',
        'media_type',
        'public',
        'owner',
        'resource',
        'description',
      ],
      query: ['own', 'zq', 'a'],
      q: ['own', 'zq', 'app'],
      auth_mode: ['db_auth', 'ldap_auth'],
    },
  };
}
