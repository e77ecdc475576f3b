import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addProject, API } from './people.ts';

let server: TestServer;
const NAMES = [
  'p-01',
  'p-02',
  'p-03',
  'p-04',
  'p-05',
  'p-06',
  'p-07',
  'p-08',
  'p-09',
  'p-10',
  'p-11',
  'p-12',
];

beforeAll(async () => {
  server = await makeServer();
  for (const name of NAMES) await addProject(server, name);
});
afterAll(() => server.close());

const list = async (query: string) => {
  const reply = await server.inject({ url: `${API}/projects?${query}`, as: 'admin' });
  expect(reply.statusCode, reply.body).toBe(200);
  const names = reply.json<{ name: string }[]>().map((project) => project.name);
  return { names, total: reply.headers['x-total-count'], link: reply.headers.link };
};

describe('a list', () => {
  it('has ten rows a page unless asked otherwise, and counts all', async () => {
    expect(await list('name=p-')).toEqual({
      names: NAMES.slice(0, 10),
      total: '12',
      link: '</api/v2.0/projects?name=p-&page=2&page_size=10>; rel="next"',
    });
  });

  it('links to both sides, relative and joined as Harbor does', async () => {
    const { names, link } = await list('page_size=5&name=p-&page=2');
    expect(names).toEqual(NAMES.slice(5, 10));
    expect(link).toBe(
      '</api/v2.0/projects?name=p-&page=1&page_size=5>; rel="prev" , </api/v2.0/projects?name=p-&page=3&page_size=5>; rel="next"',
    );
  });

  it('writes the query of a link decoded', async () => {
    const { link } = await list('q=name%3D~p-&page_size=5');
    expect(link).toBe('</api/v2.0/projects?page=2&page_size=5&q=name=~p->; rel="next"');
  });

  it('leaves encoded what a header cannot carry', async () => {
    for (const odd of ['\r\nX-Evil: 1', '船', '>; rel="evil"', '50%2525', 'a&page=7', 'a+b', '#']) {
      const { link } = await list(`page_size=1&page=2&odd=${encodeURIComponent(odd)}`);
      expect(link).toMatch(/^<[^<> \r\n]*>; rel="prev" , <[^<> \r\n]*>; rel="next"$/);
      const next = /, <([^>]*)>/.exec(String(link))?.[1] ?? '';
      const { searchParams } = new URL(next, 'http://registry.test');
      expect([searchParams.get('odd'), searchParams.getAll('page')]).toEqual([odd, ['3']]);
    }
  });

  it('has no link on its only page, and none to the front of an empty one', async () => {
    expect((await list('name=p-&page_size=100')).link).toBeUndefined();
    expect(await list('name=none')).toEqual({ names: [], total: '0', link: undefined });
    expect((await list('name=p-&page=9')).names).toEqual([]);
  });

  it('takes page 0 as page 1, and page_size 0 as all', async () => {
    expect((await list('name=p-&page=0&page_size=3')).names).toEqual(NAMES.slice(0, 3));
    expect(await list('name=p-&page_size=0')).toEqual({ names: NAMES, total: '12', link: undefined });
    expect((await list('name=p-&page_size=0&page=3')).names).toEqual(NAMES);
  });

  it('sorts both ways', async () => {
    expect((await list('name=p-&sort=-name&page_size=2')).names).toEqual(['p-12', 'p-11']);
    expect((await list('name=p-&sort=-creation_time,name&page_size=1')).total).toBe('12');
    expect((await list('name=p-&sort=,-&page_size=2')).names).toEqual(NAMES.slice(0, 2));
  });

  it("reads a q that is encoded twice, as Harbor's portal sends it", async () => {
    expect((await list('q=name%253D~p-1')).names).toEqual(['p-10', 'p-11', 'p-12']);
    expect((await list('q=name%3D%7Bp-01%2520p-02%7D')).names).toEqual(['p-01', 'p-02']);
  });

  // The headers as Harbor sends them; twelve rows.
  it.each([
    ['page=1&page_size=4', 4, '</?page=2&page_size=4&name=p->; rel="next"'],
    ['page=3&page_size=4', 4, '</?page=2&page_size=4&name=p->; rel="prev"'],
    ['page=4&page_size=4', 0, '</?page=3&page_size=4&name=p->; rel="prev"'],
    ['page=5&page_size=4', 0, undefined],
    ['page=0&page_size=4', 4, '</?page=2&page_size=4&name=p->; rel="next"'],
    ['page_size=12', 12, undefined],
    ['page_size=100', 12, undefined],
    ['page=2', 2, '</?page=1&page_size=10&name=p->; rel="prev"'],
    ['page=0&page_size=0', 12, undefined],
    ['page=1000000000&page_size=100', 0, undefined],
  ])('has the rows and links of %s', async (query, rows, expected) => {
    const { names, total, link } = await list(`${query}&name=p-`);
    expect([names.length, total]).toEqual([rows, '12']);
    const parts = (text: string | undefined): unknown => {
      if (text === undefined) return undefined;
      const { searchParams } = new URL(/<([^>]*)>/.exec(text)?.[1] ?? '', 'http://registry.test');
      searchParams.sort();
      return [searchParams.toString(), /rel="\w+"/.exec(text)?.[0]];
    };
    expect(parts(link as string | undefined)).toEqual(parts(expected));
  });

  it.each([
    ['q=nmae%3Dx', 'nmae'],
    ['q=name%3Dx,public%3Dtrue,odd__gt%3D1', 'odd'],
    ['sort=unknown', 'unknown'],
    ['sort=name,-odd', 'odd'],
  ])('refuses %s and names the keys that it knows', async (query, key) => {
    const reply = await server.inject({ url: `${API}/projects?${query}`, as: 'admin' });
    expect(reply.statusCode, reply.body).toBe(400);
    const [error] = reply.json<{ errors: { code: string; message: string }[] }>().errors;
    expect(error?.code).toBe('BAD_REQUEST');
    expect(error?.message).toContain(JSON.stringify(key));
    expect(error?.message).toMatch(/it knows name, .*creation_time/);
  });

  it('sorts by every key that a refusal names, and filters by it', async () => {
    const reply = await server.inject({ url: `${API}/projects?sort=x`, as: 'admin' });
    const { message } = reply.json<{ errors: { message: string }[] }>().errors[0] ?? { message: '' };
    const keys = message.split('it knows ')[1]?.split(', ') ?? [];
    expect(keys.length).toBeGreaterThan(5);
    for (const key of keys) {
      expect((await list(`sort=-${key}`)).total, key).toBe('13');
      const found = await server.inject({ url: `${API}/projects?q=${key}%3D1`, as: 'admin' });
      expect([200, 400], found.body).toContain(found.statusCode);
    }
  });

  it('refuses a q beyond what one request may ask', async () => {
    for (const q of [Array.from({ length: 31 }, () => 'name=a').join(','), `name={${'a '.repeat(201)}}`]) {
      const reply = await server.inject({ url: `${API}/projects?q=${encodeURIComponent(q)}`, as: 'admin' });
      expect(reply.statusCode).toBe(400);
    }
  });

  it('takes the letters % _ and \\ of a search as they are', async () => {
    for (const text of ['%', '_', '\\']) {
      expect((await list(`q=${encodeURIComponent(`name=~${encodeURIComponent(text)}`)}`)).names).toEqual([]);
    }
  });

  it.each(['page=-1', 'page_size=-1', 'page_size=101', 'page_size=x', 'page=1&page=2'])(
    'refuses %s with 422',
    async (query) => {
      const reply = await server.inject({ url: `${API}/projects?${query}`, as: 'admin' });
      expect(reply.statusCode).toBe(422);
      expect(reply.json()).toMatchObject({ errors: [{ code: 'UNPROCESSABLE_ENTITY' }] });
    },
  );
});
