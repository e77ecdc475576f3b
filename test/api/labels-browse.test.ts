import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addLabel } from './label-requests.ts';
import { addMember, addProject, addUser, API, expectCase, OWN, type Person } from './people.ts';
import { pushImage } from './push.ts';

let server: TestServer;
let guest: Person;
let stranger: Person;
let web: number;

beforeAll(async () => {
  server = await makeServer();
  guest = await addUser(server, 'guest');
  stranger = await addUser(server, 'stranger');
  web = await addProject(server, 'web');
  const other = await addProject(server, 'other');
  await addMember(server, web, { username: 'guest', role: 'guest' });
  for (const name of ['keep', 'alpha', 'release']) await addLabel(server, { name, projectId: web });
  await addLabel(server, { name: 'foreign', projectId: other });
  await addLabel(server, { name: 'of-all' });
  const digest = await pushImage(server, 'web/app');
  const labels = await browse(`${OWN}/projects/web/labels?q=name=release`, guest);
  const url = `${API}/projects/web/repositories/app/artifacts/${digest}/labels`;
  const payload = { id: labels.items[0]?.id };
  const reply = await server.inject({ method: 'POST', url, payload, as: 'admin' });
  expect(reply.statusCode, reply.body).toBe(200);
});
afterAll(() => server.close());

interface Row {
  readonly id: number;
  readonly name: string;
  readonly uses: number;
  readonly scope: string;
}

async function browse(url: string, as: 'admin' | Person) {
  const reply = await server.inject({ url, as });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<{ items: Row[]; next: string | null }>();
}

it('the labels of a project come by name, from a place on, each with how many artifacts carry it', async () => {
  const first = await browse(`${OWN}/projects/${web}/labels?limit=2`, guest);
  expect(first.items).toMatchObject([
    { name: 'alpha', uses: 0, scope: 'p' },
    { name: 'keep', uses: 0 },
  ]);
  const second = await browse(`${OWN}/projects/web/labels?limit=2&after=${first.next}`, guest);
  expect(second).toMatchObject({ items: [{ name: 'release', uses: 1 }], next: null });
  const found = await browse(`${OWN}/projects/web/labels?q=name%3D~EE&sort=-name`, guest);
  expect(found.items.map(({ name }) => name)).toEqual(['keep']);
});

it("the registry's labels are listed for system administrators", async () => {
  expect(await browse(`${OWN}/labels`, 'admin')).toMatchObject({ items: [{ name: 'of-all', scope: 'g' }] });
  await expectCase(server, { says: '', request: { url: `${OWN}/labels`, as: guest }, status: 403 });
});

it('who may not see the project is refused, also for one that is not there', async () => {
  for (const url of [`${OWN}/projects/web/labels`, `${OWN}/projects/nothing/labels`])
    await expectCase(server, { says: '', request: { url, as: stranger }, status: 403 });
});
