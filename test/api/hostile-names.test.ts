import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isKeepable } from '#server/lib/text.ts';
import { client, image } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { HOSTILE_TEXTS } from './fuzz-texts.ts';
import { addProject, addUser, API, PASSWORD, type Person } from './people.ts';
import { pushImage } from './push.ts';

let server: TestServer;
let ann: Person;
let team: number;
let count = 0;

beforeAll(async () => {
  server = await makeServer();
  ann = await addUser(server, 'ann');
  team = await addProject(server, 'team', { as: ann });
  await pushImage(server, 'team/app');
});
afterAll(() => server.close());

/** All that is a name to somebody: any script, marks and direction, emoji, quotes, markup, SQL, templates, encodings. */
const NAMES = HOSTILE_TEXTS.filter((text) => isKeepable(text) && text.trim() !== '' && text.length <= 128);
const named = NAMES.map((text) => [JSON.stringify(text).slice(0, 60), text] as const);
/** What Harbor's rule for names of people leaves out. */
const PERSONAL = named.filter(([, text]) => text.trim() === text && !/[,"~#%$:\p{Cc}]/u.test(text));

async function read<T>(path: string): Promise<T> {
  const reply = await server.inject({ url: `${API}${path}`, as: 'admin' });
  expect(reply.statusCode, reply.body).toBe(200);
  expect(reply.headers['content-type']).toMatch(/^application\/json/);
  expect(reply.headers['x-content-type-options']).toBe('nosniff');
  return reply.json<T>();
}

async function change(method: 'POST' | 'PUT', path: string, payload: object): Promise<string> {
  const reply = await server.inject({ method, url: `${API}${path}`, as: 'admin', payload });
  expect([200, 201], reply.body).toContain(reply.statusCode);
  return String(reply.headers.location ?? '');
}

/** As Harbor has it: a value of `q` is decoded twice, and a text in quotes is taken as it is. */
const filterBy = (text: string): string => encodeURIComponent(`name=~${encodeURIComponent(text)}`);

it('has names of many kinds to try', () => {
  expect(named.length).toBeGreaterThan(35);
  expect(PERSONAL.length).toBeGreaterThan(20);
});

describe('comes back as it was given', () => {
  it.each(PERSONAL)('the name of a person: %s', async (_shown, realname) => {
    await change('PUT', `/users/${ann.id}`, { email: 'ann@example.com', realname, comment: 'x' });
    expect(await read(`/users/${ann.id}`)).toMatchObject({ realname });
    expect(await read(`/users?q=username%3Dann`)).toMatchObject([{ realname }]);
  });

  it.each(PERSONAL)('the name of an account, which signs in with it: %s', async (_shown, text) => {
    count += 1;
    const username = `${text} ${count}`;
    const email = `user-${count}@example.com`;
    await change('POST', '/users', { username, email, realname: 'x', password: PASSWORD });
    const current = await server.inject({
      url: `${API}/users/current`,
      as: { username, password: PASSWORD },
    });
    expect(current.json(), current.body).toMatchObject({ username });
    const form = new URLSearchParams({ principal: username, password: PASSWORD }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const login = await server.inject({ method: 'POST', url: '/c/login', headers, payload: form });
    expect(login.statusCode).toBe(200);
    const found = await read<{ username: string }[]>(
      `/users/search?username=${encodeURIComponent(username)}`,
    );
    expect(found.map((user) => user.username)).toEqual([username]);
    await change('POST', '/projects/team/members', { role_id: 3, member_user: { username } });
    const members = await read<{ entity_name: string }[]>(
      `/projects/team/members?entityname=${encodeURIComponent(username)}`,
    );
    expect(members.map((member) => member.entity_name)).toEqual([username]);
  });

  it.each(named)('a comment about a person: %s', async (_shown, comment) => {
    await change('PUT', `/users/${ann.id}`, { email: 'ann@example.com', realname: 'ann', comment });
    expect(await read(`/users/${ann.id}`)).toMatchObject({ comment });
  });

  it.each(named)('a label, which is found by it: %s', async (_shown, name) => {
    const label = { name, description: name, color: '#1D5C8A', scope: 'p', project_id: team };
    const location = await change('POST', '/labels', label);
    const path = location.slice(API.length);
    expect(await read(path)).toMatchObject({ name, description: name });
    const all = await read<{ name: string }[]>(
      `/labels?scope=p&project_id=${team}&name=${encodeURIComponent(name)}&page_size=100`,
    );
    expect(all.map((each) => each.name)).toContain(name);
    // A comma divides the filters of a `q`, however it is encoded.
    if (!name.includes(',')) {
      const found = await read<{ name: string }[]>(
        `/labels?scope=p&project_id=${team}&page_size=100&q=${filterBy(name)}`,
      );
      expect(found.map((each) => each.name)).toContain(name);
    }
    const id = Number(path.split('/').at(-1));
    await change('POST', '/projects/team/repositories/app/artifacts/latest/labels', { id });
    const artifact = await read<{ labels: { name: string }[] }>(
      '/projects/team/repositories/app/artifacts/latest?with_label=true',
    );
    expect(artifact.labels.map((each) => each.name)).toContain(name);
    await server.inject({ method: 'DELETE', url: location, as: 'admin' });
  });

  it.each(named)('what a repository is for: %s', async (_shown, description) => {
    await change('PUT', '/projects/team/repositories/app', { description });
    expect(await read('/projects/team/repositories/app')).toMatchObject({ description });
    expect(await read('/projects/team/repositories')).toMatchObject([{ description }]);
  });

  it.each(named)('the banner: %s', async (_shown, message) => {
    const banner_message = JSON.stringify({ message, type: 'info', closable: true });
    await change('PUT', '/configurations', { banner_message });
    expect(await read('/systeminfo')).toMatchObject({ banner_message });
  });

  it('annotations of an image, all at once', async () => {
    const annotations = Object.fromEntries(
      NAMES.map((text, index) => [`org.example.${index}.${text}`, text]),
    );
    const built = image('annotated');
    const manifest = { ...(JSON.parse(built.manifest.bytes.toString()) as object), annotations };
    const oci = client(server);
    for (const blob of [built.config, ...built.layers]) await oci.pushBlob('team/annotated', blob);
    const put = await server.inject({
      method: 'PUT',
      url: '/v2/team/annotated/manifests/latest',
      as: 'admin',
      headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      payload: Buffer.from(JSON.stringify(manifest)),
    });
    expect(put.statusCode, put.body).toBe(201);
    expect(await read('/projects/team/repositories/annotated/artifacts/latest')).toMatchObject({
      annotations,
    });
  });
});

describe('in the audit log', () => {
  it('they come back as they were, too', async () => {
    const rows = await read<{ resource: string }[]>('/auditlog-exts?page_size=100&q=resource_type%3Dlabel');
    const told = rows.map(({ resource }) => resource).join('\n');
    expect(rows.length).toBeGreaterThan(50);
    for (const [, name] of named.slice(-5)) expect(told).toContain(name);
    expect(told).toContain('<script>alert(1)</script>');
  });
});

describe('a password', () => {
  it.each(['Pässwörd 1 ☃', 'Пароль-Ab1-港口', ' Aa1 with spaces ', 'Aa1:colon:"quote"', 'Aa1%00%2500'])(
    'may be in any script: %s',
    async (password) => {
      await change('PUT', `/users/${ann.id}/password`, { new_password: password });
      const current = await server.inject({ url: `${API}/users/current`, as: { username: 'ann', password } });
      expect(current.statusCode).toBe(200);
    },
  );
});
