import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client, image, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, type Case, type Person } from './people.ts';

let server: TestServer;
let oci: OciClient;
let dev: Person;
let guest: Person;
let stranger: Person;

const REPOSITORIES = `${API}/projects/web/repositories`;
const APP = `${REPOSITORIES}/team%252Fapp`;
const describeIt = (payload: object, as: 'admin' | Person = 'admin', url = APP) =>
  server.inject({ method: 'PUT', url, as, payload });
const shown = async (url = APP) =>
  (await server.inject({ url, as: 'admin' })).json<Record<string, unknown>>();

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  await addProject(server, 'web');
  await addProject(server, 'open', { isPublic: true });
  await addProject(server, 'hidden');
  dev = await addUser(server, 'dev');
  guest = await addUser(server, 'gil');
  stranger = await addUser(server, 'sam');
  await addMember(server, 'web', { username: 'dev', role: 'developer' });
  await addMember(server, 'web', { username: 'gil', role: 'guest' });
  for (const name of ['web/team/app', 'web/other', 'open/app', 'hidden/app'])
    await oci.pushImage(name, 'v1', image(name));
});
afterAll(() => server.close());

describe('a repository', () => {
  it('is shown in every property of Harbor', async () => {
    expect(await shown()).toEqual({
      id: expect.any(Number),
      project_id: expect.any(Number),
      name: 'web/team/app',
      description: '',
      artifact_count: 1,
      pull_count: 0,
      creation_time: expect.stringMatching(/Z$/),
      update_time: expect.stringMatching(/Z$/),
    });
  });

  it.each([
    ['words', 'What runs in the shop'],
    ['HTML, as it is', '<b onclick="x()">bold</b> & <script>alert(1)</script>'],
    ['any script and emoji', 'Привет 世界 🚢 \u202Eabc'],
    ['SQL', `'; drop table repository; --`],
    ['several lines', '# Title\n\n- a\n'],
    ['nothing', ''],
  ])('takes a description of %s', async (_what, description) => {
    const reply = await describeIt({ description }, dev);
    expect(reply.statusCode, reply.body).toBe(200);
    expect(reply.body).toBe('');
    expect(await shown()).toMatchObject({ description, artifact_count: 1 });
  });

  it('has none after a request without one, and no other property is taken', async () => {
    await describeIt({ description: 'x' });
    expect((await describeIt({ name: 'web/renamed', artifact_count: 7, id: 1 })).statusCode).toBe(200);
    expect(await shown()).toMatchObject({ name: 'web/team/app', description: '', artifact_count: 1 });
    await describeIt({ description: 'x' });
    expect((await describeIt({ description: null })).statusCode).toBe(200);
    expect(await shown()).toMatchObject({ description: '' });
  });

  it('told twice the same is told in the audit log once, with what was before', async () => {
    for (const description of ['first', 'second', 'second']) await describeIt({ description }, dev);
    await server.idle();
    const rows = await server.context.db.read
      .selectFrom('audit_log')
      .select(['username', 'resource', 'before', 'after'])
      .where('operation', '=', 'update')
      .where('resource_type', '=', 'repository')
      .orderBy('id', 'desc')
      .limit(2)
      .execute();
    expect(
      rows.map((row) => ({
        ...row,
        before: JSON.parse(row.before ?? ''),
        after: JSON.parse(row.after ?? ''),
      })),
    ).toEqual([
      {
        username: 'dev',
        resource: 'web/team/app',
        before: { description: 'first' },
        after: { description: 'second' },
      },
      {
        username: 'dev',
        resource: 'web/team/app',
        before: { description: '' },
        after: { description: 'first' },
      },
    ]);
  });

  it('described by many at once has what one of them said, and each row what was before it', async () => {
    const texts = Array.from({ length: 8 }, (_, i) => `text ${i}`);
    const replies = await Promise.all(texts.map((description) => describeIt({ description })));
    expect(new Set(replies.map((reply) => reply.statusCode))).toEqual(new Set([200]));
    const rows = await server.context.db.read
      .selectFrom('audit_log')
      .select(['before', 'after'])
      .where('resource_type', '=', 'repository')
      .where('operation', '=', 'update')
      .orderBy('id', 'desc')
      .limit(8)
      .execute();
    const chain = rows.toReversed();
    for (const [i, row] of chain.slice(1).entries()) expect(row.before).toBe(chain[i]?.after);
    expect(JSON.parse(chain.at(-1)?.after ?? '{}')).toEqual({ description: (await shown())['description'] });
  });
});

describe('the list of all repositories', () => {
  const names = async (as?: 'admin' | Person, query = '?sort=name'): Promise<string[]> => {
    const reply = await server.inject({ url: `${API}/repositories${query}`, ...(as ? { as } : {}) });
    expect(reply.statusCode, reply.body).toBe(200);
    return reply.json<{ name: string }[]>().map((each) => each.name);
  };

  it('shows each caller what is public and what they are a member of', async () => {
    expect(await names()).toEqual(['open/app']);
    expect(await names(stranger)).toEqual(['open/app']);
    expect(await names(guest)).toEqual(['open/app', 'web/other', 'web/team/app']);
    expect(await names('admin')).toEqual(['hidden/app', 'open/app', 'web/other', 'web/team/app']);
  });

  it('is filtered, sorted and paged, and tells of nothing else', async () => {
    expect(await names(guest, '?q=name=~app&sort=-name')).toEqual(['web/team/app', 'open/app']);
    expect(await names(guest, '?q=name=hidden/app')).toEqual([]);
    expect(await names(guest, '?q=name=~hidden')).toEqual([]);
    const { project_id: hidden } = await shown(`${API}/projects/hidden/repositories/app`);
    expect(await names(guest, `?q=project_id=${String(hidden)}`)).toEqual([]);
    expect(await names('admin', `?q=project_id=${String(hidden)}`)).toEqual(['hidden/app']);
    const page = await server.inject({
      url: `${API}/repositories?sort=name&page_size=1&page=2`,
      as: guest,
    });
    expect(page.headers['x-total-count']).toBe('3');
    expect(page.headers['link']).toContain('rel="next"');
    expect(page.json()).toMatchObject([{ name: 'web/other' }]);
  });

  it('is sorted by when they were made, newest first', async () => {
    expect(await names('admin', '')).toEqual(['hidden/app', 'open/app', 'web/other', 'web/team/app']);
  });

  it('is empty for who may see nothing', async () => {
    const reply = await server.inject({ url: `${API}/repositories?q=name=none` });
    expect(reply.json()).toEqual([]);
    expect(reply.headers['x-total-count']).toBe('0');
  });
});

describe('deleting a repository', () => {
  it('twice at once deletes once', async () => {
    await oci.pushImage('web/race', 'v1', image('race'));
    const url = `${REPOSITORIES}/race`;
    const replies = await Promise.all(
      [1, 2].map(() => server.inject({ method: 'DELETE', url, as: 'admin' })),
    );
    expect(replies.map((reply) => reply.statusCode).toSorted((a, b) => a - b)).toEqual([200, 404]);
  });

  it('while it is pushed to ends well either way', async () => {
    for (let round = 0; round < 5; round++) {
      const pushed = image(`round ${round}`);
      await oci.pushImage('web/busy', 'v1', pushed);
      const [gone, put] = await Promise.all([
        server.inject({ method: 'DELETE', url: `${REPOSITORIES}/busy`, as: 'admin' }),
        oci.putManifest('web/busy', 'v2', pushed.manifest),
      ]);
      expect(gone.statusCode).toBe(200);
      expect([201, 400, 404, 409]).toContain(put.statusCode);
    }
  });
});

const put = (url: string, as: () => 'admin' | Person): Case['request'] => ({
  method: 'PUT',
  url,
  payload: { description: 'x' },
  get as() {
    return as();
  },
});
const cases: readonly Case[] = [
  { says: 'guests', request: put(APP, () => guest), status: 403, code: 'FORBIDDEN' },
  { says: 'strangers', request: put(APP, () => stranger), status: 403 },
  {
    says: 'anonymous callers',
    request: { method: 'PUT', url: APP, payload: { description: 'x' } },
    status: 401,
  },
  {
    says: 'a repository that is not there',
    request: put(`${REPOSITORIES}/none`, () => 'admin'),
    status: 404,
  },
  { says: 'one of another project', request: put(`${REPOSITORIES}/app`, () => dev), status: 404 },
  {
    says: 'a project that is not there',
    request: put(`${API}/projects/none/repositories/app`, () => dev),
    status: 403,
  },
  {
    says: 'a name that cannot be decoded',
    request: put(`${REPOSITORIES}/a%25zz`, () => 'admin'),
    status: 400,
  },
  {
    says: 'a description that is too long',
    request: { method: 'PUT', url: APP, as: 'admin', payload: { description: 'x'.repeat(65_537) } },
    status: 400,
    code: 'BAD_REQUEST',
  },
  {
    says: 'a description that is no text',
    request: { method: 'PUT', url: APP, as: 'admin', payload: { description: 5 } },
    status: 422,
  },
  { says: 'a query that cannot be read', request: { url: `${API}/repositories?q=name` }, status: 400 },
  { says: 'a key that there is not', request: { url: `${API}/repositories?q=boat=1` }, status: 400 },
  { says: 'a page too large', request: { url: `${API}/repositories?page_size=101` }, status: 422 },
];

describe('refusals', () => {
  it.each(cases.map((one) => [one.says, one] as const))('%s', (_says, one) => expectCase(server, one));
});
