import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, type Person } from './people.ts';
import { pushImage } from './push.ts';

let server: TestServer;
let ann: Person;
let bob: Person;

interface Found {
  project: Record<string, unknown>[];
  repository: Record<string, unknown>[];
}

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  bob = await addUser(server, 'bob');
  await addProject(server, 'harbour-open', { isPublic: true });
  await addProject(server, 'harbour-closed');
  await addProject(server, 'yard');
  await addMember(server, 'harbour-closed', { username: 'ann', role: 'limitedGuest' });
  await addMember(server, 'yard', { username: 'ann', role: 'guest' });
  for (const name of ['harbour-open/web', 'harbour-closed/db', 'yard/team/crane', 'yard/harbour-crane'])
    await pushImage(server, name);
});
afterAll(() => server.close());

const search = async (q: string, as?: TestRequest['as']): Promise<Found> => {
  const url = `${API}/search?q=${encodeURIComponent(q)}`;
  const reply = await server.inject(as === undefined ? { url } : { url, as });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<Found>();
};
const names = ({ project, repository }: Found) => [
  project.map((row) => row['name']),
  repository.map((row) => row['repository_name']),
];

describe('a search', () => {
  it('shows an administrator what contains the text, in any case of its letters, by name', async () => {
    expect(names(await search('HARBOUR', 'admin'))).toEqual([
      ['harbour-closed', 'harbour-open'],
      ['harbour-closed/db', 'harbour-open/web', 'yard/harbour-crane'],
    ]);
  });

  it('shows anybody what is public, and a member also its own', async () => {
    const open = [['harbour-open'], ['harbour-open/web']];
    expect(names(await search('harbour'))).toEqual(open);
    expect(names(await search('harbour', bob))).toEqual(open);
    expect(names(await search('harbour', ann))).toEqual([
      ['harbour-closed', 'harbour-open'],
      ['harbour-closed/db', 'harbour-open/web', 'yard/harbour-crane'],
    ]);
    expect(names(await search('yard', bob))).toEqual([[], []]);
  });

  it('finds a name in the middle, across the project, and by one or two letters', async () => {
    expect(names(await search('team/cr', 'admin'))).toEqual([[], ['yard/team/crane']]);
    expect(names(await search('rd/ha', 'admin'))).toEqual([[], ['yard/harbour-crane']]);
    expect(names(await search('db', 'admin'))).toEqual([[], ['harbour-closed/db']]);
    expect(names(await search('y', 'admin'))).toEqual([
      ['library', 'yard'],
      ['yard/harbour-crane', 'yard/team/crane'],
    ]);
  });

  it('always answers with both lists', async () => {
    expect(await search('no such name')).toEqual({ project: [], repository: [] });
    expect(await search('%', 'admin')).toEqual({ project: [], repository: [] });
    expect(await search('_', 'admin')).toEqual({ project: [], repository: [] });
    expect(await search("' or 1=1 --", 'admin')).toEqual({ project: [], repository: [] });
    expect(await search('" OR "', 'admin')).toEqual({ project: [], repository: [] });
    expect(await search('船', 'admin')).toEqual({ project: [], repository: [] });
    expect(await search('x'.repeat(5000), 'admin')).toEqual({ project: [], repository: [] });
  });

  it("answers with Harbor's properties", async () => {
    const { project, repository } = await search('harbour-open', ann);
    expect(project).toHaveLength(1);
    expect(project[0]).toMatchObject({ name: 'harbour-open', repo_count: 1, metadata: { public: 'true' } });
    expect(repository).toEqual([
      {
        project_id: project[0]?.['project_id'],
        project_name: 'harbour-open',
        project_public: true,
        repository_name: 'harbour-open/web',
        pull_count: 0,
        artifact_count: 1,
      },
    ]);
  });

  it('shows everything visible for an empty text, a hundred of each at most', async () => {
    expect(names(await search('', ann))[0]).toEqual(['harbour-closed', 'harbour-open', 'library', 'yard']);
    for (let i = 0; i < 105; i++) await addProject(server, `many-${String(i).padStart(3, '0')}`);
    const { project } = await search('many', 'admin');
    expect(project).toHaveLength(100);
    expect(project.at(-1)?.['name']).toBe('many-099');
  });

  it('needs a text', async () => {
    expect((await server.inject({ url: `${API}/search` })).statusCode).toBe(422);
    expect((await server.inject({ url: `${API}/search?q=a&q=b` })).statusCode).toBe(422);
  });
});

describe('the list of all repositories', () => {
  const list = async (query: string, as?: TestRequest['as']) => {
    const url = `${API}/repositories?${query}`;
    const reply = await server.inject(as === undefined ? { url } : { url, as });
    expect(reply.statusCode, reply.body).toBe(200);
    return [reply.json<{ name: string }[]>().map((row) => row.name), reply.headers['x-total-count']];
  };

  it('shows each caller the repositories of the projects that it may see', async () => {
    expect(await list('sort=name')).toEqual([['harbour-open/web'], '1']);
    expect(await list('sort=name', bob)).toEqual([['harbour-open/web'], '1']);
    expect((await list('sort=name', ann))[1]).toBe('4');
    expect(await list('sort=-name&page_size=1&page=2', 'admin')).toEqual([['yard/harbour-crane'], '4']);
  });

  it('filters by q, and counts what matches', async () => {
    expect(await list('q=name%3D~crane&sort=name', ann)).toEqual([
      ['yard/harbour-crane', 'yard/team/crane'],
      '2',
    ]);
    expect(await list('q=name%3D~crane', bob)).toEqual([[], '0']);
    expect(await list('q=name%3Dyard%2Fteam%2Fcrane', ann)).toEqual([['yard/team/crane'], '1']);
  });
});
