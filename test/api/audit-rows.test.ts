import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIT_EVENT_TYPES } from '#server/events/audit-event-types.ts';
import { OPERATIONS } from '#server/oci/operations.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { ADDRESS, ANN, REQUEST_ID, SECRETS, type Keys, type Step, type World } from './audit-story-kit.ts';
import { EXCEPTIONS, STORY } from './audit-story.ts';
import { Browser } from './browser.ts';

const UNCHANGING = ['GET', 'HEAD', 'OPTIONS'];

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await makeServer();
  world = { server, ids: {}, secrets: new Set(SECRETS), browser: new Browser(server) };
});
afterAll(() => server.close());

const rowsAfter = (id: number) =>
  server.context.db.read.selectFrom('audit_log').selectAll().where('id', '>', id).orderBy('id').execute();
const lastId = async (): Promise<number> => (await rowsAfter(0)).at(-1)?.id ?? 0;

function expectSide(text: string | null, side: unknown): void {
  const written = text === null ? undefined : (JSON.parse(text) as object);
  if (typeof side === 'object' && side !== null && 'keys' in side)
    expect(Object.keys(written ?? {})).toEqual(expect.arrayContaining([...(side as Keys).keys]));
  else expect(written).toEqual(side);
}

async function tell({ does, status, rows, change }: Step): Promise<void> {
  const before = await lastId();
  const reply = await does(world);
  expect(reply.statusCode, reply.body).toBe(status);
  await server.idle();
  const written = await rowsAfter(before);
  expect(
    written.map(
      (row) =>
        `${row.succeeded === 1 ? '' : '! '}${row.username} ${row.operation} ${row.resource_type} ${row.resource}`,
    ),
  ).toEqual(rows);
  for (const row of written) {
    expect(row).toMatchObject({ address: ADDRESS, request_id: REQUEST_ID });
    expect(AUDIT_EVENT_TYPES).toContain(`${row.operation}_${row.resource_type}`);
    expect(row.account_id === null).toBe(row.username === 'anonymous');
    expect(row.resource.startsWith('shipyard')).toBe(row.project_id !== null);
  }
  if (!change) return;
  expectSide(written.at(-1)?.before ?? null, change.before);
  expectSide(written.at(-1)?.after ?? null, change.after);
}

describe('the registry itself', () => {
  it('tells what it made when it first started', async () => {
    const rows = await rowsAfter(0);
    expect(
      rows.map((row) => `${row.username} ${row.operation} ${row.resource_type} ${row.resource}`),
    ).toEqual([
      '#registry create user admin',
      '#registry update user admin',
      '#registry create project library',
    ]);
  });
});

describe('the audit log', () => {
  it.each(STORY.map((step) => [step.says, step] as const))('tells that %s', (_says, step) => tell(step));

  it('tells no password, token, cookie or hash', async () => {
    const { read } = server.context.db;
    const accounts = await read.selectFrom('account').select(['password_hash']).execute();
    const sessions = await read.selectFrom('session').select(['id', 'csrf_secret']).execute();
    const refresh = await read.selectFrom('refresh_token').select(['id', 'password_mark']).execute();
    const secrets = [
      ...world.secrets,
      ...[...accounts, ...sessions, ...refresh].flatMap((row) => Object.values<string | null>(row)),
    ].filter((secret) => secret !== null && secret.length > 7);
    expect(secrets.length).toBeGreaterThan(12);
    const log = JSON.stringify(await rowsAfter(0));
    expect(secrets.filter((secret) => secret !== null && log.includes(secret))).toEqual([]);
    expect(log).not.toMatch(/argon2|eyJ[\w-]{20}/);
  });
});

describe('every route that changes something', () => {
  /** `PUT /api/...`, and of /v2 each operation: `PUT /v2 manifest`. */
  function changingRoutes(): string[] {
    const routes = server.app.guardedRoutes
      .filter(({ method, url }) => !UNCHANGING.includes(method) && !url.startsWith('/v2'))
      .map(({ method, url }) => `${method} ${url}`);
    const operations = Object.entries(OPERATIONS).flatMap(([kind, methods]) =>
      Object.keys(methods)
        .filter((method) => !UNCHANGING.includes(method))
        .map((method) => `${method} /v2 ${kind}`),
    );
    return [...routes, ...operations];
  }

  it('is told in the log, or is an exception with a reason', () => {
    const told = new Set(STORY.filter((step) => step.rows.length > 0).map((step) => step.route));
    const silent = changingRoutes().filter((route) => !told.has(route) && EXCEPTIONS[route] === undefined);
    expect(silent).toEqual([]);
  });

  it('is there: the table names no other', () => {
    const routes = new Set(changingRoutes());
    const named = [...STORY.map((step) => step.route), ...Object.keys(EXCEPTIONS)];
    expect(named.filter((route) => !/^(?:GET|HEAD) /.test(route) && !routes.has(route))).toEqual([]);
  });
});

describe('what changes nothing', () => {
  it('writes no row', async () => {
    const before = await lastId();
    for (const request of [
      { method: 'POST', url: '/api/v2.0/projects', payload: { project_name: 'BAD NAME' } },
      { method: 'DELETE', url: '/api/v2.0/projects/library/members/4711' },
      { method: 'PUT', url: '/api/v2.0/configurations', payload: { token_expiration: -1 } },
      {
        method: 'POST',
        url: '/api/v2.0/users',
        payload: { ...ANN, username: 'admin', email: 'a@b.c', realname: 'x' },
      },
      { method: 'GET', url: '/api/v2.0/projects' },
    ] as const)
      await server.inject({ ...request, as: 'admin' });
    expect(await rowsAfter(before)).toEqual([]);
  });
});
