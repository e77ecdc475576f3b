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

  it('sorts both ways, and ignores keys that it does not know', async () => {
    expect((await list('name=p-&sort=-name&page_size=2')).names).toEqual(['p-12', 'p-11']);
    expect((await list('name=p-&sort=-creation_time,name&page_size=1')).total).toBe('12');
    expect((await list('name=p-&sort=unknown,-&page_size=2')).names).toEqual(NAMES.slice(0, 2));
    expect((await list('name=p-&q=unknown%3Dx')).total).toBe('12');
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
