import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAccess } from '#server/access/route-access.ts';
import { ROLE_IDS, type RoleName } from '#server/access/roles.ts';
import { guardRoutes } from '#server/http/access-hook.ts';
import { OPERATIONS } from '#server/oci/operations.ts';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, type Person } from './people.ts';
import { CONFIG_DIGEST, pushImage } from './push.ts';

const GOLDEN = resolve(import.meta.dirname, 'access-matrix.golden.md');
const ROLES: readonly RoleName[] = ['limitedGuest', 'guest', 'developer', 'maintainer', 'projectAdmin'];
/** Who asks: columns of the table. `stranger` has an account, and no role anywhere. */
const CALLERS = ['anonymous', 'stranger', ...ROLES, 'sysadmin'] as const;
type Caller = (typeof CALLERS)[number];

/** `own`: the members of ROLES have their role in it. `foreign`: nobody but its creator has one. */
const PROJECTS = ['own-private', 'own-public', 'foreign-private', 'foreign-public'] as const;

const DIGEST = `sha256:${'0'.repeat(64)}`;
/** What stands for the other parts of a path: nothing that exists, so that whoever may delete it deletes nothing. */
const PARTS: Readonly<Record<string, string>> = {
  mid: '4711',
  // Nobody: whose account it is not is refused before it is looked up.
  user_id: '4711',
  session_id: 'nothing',
  label_id: '4711',
  repository_name: 'nothing',
  reference: 'nothing',
  digest: DIGEST,
  tag_name: 'nothing',
};
/** Open uploads of the first administrator, by project: what a HEAD finds, if it may. */
const uploads = new Map<string, string>();

/** A path of /v2 by the kind of its operation. What changes something names nothing that exists; a HEAD must find something. */
function registryPath(kind: keyof typeof OPERATIONS, method: string, project: string): string {
  const reads = method === 'GET' || method === 'HEAD';
  const repository = `/v2/${project}/${reads || kind === 'upload' ? 'app' : 'nothing'}`;
  const paths: Readonly<Record<keyof typeof OPERATIONS, string>> = {
    blob: `blobs/${reads ? CONFIG_DIGEST : DIGEST}`,
    uploads: 'blobs/uploads/',
    upload: `blobs/uploads/${method === 'HEAD' ? uploads.get(project) : '00000000-0000-4000-8000-000000000000'}`,
    manifest: `manifests/${reads ? 'latest' : 'nothing'}`,
    tags: 'tags/list',
    referrers: `referrers/${DIGEST}`,
  };
  return `${repository}/${paths[kind]}`;
}

/** Pages and files of the console, which these tests go without: they are asked for, and cannot be there. */
const CONSOLE: readonly string[] = ['/nothing', '/assets/nothing', '/favicon.svg'];

let server: TestServer;
const people = new Map<Caller, Person>();

beforeAll(async () => {
  server = await makeServer();
  for (const caller of ['stranger', ...ROLES] as const)
    people.set(caller, await addUser(server, caller.toLowerCase()));
  for (const project of PROJECTS) {
    await addProject(server, project, { isPublic: project.endsWith('public') });
    // A project with content is not deleted by whoever may delete it.
    await pushImage(server, `${project}/app`);
    const upload = await server.inject({
      method: 'POST',
      url: `/v2/${project}/app/blobs/uploads/`,
      as: 'admin',
    });
    uploads.set(project, String(upload.headers.location).split('/').at(-1)?.split('?')[0] ?? '');
    if (project.startsWith('own')) {
      for (const role of ROLES) await addMember(server, project, { username: role.toLowerCase(), role });
    }
  }
});
afterAll(() => server.close());

function asCaller(caller: Caller): Pick<TestRequest, 'as'> {
  if (caller === 'sysadmin') return { as: 'admin' };
  const person = people.get(caller);
  return person ? { as: person } : {};
}

/**
 * "yes", or the status of the refusal. What comes after a "yes" (404, 400, 422, ...) is no matter of access, but for a HEAD
 * on /v2: it asks for what exists, and is refused by 404 (clients that push would give up at 403).
 */
async function ask(caller: Caller, request: { method: string; url: string }): Promise<string> {
  const { method, url } = request as { method: 'GET' | 'HEAD' | 'POST'; url: string };
  const body = method === 'GET' || method === 'HEAD' ? {} : { payload: {} };
  const isStream = url.endsWith('/events');
  const reply = await server.inject({ method, url, ...body, ...asCaller(caller), payloadAsStream: isStream });
  if (isStream) reply.stream().destroy();
  if (!CONSOLE.includes(url)) expect(reply.statusCode, `${method} ${url} as ${caller}`).toBeLessThan(500);
  const hides = method === 'HEAD' && url.startsWith('/v2/');
  const refusals = hides ? [401, 403, 404] : [401, 403];
  return refusals.includes(reply.statusCode) ? String(reply.statusCode) : 'yes';
}

async function row(name: string, needs: string, request: { method: string; url: string }): Promise<string> {
  const cells: string[] = [];
  for (const caller of CALLERS) cells.push(await ask(caller, request));
  return `| ${name} | ${needs} | ${cells.join(' | ')} |`;
}

const tableHead = (first: string): string[] => [
  `| ${first} | needs | ${CALLERS.join(' | ')} |`,
  `|${' --- |'.repeat(CALLERS.length + 2)}`,
];

const inProject = (url: string): boolean => /:project_name/.test(url);

/** Routes in the order of their paths; a HEAD that Fastify adds to a GET is decided by the same line. */
function restRoutes(): { method: string; url: string; needs: string }[] {
  return server.app.guardedRoutes
    .filter(({ access }) => access.kind !== 'registry')
    .map(({ method, url, access }) => ({ method, url, needs: describeAccess(access) }))
    .toSorted((a, b) => (a.url === b.url ? (a.method < b.method ? -1 : 1) : a.url < b.url ? -1 : 1));
}

function fill(url: string, project: string): string {
  return url.replaceAll(/:([a-z_]+)/g, (_all, name: string) =>
    name.startsWith('project_name') ? project : (PARTS[name] ?? 'nothing'),
  );
}

async function writeMatrix(): Promise<string> {
  const lines = [
    '# Who may do what',
    '',
    'Made by test/api/access-matrix.test.ts (UPDATE_GOLDEN=1 writes it anew); a change here is a change of who may do what,',
    'and is reviewed as one. Each cell is what the server answered: "yes" where access was given, whatever came after it,',
    'else the status of the refusal. The roles are held in the two projects called own; in the foreign ones nobody has any.',
    '',
    '## Not in a project',
    '',
    ...tableHead('route'),
  ];
  const routes = restRoutes();
  for (const { method, url, needs } of routes.filter((route) => !inProject(route.url))) {
    lines.push(await row(`${method} ${url}`, needs, { method, url: fill(url, '').replace('*', 'nothing') }));
  }
  for (const url of ['/v2/', '/v2/_catalog'])
    lines.push(await row(`GET ${url}`, 'credentials', { method: 'GET', url }));
  for (const project of PROJECTS) {
    lines.push('', `## In a project: ${project}`, '', ...tableHead('route'));
    for (const { method, url, needs } of routes.filter((route) => inProject(route.url))) {
      lines.push(await row(`${method} ${url}`, needs, { method, url: fill(url, project) }));
    }
    for (const [kind, operations] of Object.entries(OPERATIONS)) {
      for (const [method, operation] of Object.entries(operations)) {
        const url = registryPath(kind as keyof typeof OPERATIONS, method, project);
        const shown = `${method} /v2/${project}/${kind}`;
        lines.push(await row(shown, `project ${operation.permission}`, { method, url }));
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

describe('access', () => {
  it('is as the reviewed table says, on every route and for every role', async () => {
    const matrix = await writeMatrix();
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, matrix);
    expect(matrix).toBe(readFileSync(GOLDEN, 'utf8'));
  }, 120_000);

  it('was asked of every route that the server has', () => {
    const table = readFileSync(GOLDEN, 'utf8');
    const routes = server.app.guardedRoutes.filter(({ access }) => access.kind !== 'registry');
    expect(routes.length).toBeGreaterThan(40);
    for (const { method, url } of routes) expect(table).toContain(`| ${method} ${url} |`);
    const registry = Object.values(OPERATIONS).flatMap((operations) => Object.keys(operations)).length;
    for (const project of PROJECTS) expect(table.split(` /v2/${project}/`).length - 1).toBe(registry);
  });

  it('changed nothing while it was asked', async () => {
    for (const project of PROJECTS) {
      const reply = await server.inject({ url: `/api/v2.0/projects/${project}/repositories`, as: 'admin' });
      expect(reply.json()).toMatchObject([{ name: `${project}/app` }]);
    }
    const members = await server.inject({ url: '/api/v2.0/projects/own-private/members', as: 'admin' });
    expect(members.json<object[]>()).toHaveLength(ROLES.length + 1);
    expect(Object.keys(ROLE_IDS)).toHaveLength(ROLES.length);
  });
});

describe('a route without access', () => {
  const guarded = async () => {
    const app = Fastify();
    guardRoutes(app, {
      identify: () => Promise.resolve({ kind: 'anonymous' }),
      owners: { label: () => Promise.resolve(undefined) },
      projects: {
        findByName: () => Promise.resolve(undefined),
        findById: () => Promise.resolve(undefined),
        rolesOf: () => Promise.resolve([]),
      },
    });
    return app;
  };

  it('keeps the server from starting', async () => {
    const app = await guarded();
    expect(() => app.get('/forgotten', () => 'data')).toThrow('route GET /forgotten names no access');
    await app.close();
  });

  it('keeps it from starting in a plugin too', async () => {
    const app = await guarded();
    app.register(async (plugin) => {
      plugin.post('/forgotten', () => 'data');
    });
    await expect(app.ready()).rejects.toThrow('route POST /forgotten names no access');
  });
});
