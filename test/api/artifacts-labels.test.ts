import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client, image, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, type Case, type Person } from './people.ts';

let server: TestServer;
let oci: OciClient;
let dev: Person;
let guest: Person;
let stranger: Person;
let stable: number;
let global: number;
let foreign: number;

const at = (repository: string): string => `${API}/projects/web/repositories/${repository}/artifacts`;
const LABELS = `${at('app')}/v1/labels`;
const app = image('app');
const other = image('other');

async function makeLabel(payload: object): Promise<number> {
  const reply = await server.inject({ method: 'POST', url: `${API}/labels`, as: 'admin', payload });
  expect(reply.statusCode, reply.body).toBe(201);
  return Number(String(reply.headers.location).split('/').at(-1));
}
const add = (id: unknown, url = LABELS, as: 'admin' | Person = 'admin') =>
  server.inject({ method: 'POST', url, as, payload: { id } });
const take = (id: number, as: 'admin' | Person = 'admin') =>
  server.inject({ method: 'DELETE', url: `${LABELS}/${id}`, as });
const labelsOf = async (url: string): Promise<string[] | null> => {
  const body = (await server.inject({ url, as: guest })).json<
    { labels: { name: string }[] | null } | { labels: { name: string }[] | null }[]
  >();
  return [body].flat()[0]?.labels?.map((label) => label.name) ?? null;
};

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  const web = await addProject(server, 'web');
  const elsewhere = await addProject(server, 'elsewhere');
  dev = await addUser(server, 'dev');
  guest = await addUser(server, 'gil');
  stranger = await addUser(server, 'sam');
  await addMember(server, 'web', { username: 'dev', role: 'developer' });
  await addMember(server, 'web', { username: 'gil', role: 'guest' });
  stable = await makeLabel({ name: 'stable', scope: 'p', project_id: web, color: '#00ab9a' });
  global = await makeLabel({ name: 'approved', scope: 'g' });
  foreign = await makeLabel({ name: 'theirs', scope: 'p', project_id: elsewhere });
  await oci.pushImage('web/app', 'v1', app);
  await oci.pushImage('web/app', 'v2', other);
});
afterAll(() => server.close());

describe('labels of an artifact', () => {
  it('are added by a developer, those of the project and those of the registry', async () => {
    for (const id of [stable, global]) {
      const reply = await add(id, LABELS, dev);
      expect(reply.statusCode, reply.body).toBe(200);
      expect(reply.body).toBe('');
    }
    expect(await labelsOf(`${at('app')}/v1?with_label=true`)).toEqual(['approved', 'stable']);
    expect(await labelsOf(`${at('app')}?with_label=true&q=tags=v1`)).toEqual(['approved', 'stable']);
    expect(await labelsOf(`${at('app')}/v2?with_label=true`)).toBeNull();
    expect(await labelsOf(`${at('app')}/v1`)).toBeNull();
    const whole = await server.inject({ url: `${at('app')}/v1?with_label=true`, as: 'admin' });
    expect(whole.json<{ labels: object[] }>().labels[1]).toEqual({
      id: stable,
      name: 'stable',
      description: '',
      color: '#00ab9a',
      scope: 'p',
      project_id: expect.any(Number),
      creation_time: expect.any(String),
      update_time: expect.any(String),
    });
  });

  it('find the artifact, where it has all that are asked for', async () => {
    await add(global, `${at('app')}/v2/labels`);
    const found = async (q: string): Promise<number> =>
      (await server.inject({ url: `${at('app')}?q=${encodeURIComponent(q)}`, as: guest })).json<object[]>()
        .length;
    expect(await found(`labels=(${global})`)).toBe(2);
    expect(await found(`labels=(${stable} ${global})`)).toBe(1);
    expect(await found(`labels=(${stable}),tags=v2`)).toBe(0);
    expect(await found('labels=(4711)')).toBe(0);
  });

  it.each(['labels=1', 'labels={1 2}', 'labels=~1', 'labels=(a)', 'labels=[1~2]', 'labels=()'])(
    'are asked for as a list of ids only: %s',
    async (q) => {
      const url = `${at('app')}?q=${encodeURIComponent(q)}`;
      expect((await server.inject({ url, as: 'admin' })).statusCode).toBe(400);
    },
  );

  it('cannot be added twice, also not at the same time', async () => {
    expect((await add(stable)).statusCode).toBe(409);
    const third = await makeLabel({ name: 'third', scope: 'g' });
    const replies = await Promise.all(Array.from({ length: 4 }, () => add(third)));
    expect(replies.map((reply) => reply.statusCode).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409]);
    expect((await take(third)).statusCode).toBe(200);
  });

  it('are at most a hundred, also where two come at once', async () => {
    await oci.pushImage('web/many', 'v1', image('many'));
    const url = `${at('many')}/v1/labels`;
    const ids: number[] = [];
    for (let i = 0; i < 101; i++) ids.push(await makeLabel({ name: `many ${i}`, scope: 'g' }));
    for (const id of ids.slice(0, 99)) expect((await add(id, url)).statusCode).toBe(200);
    const last = await Promise.all(ids.slice(99).map((id) => add(id, url)));
    expect(last.map((reply) => reply.statusCode).toSorted((a, b) => a - b)).toEqual([200, 400]);
    expect(last.find((reply) => reply.statusCode === 400)?.body).toMatch(/carries 100 labels.*take one off/);
    expect((await add(ids[0], url)).statusCode).toBe(409);
    expect(await labelsOf(`${at('many')}/v1?with_label=true`)).toHaveLength(100);
    for (const id of ids) await server.inject({ method: 'DELETE', url: `${API}/labels/${id}`, as: 'admin' });
  });

  it('are taken away, once', async () => {
    expect((await take(stable, dev)).statusCode).toBe(200);
    expect((await take(stable)).statusCode).toBe(404);
    expect(await labelsOf(`${at('app')}/v1?with_label=true`)).toEqual(['approved']);
  });

  it('go with the label itself, and with the artifact', async () => {
    const brief = await makeLabel({ name: 'brief', scope: 'g' });
    await add(brief);
    await server.inject({ method: 'DELETE', url: `${API}/labels/${brief}`, as: 'admin' });
    expect(await labelsOf(`${at('app')}/v1?with_label=true`)).toEqual(['approved']);
    await oci.pushImage('web/brief', 'v1', image('brief'));
    expect((await add(global, `${at('brief')}/v1/labels`)).statusCode).toBe(200);
    expect(
      (await server.inject({ method: 'DELETE', url: `${at('brief')}/v1`, as: 'admin' })).statusCode,
    ).toBe(200);
  });

  it('are told in the audit log, and to those who listen', async () => {
    await add(stable, LABELS, dev);
    await take(stable, dev);
    await server.idle();
    const log = await server.inject({
      url: `${API}/auditlog-exts?q=${encodeURIComponent('username=dev,resource_type=label')}&sort=-id&page_size=2`,
      as: 'admin',
    });
    expect(log.json()).toMatchObject([
      { operation: 'delete', operation_description: expect.stringContaining('remove label stable') },
      { operation: 'create', resource: `web/app@${app.manifest.digest}` },
    ]);
    const events = await server.context.db.read
      .selectFrom('event')
      .select('kind')
      .where('kind', 'in', ['label.added', 'label.removed'])
      .orderBy('id', 'desc')
      .limit(2)
      .execute();
    expect(events.map((event) => event.kind)).toEqual(['label.removed', 'label.added']);
  });
});

const post = (payload: object, as: () => 'admin' | Person, url = LABELS): Case['request'] => ({
  method: 'POST',
  url,
  payload,
  get as() {
    return as();
  },
});
const admin = () => 'admin' as const;

describe('refusals', () => {
  // Ids are known only when the tests run.
  const cases = (): readonly Case[] => [
    {
      says: 'a label of another project',
      request: post({ id: foreign }, admin),
      status: 404,
      code: 'NOT_FOUND',
    },
    { says: 'a label that is not there', request: post({ id: 4711 }, admin), status: 404 },
    { says: 'no label', request: post({}, admin), status: 404, message: /give its id/ },
    { says: 'an id that is none', request: post({ id: 'x' }, admin), status: 422 },
    { says: 'no artifact', request: post({ id: global }, admin, `${at('app')}/none/labels`), status: 404 },
    {
      says: 'a broken digest',
      request: post({ id: global }, admin, `${at('app')}/sha256:1/labels`),
      status: 400,
    },
    { says: 'guests', request: post({ id: global }, () => guest), status: 403 },
    { says: 'strangers', request: post({ id: global }, () => stranger), status: 403 },
    {
      says: 'anonymous callers',
      request: { method: 'POST', url: LABELS, payload: { id: global } },
      status: 401,
    },
    ...(['admin', 'guest', 'nobody'] as const).map((who): Case => {
      const url = `${LABELS}/${foreign}`;
      const as = { admin: { as: 'admin' } as const, guest: { as: guest }, nobody: {} }[who];
      return {
        says: `taking away what is not there, by ${who}`,
        request: { method: 'DELETE', url, ...as },
        status: { admin: 404, guest: 403, nobody: 401 }[who],
      };
    }),
    {
      says: 'taking away an id that is none',
      request: { method: 'DELETE', url: `${LABELS}/x`, as: 'admin' },
      status: 422,
    },
  ];
  it('of all of these', async () => {
    for (const one of cases()) await expectCase(server, one);
  });
});
