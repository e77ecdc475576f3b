import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, OWN, type Person } from './people.ts';
import { pushImage } from './push.ts';

// Our own lists: the same items as Harbor's lists, from a position on.
let server: TestServer;
let ann: Person;
let bob: Person;
let digest: string;

const REPOSITORIES = Array.from({ length: 7 }, (_, i) => `yard/r-${i}`);

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  bob = await addUser(server, 'bob');
  for (const name of ['cy', 'di', 'ed']) await addUser(server, name);
  for (const name of ['dock', 'open', 'yard']) await addProject(server, name, { isPublic: name === 'open' });
  await addMember(server, 'yard', { username: 'ann', role: 'guest' });
  for (const name of ['dock/r-hidden', ...REPOSITORIES]) await pushImage(server, name);
  digest = await pushImage(server, 'yard/team/app', { tag: 'v0' });
  for (let i = 1; i < 6; i++) await pushImage(server, 'yard/team/app', { tag: `v${i}` });
  await server.idle();
});
afterAll(() => server.close());

interface Page {
  items: Record<string, unknown>[];
  next: string | null;
}
const ask = (url: string, as?: TestRequest['as']) => server.inject(as === undefined ? { url } : { url, as });

/** All items, page after page of two. */
async function walk(url: string, as?: TestRequest['as']): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let after = '';
  for (let pages = 0; pages < 50; pages++) {
    const separator = url.includes('?') ? '&' : '?';
    const reply = await ask(`${url}${separator}limit=2${after}`, as);
    expect(reply.statusCode, reply.body).toBe(200);
    const page = reply.json<Page>();
    expect(page.items.length).toBeLessThanOrEqual(2);
    items.push(...page.items);
    if (page.next === null) return items;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
  throw new Error(`${url} does not end`);
}

const app = 'yard/repositories/team%252Fapp/artifacts';
// Ours, Harbor's of the same rows in the same order, and who asks.
const LISTS: readonly (readonly [string, string, 'admin' | 'ann'])[] = [
  [`${OWN}/projects`, `${API}/projects?page_size=100`, 'admin'],
  [`${OWN}/projects?sort=-creation_time`, `${API}/projects?page_size=100&sort=-creation_time`, 'ann'],
  [`${OWN}/projects?q=name%3D~r`, `${API}/projects?page_size=100&q=name%3D~r`, 'ann'],
  [`${OWN}/projects/yard/repositories`, `${API}/projects/yard/repositories?page_size=100`, 'ann'],
  [
    `${OWN}/projects/yard/repositories?sort=name&q=name%3D~r-`,
    `${API}/projects/yard/repositories?page_size=100&sort=name&q=name%3D~r-`,
    'ann',
  ],
  [
    `${OWN}/projects/yard/repositories?sort=-update_time`,
    `${API}/projects/yard/repositories?page_size=100&sort=-update_time`,
    'admin',
  ],
  [`${OWN}/projects/${app}`, `${API}/projects/${app}?page_size=100`, 'ann'],
  [`${OWN}/projects/${app}?sort=size`, `${API}/projects/${app}?page_size=100&sort=size`, 'ann'],
  [`${OWN}/projects/${app}?q=tags%3D~v`, `${API}/projects/${app}?page_size=100&q=tags%3D~v`, 'ann'],
  [`${OWN}/projects/${app}/v0/tags`, `${API}/projects/${app}/v0/tags?page_size=100`, 'ann'],
  [
    `${OWN}/projects/${app}/v0/tags?sort=-name`,
    `${API}/projects/${app}/v0/tags?page_size=100&sort=-name`,
    'ann',
  ],
  [`${OWN}/users?q=email%3D~E`, `${API}/users?page_size=100&q=email%3D~E`, 'admin'],
  [
    `${OWN}/users?sort=-username&q=email%3D~E`,
    `${API}/users?page_size=100&sort=-username&q=email%3D~E`,
    'admin',
  ],
];

describe('a list from a position on', () => {
  it.each(LISTS)("%s shows the items of Harbor's list", async (own, harbors, who) => {
    const as = who === 'ann' ? ann : 'admin';
    const expected = await ask(harbors, as);
    expect(expected.statusCode, expected.body).toBe(200);
    expect(expected.json<unknown[]>().length).toBeGreaterThan(0);
    expect(await walk(own, as)).toEqual(expected.json());
  });

  it('has the first administrator too, whom Harbor leaves out of users', async () => {
    const names = (items: Record<string, unknown>[]) => items.map((item) => String(item['username']));
    const harbors = await ask(`${API}/users?page_size=100`, 'admin');
    expect(names(await walk(`${OWN}/users`, 'admin'))).toEqual(
      ['admin', ...names(harbors.json())].toSorted((a, b) => (a < b ? -1 : 1)),
    );
  });

  it('shows everybody only what is theirs', async () => {
    const names = (items: Record<string, unknown>[]) => items.map((item) => item['name']);
    expect(names(await walk(`${OWN}/projects`))).toEqual(['library', 'open']);
    expect(names(await walk(`${OWN}/projects`, bob))).toEqual(['library', 'open']);
    expect(names(await walk(`${OWN}/projects`, ann))).toEqual(['library', 'open', 'yard']);
    for (const list of ['yard/repositories', app, `${app}/${digest}/tags`]) {
      expect((await ask(`${OWN}/projects/${list}`)).statusCode, list).toBe(401);
      expect((await ask(`${OWN}/projects/${list}`, bob)).statusCode, list).toBe(403);
    }
    expect((await ask(`${OWN}/users`, ann)).statusCode).toBe(403);
  });

  it('counts what matches where it is asked to', async () => {
    const totalOf = async (list: string) =>
      (await ask(`${OWN}/projects${list}`, ann)).json<{ total?: number | null }>().total;
    expect(await totalOf('?limit=1')).toBeUndefined();
    expect(await totalOf('?limit=1&count=true')).toBe(3);
    expect(await totalOf('?limit=1&count=true&q=public%3Dfalse')).toBe(1);
    expect(await totalOf('/yard/repositories?limit=1&count=true')).toBe(8);
    expect(await totalOf('/yard/repositories?limit=1&count=true&q=name%3D~r-')).toBe(7);
    expect(await totalOf(`/${app}?limit=1&count=true`)).toBe(1);
    expect(await totalOf(`/${app}?limit=1&count=true&q=tags%3D~nothing`)).toBe(0);
    expect(await totalOf('/yard/repositories/team%252Fapp/tags?limit=1&count=true')).toBe(6);
  });

  it('lists the tags of a repository with the artifacts that they name', async () => {
    const tags = `${OWN}/projects/yard/repositories/team%252Fapp/tags`;
    const names = (items: Record<string, unknown>[]) => items.map((item) => item['name']);
    const all = await walk(`${tags}?sort=name`, ann);
    expect(names(all)).toEqual(['v0', 'v1', 'v2', 'v3', 'v4', 'v5']);
    expect(all[0]).toMatchObject({ digest, type: 'IMAGE', artifact_tags: 6, immutable: false });
    expect(all[0]?.['size']).toBeGreaterThan(0);
    expect(names(await walk(`${tags}?q=name%3D~5`, ann))).toEqual(['v5']);
    expect(new Set(names(await walk(tags, ann))).size).toBe(6);
    expect((await ask(`${tags}?sort=pull_time`, ann)).statusCode).toBe(400);
    expect((await ask(`${OWN}/projects/yard/repositories/none/tags`, ann)).statusCode).toBe(404);
  });

  it.each([
    ['amd64', 1],
    ['linux/amd64', 1],
    ['arm64', 0],
    ['windows/amd64', 0],
    // What would match any letter in a pattern.
    ['amd_4', 0],
  ])('finds what is built for %s: %i', async (platform, count) => {
    const q = encodeURIComponent(`platform=${encodeURIComponent(platform)}`);
    expect(await walk(`${OWN}/projects/${app}?q=${q}`, ann)).toHaveLength(count);
  });

  it.each(['platform=~amd64', 'platform=a/b/c/d', 'platform=a%25'])('refuses %s', async (q) => {
    const reply = await ask(`${OWN}/projects/${app}?q=${encodeURIComponent(q)}`, ann);
    expect(reply.statusCode, reply.body).toBe(400);
  });

  it('leaves nothing out and shows nothing twice while rows come', async () => {
    const first = (await ask(`${OWN}/projects/yard/repositories?sort=name&limit=3`, ann)).json<Page>();
    await pushImage(server, 'yard/a-first');
    await pushImage(server, 'yard/r-2-late');
    const after = encodeURIComponent(first.next ?? '');
    const rest = (
      await ask(`${OWN}/projects/yard/repositories?sort=name&limit=100&after=${after}`, ann)
    ).json<Page>();
    const names = [...first.items, ...rest.items].map((item) => item['name']);
    expect(names).toEqual([
      'yard/r-0',
      'yard/r-1',
      'yard/r-2',
      'yard/r-2-late',
      ...REPOSITORIES.slice(3),
      'yard/team/app',
    ]);
  });

  it.each([
    ['after=x', 400],
    [`after=${Buffer.from('["name","a"]').toString('base64url')}`, 400],
    [`after=${Buffer.from('["creationtime",1,1]').toString('base64url')}`, 400],
    [`after=${Buffer.from('["name",{"a":1},1]').toString('base64url')}`, 400],
    [`after=${Buffer.from('["name","a\\u0000",1]').toString('base64url')}`, 400],
    [`after=${'x'.repeat(4001)}`, 422],
    ['sort=nothing', 400],
    ['sort=name,creation_time', 400],
    ['q=nothing%3D1', 400],
    ['q=name', 400],
    ['limit=0', 422],
    ['limit=101', 422],
    ['limit=x', 422],
    ['limit=1&limit=2', 422],
  ])('refuses %s with %i', async (query, status) => {
    const reply = await ask(`${OWN}/projects?${query}`, 'admin');
    expect(reply.statusCode, reply.body).toBe(status);
  });
});
