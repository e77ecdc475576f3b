import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestRequest, type TestServer } from '#test/support/server.ts';
import { addLabel, atLabel, listLabels, namesOf, postLabel, readLabel, type As } from './label-requests.ts';
import { addMember, addProject, addUser, expectCase, type Person } from './people.ts';

let server: TestServer;
let own: number;
let ownPublic: number;
let foreign: number;
let maintainer: Person;

beforeAll(async () => {
  server = await makeServer();
  maintainer = await addUser(server, 'maintainer');
  own = await addProject(server, 'own');
  ownPublic = await addProject(server, 'own-public', { isPublic: true });
  foreign = await addProject(server, 'foreign');
  await addMember(server, own, { username: 'maintainer', role: 'maintainer' });
});
afterAll(() => server.close());

describe('POST /labels', () => {
  const label = { name: 'refused', scope: 'g', description: '', color: '#fff' };
  const rows: readonly (readonly [says: string, payload: object, status: number, message?: RegExp])[] = [
    ['no scope', { name: 'x' }, 400, /scope/],
    ['scope "x"', { ...label, scope: 'x' }, 400, /scope "x"/],
    ['no project', { ...label, scope: 'p' }, 400, /project_id/],
    ['project 0', { ...label, scope: 'p', project_id: 0 }, 400],
    ['a negative project', { ...label, scope: 'p', project_id: -1 }, 422],
    ['a huge project', { ...label, scope: 'p', project_id: 1e30 }, 422],
    ['a project by name', { ...label, scope: 'p', project_id: 'own' }, 422],
    ['a missing project', { ...label, scope: 'p', project_id: 4711 }, 404],
    ['no name', { scope: 'g' }, 400, /name/],
    ['an empty name', { ...label, name: ' ' }, 400],
    ['a name of 129 characters', { ...label, name: '漢'.repeat(129) }, 400, /128/],
    ['a colour that is none', { ...label, color: '#gg0000' }, 400, /color/],
    ['style in a colour', { ...label, color: '#fff;x:y' }, 400],
    ['an endless description', { ...label, description: 'x'.repeat(4097) }, 400],
  ];
  const refused = rows.map(([says, payload, status, message]) => ({ says, payload, status, message }));
  it.each(refused)('refuses $says', async ({ says, payload, status, message }) => {
    const request = postLabel(payload, 'admin');
    await expectCase(server, { says, request, status, ...(message ? { message } : {}) });
  });

  it('refuses what is no label, and nobody', async () => {
    const request = postLabel(label, 'admin');
    await expectCase(server, { says: '', request: { ...request, payload: '' }, status: 422 });
    const xml = { ...request, payload: '<x/>', headers: { 'content-type': 'text/xml' } };
    await expectCase(server, { says: '', request: xml, status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' });
    await expectCase(server, { says: '', request: postLabel(label), status: 401, code: 'UNAUTHORIZED' });
  });

  it('refuses a taken name in the same place, and takes it in another', async () => {
    const name = 'taken';
    for (const projectId of [undefined, own, ownPublic]) {
      await addLabel(server, { name, ...(projectId === undefined ? {} : { projectId }) });
      const place = projectId === undefined ? { scope: 'g' } : { scope: 'p', project_id: projectId };
      const again = postLabel({ name, ...place }, 'admin');
      await expectCase(server, { says: '', request: again, status: 409, code: 'CONFLICT', message: /taken/ });
    }
  });

  it('gives one of two at once, and 409 to the other', async () => {
    for (const place of [{ scope: 'g' }, { scope: 'p', project_id: own }]) {
      const replies = await Promise.all(
        [1, 2, 3].map(() => server.inject(postLabel({ name: 'at-once', ...place }, 'admin'))),
      );
      expect(replies.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    }
  });

  it('keeps a name in any script as it is, and 128 characters of it', async () => {
    const names = [
      '漢'.repeat(128),
      '🏷️ «новый»',
      `<b onclick="x">'; drop table label;--`,
      'عربي',
      '\\%_',
      ' x ',
    ];
    for (const name of names) {
      const id = await addLabel(server, { name, projectId: own });
      expect(await readLabel(server, id)).toMatchObject({ name, description: `of ${name}` });
      const q = encodeURIComponent(name.slice(0, 20));
      expect(
        namesOf(await server.inject(listLabels(`scope=p&project_id=${own}&name=${q}`, 'admin'))),
      ).toEqual([name]);
    }
  });

  it('takes what Harbor’s clients leave out, and never an id of the body', async () => {
    const reply = await server.inject(
      postLabel({ id: 77_777, name: 'short', scope: 'g', project_id: own }, 'admin'),
    );
    expect(reply.statusCode).toBe(201);
    const id = Number(String(reply.headers.location).split('/').at(-1));
    expect(id).not.toBe(77_777);
    expect(await readLabel(server, id)).toEqual({
      id,
      name: 'short',
      description: '',
      color: '',
      scope: 'g',
      creation_time: expect.stringMatching(/Z$/) as string,
      update_time: expect.stringMatching(/Z$/) as string,
    });
  });
});

describe('GET /labels', () => {
  let project: number;
  beforeAll(async () => {
    project = await addProject(server, 'listed');
    for (const name of ['beta', 'Alpha', 'gamma', 'alphabet'])
      await addLabel(server, { name, projectId: project });
    await addLabel(server, { name: 'global-only' });
  });
  const inProject = (query = ''): TestRequest => listLabels(`scope=p&project_id=${project}${query}`, 'admin');

  const refused = [
    ['no scope', ''],
    ['scope "x"', 'scope=x'],
    ['scope p without a project', 'scope=p'],
    ['project 0', 'scope=p&project_id=0'],
    ['an unknown key of q', 'scope=g&q=colour%3Dred'],
    ['an unknown key of sort', 'scope=g&sort=colour'],
    ['a q without "="', 'scope=g&q=name'],
  ] as const;
  it.each(refused)('refuses %s with 400', async (_says, query) => {
    await expectCase(server, {
      says: '',
      request: listLabels(query, 'admin'),
      status: 400,
      code: 'BAD_REQUEST',
    });
  });

  it('shows those of the project only, or those of the registry only', async () => {
    const reply = await server.inject(inProject());
    expect(namesOf(reply)).toEqual(['Alpha', 'alphabet', 'beta', 'gamma']);
    expect(reply.headers['x-total-count']).toBe('4');
    expect(reply.json<object[]>()[0]).toMatchObject({ scope: 'p', project_id: project });
    const global = namesOf(await server.inject(listLabels('scope=g&page_size=100')));
    expect(global).toContain('global-only');
    expect(global).not.toContain('beta');
    // A project_id says nothing where the registry's labels are asked for.
    expect(namesOf(await server.inject(listLabels(`scope=g&project_id=${project}&page_size=100`)))).toEqual(
      global,
    );
  });

  const queries: readonly [query: string, names: readonly string[]][] = [
    ['&name=ALPHA', ['Alpha', 'alphabet']],
    ['&name=%25', []],
    ['&q=name%3Dbeta', ['beta']],
    ['&q=name%3D~lph', ['Alpha', 'alphabet']],
    ['&q=name%3D%7Bbeta%20gamma%7D', ['beta', 'gamma']],
    ['&q=color%3D%230065ab,name%3D~eta', ['beta']],
    ['&q=scope%3Dg', []],
    ['&sort=-name', ['gamma', 'beta', 'alphabet', 'Alpha']],
    ['&sort=-id', ['alphabet', 'gamma', 'Alpha', 'beta']],
    ['&page=2&page_size=3', ['gamma']],
    ['&page_size=0', ['Alpha', 'alphabet', 'beta', 'gamma']],
  ];
  it.each(queries)('%s', async (query, names) => {
    expect(namesOf(await server.inject(inProject(query)))).toEqual(names);
  });

  it('links to the next page', async () => {
    const reply = await server.inject(inProject('&page_size=3'));
    expect(reply.headers.link).toContain('rel="next"');
    expect(reply.headers['x-total-count']).toBe('4');
  });

  it('pages no more than 100 at once', async () => {
    await expectCase(server, { says: '', request: inProject('&page_size=101'), status: 422 });
  });
});

describe('PUT /labels/{label_id}', () => {
  const put = (id: number | string, payload: object, as: As = 'admin'): TestRequest => ({
    ...atLabel(id, 'PUT', as),
    payload,
  });

  it('sets name, description and colour; what is left out is empty, as in Harbor', async () => {
    const id = await addLabel(server, { projectId: own });
    const reply = await server.inject(put(id, { name: 'new', description: 'd', color: '#ABCDEF' }));
    expect([reply.statusCode, reply.body]).toEqual([200, '']);
    expect(await readLabel(server, id)).toMatchObject({ name: 'new', description: 'd', color: '#ABCDEF' });
    await server.inject(put(id, { name: 'new' }));
    expect(await readLabel(server, id)).toMatchObject({ name: 'new', description: '', color: '' });
  });

  it('never moves a label, whatever the body says', async () => {
    const id = await addLabel(server, { projectId: own });
    for (const place of [
      { scope: 'g' },
      { scope: 'p', project_id: foreign },
      { scope: 'g', project_id: 0, id: 1 },
    ]) {
      expect((await server.inject(put(id, { name: 'stays', ...place }, maintainer))).statusCode).toBe(200);
      expect(await readLabel(server, id)).toMatchObject({ id, name: 'stays', scope: 'p', project_id: own });
    }
    // Nor does a body lend a right: the row decides who may change it.
    const global = await addLabel(server, {});
    const claim = put(global, { name: 'mine', scope: 'p', project_id: own }, maintainer);
    expect((await server.inject(claim)).statusCode).toBe(403);
    const abroad = await addLabel(server, { projectId: foreign });
    const take = put(abroad, { name: 'mine', scope: 'p', project_id: own }, maintainer);
    expect((await server.inject(take)).statusCode).toBe(404);
  });

  it('refuses what POST refuses', async () => {
    const id = await addLabel(server, { projectId: own });
    await addLabel(server, { name: 'occupied', projectId: own });
    await addLabel(server, { name: 'elsewhere', projectId: foreign });
    const cases: readonly (readonly [payload: object, status: number])[] = [
      [{}, 400],
      [{ name: 'x'.repeat(129) }, 400],
      [{ name: 'x', color: 'rgb(0,0,0)' }, 400],
      [{ name: 7 }, 422],
      [{ name: 'occupied' }, 409],
      [{ name: 'elsewhere' }, 200],
    ];
    for (const [payload, status] of cases)
      await expectCase(server, { says: '', request: put(id, payload), status });
    await expectCase(server, { says: '', request: put('x', { name: 'x' }), status: 422 });
    await expectCase(server, { says: '', request: put('1e2', { name: 'x' }), status: 422 });
    await expectCase(server, { says: '', request: put(`${id}?x=;`, { name: 'x' }), status: 400 });
  });

  it('makes two changes at once follow each other', async () => {
    const id = await addLabel(server, { projectId: own });
    const replies = await Promise.all(
      ['one', 'two'].map((name) => server.inject(put(id, { name: `race-${name}`, description: name }))),
    );
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    const after = (await readLabel(server, id)) as { name: string; description: string };
    expect(after.name).toBe(`race-${after.description}`);
    const [changed, gone] = await Promise.all([
      server.inject(put(id, { name: 'raced' })),
      server.inject(atLabel(id, 'DELETE', 'admin')),
    ]);
    expect(gone.statusCode).toBe(200);
    expect([200, 404]).toContain(changed.statusCode);
    expect((await server.inject(atLabel(id, 'GET', 'admin'))).statusCode).toBe(404);
  });
});
