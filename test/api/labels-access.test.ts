import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enterFound } from '#server/access/enter.ts';
import type { RoleName } from '#server/access/roles.ts';
import { labelsOfArtifacts } from '#server/domain/labels/index.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addLabel, atLabel, listLabels, namesOf, postLabel, readLabel } from './label-requests.ts';
import { addMember, addProject, addUser, API, expectCase, type Person } from './people.ts';
import { pushImage } from './push.ts';

const ROLES: readonly RoleName[] = ['limitedGuest', 'guest', 'developer', 'maintainer', 'projectAdmin'];

let server: TestServer;
let stranger: Person;
const people = new Map<RoleName, Person>();
/** Where `people` have their roles. */
let own: number;
let ownPublic: number;
/** Where nobody but the first administrator has one. */
let foreign: number;

beforeAll(async () => {
  server = await makeServer();
  stranger = await addUser(server, 'stranger');
  own = await addProject(server, 'own');
  ownPublic = await addProject(server, 'own-public', { isPublic: true });
  foreign = await addProject(server, 'foreign');
  for (const role of ROLES) {
    const person = await addUser(server, role.toLowerCase());
    people.set(role, person);
    for (const project of [own, ownPublic])
      await addMember(server, project, { username: person.username, role });
  }
});
afterAll(() => server.close());

/** As Harbor's roles have it: who may list and read, and who may create, update and delete, in a project. */
const READERS: readonly RoleName[] = ['guest', 'developer', 'maintainer', 'projectAdmin'];
const WRITERS: readonly RoleName[] = ['maintainer', 'projectAdmin'];

describe('labels of a project', () => {
  it.each(ROLES)('%s does what the role allows', async (role) => {
    const as = people.get(role);
    const reads = READERS.includes(role);
    const writes = WRITERS.includes(role);
    const id = await addLabel(server, { projectId: own });
    const statuses = {
      list: (await server.inject(listLabels(`scope=p&project_id=${own}`, as))).statusCode,
      get: (await server.inject(atLabel(id, 'GET', as))).statusCode,
      create: (await server.inject(postLabel({ name: `by-${role}`, scope: 'p', project_id: own }, as)))
        .statusCode,
      update: (await server.inject(atLabel(id, 'PUT', as))).statusCode,
      delete: (await server.inject(atLabel(id, 'DELETE', as))).statusCode,
    };
    // Who may not even read the label is told that there is none; who may read it, that the right is missing.
    const refusedRow = reads ? 403 : 404;
    expect(statuses).toEqual({
      list: reads ? 200 : 403,
      get: reads ? 200 : 404,
      create: writes ? 201 : 403,
      update: writes ? 200 : refusedRow,
      delete: writes ? 200 : refusedRow,
    });
  });

  it('are read by anybody in a public project, and changed by nobody else', async () => {
    const id = await addLabel(server, { name: 'open', projectId: ownPublic });
    for (const as of [undefined, stranger, people.get('limitedGuest')]) {
      expect(
        namesOf(await server.inject(listLabels(`scope=p&project_id=${ownPublic}&name=open`, as))),
      ).toEqual(['open']);
      expect((await server.inject(atLabel(id, 'GET', as))).statusCode).toBe(200);
      const refusal = as === undefined ? 401 : 403;
      expect((await server.inject(atLabel(id, 'PUT', as))).statusCode).toBe(refusal);
      expect((await server.inject(atLabel(id, 'DELETE', as))).statusCode).toBe(refusal);
      const create = postLabel({ name: 'shut', scope: 'p', project_id: ownPublic }, as);
      expect((await server.inject(create)).statusCode).toBe(refusal);
    }
    expect(await readLabel(server, id)).toMatchObject({ name: 'open' });
  });

  it('do not tell whether a project or a label of it exists', async () => {
    const id = await addLabel(server, { projectId: foreign });
    for (const [as, inProject, row] of [
      [undefined, 401, 401],
      [stranger, 403, 404],
      [people.get('projectAdmin'), 403, 404],
    ] as const) {
      for (const project of [foreign, 999_999]) {
        expect((await server.inject(listLabels(`scope=p&project_id=${project}`, as))).statusCode).toBe(
          inProject,
        );
        const create = postLabel({ name: 'x', scope: 'p', project_id: project }, as);
        expect((await server.inject(create)).statusCode).toBe(inProject);
      }
      for (const method of ['GET', 'PUT', 'DELETE'] as const) {
        const [mine, missing] = await Promise.all([
          server.inject(atLabel(id, method, as)),
          server.inject(atLabel(999_999, method, as)),
        ]);
        expect([mine.statusCode, missing.statusCode]).toEqual([row, row]);
        const plain = (reply: LightMyRequestResponse) => reply.body.replace(/label \d+/, 'label N');
        expect(plain(mine)).toBe(plain(missing));
      }
    }
    expect(await readLabel(server, id)).toMatchObject({ name: expect.stringMatching(/^label-/) as string });
    await expectCase(server, {
      says: '',
      request: listLabels('scope=p&project_id=999999', 'admin'),
      status: 404,
    });
  });
});

describe('labels of the registry', () => {
  it('are listed for everybody, and everything else is for system administrators', async () => {
    const id = await addLabel(server, { name: 'of-all' });
    for (const as of [undefined, stranger, people.get('projectAdmin')]) {
      const refusal = as === undefined ? 401 : 403;
      expect(namesOf(await server.inject(listLabels('scope=g&name=of-all', as)))).toEqual(['of-all']);
      for (const method of ['GET', 'PUT', 'DELETE'] as const)
        expect((await server.inject(atLabel(id, method, as))).statusCode, method).toBe(refusal);
      expect((await server.inject(postLabel({ name: 'more', scope: 'g' }, as))).statusCode).toBe(refusal);
    }
    expect(await readLabel(server, id)).toMatchObject({ name: 'of-all', scope: 'g' });
  });
});

describe('a label and artifacts', () => {
  async function artifactId(repository: string): Promise<number> {
    await pushImage(server, `own/${repository}`);
    const reply = await server.inject({
      url: `${API}/projects/own/repositories/${repository}/artifacts`,
      as: 'admin',
    });
    return reply.json<{ id: number }[]>()[0]?.id ?? 0;
  }
  const scopeOf = async (project: string) => {
    const facts = await server.context.directory.findByName(project);
    const principal = { kind: 'user', userId: 1, username: 'admin', isAdmin: true, via: 'basic' } as const;
    const actor = { principal, requestId: 'test', address: '' };
    const permission = 'artifact:read';
    return enterFound(server.context.directory, actor, { name: project, project: facts, permission });
  };
  const carry = async (project: string, artifact: number, label: number) =>
    server.context.db.tx(async (tx) =>
      server.context.labels.attach(tx, await scopeOf(project), { artifactId: artifact, labelId: label }),
    );
  const carriedBy = async (artifact: number): Promise<string[]> =>
    ((await labelsOfArtifacts(server.context.db.read, [artifact])).get(artifact) ?? []).map(
      ({ name }) => name,
    );

  it('are parted when the label is deleted', async () => {
    const artifact = await artifactId('parted');
    const label = await addLabel(server, { name: 'to-go', projectId: own });
    const global = await addLabel(server, { name: 'to-stay' });
    await carry('own', artifact, label);
    await carry('own', artifact, global);
    expect(await carriedBy(artifact)).toEqual(['to-go', 'to-stay']);
    expect((await server.inject(atLabel(label, 'DELETE', people.get('maintainer')))).statusCode).toBe(200);
    expect(await carriedBy(artifact)).toEqual(['to-stay']);
  });

  it('are parted when the artifact is deleted, and the label stays', async () => {
    const artifact = await artifactId('deleted');
    const label = await addLabel(server, { name: 'left', projectId: own });
    await carry('own', artifact, label);
    const url = `${API}/projects/own/repositories/deleted`;
    expect((await server.inject({ method: 'DELETE', url, as: 'admin' })).statusCode).toBe(200);
    expect(await carriedBy(artifact)).toEqual([]);
    expect(await readLabel(server, label)).toMatchObject({ name: 'left' });
  });

  it('never meet across projects', async () => {
    const artifact = await artifactId('home');
    const abroad = await addLabel(server, { projectId: foreign });
    const here = await addLabel(server, { name: 'here', projectId: own });
    await expect(carry('own', artifact, abroad)).rejects.toMatchObject({ code: 'not_found' });
    // The artifact of another project is not reached by its number.
    await expect(carry('foreign', artifact, abroad)).rejects.toMatchObject({ code: 'not_found' });
    expect(await carriedBy(artifact)).toEqual([]);
    await carry('own', artifact, here);
    await expect(carry('own', artifact, here)).rejects.toMatchObject({ code: 'conflict' });
    const detach = async (project: string, labelId: number) =>
      server.context.db.tx(async (tx) =>
        server.context.labels.detach(tx, await scopeOf(project), { artifactId: artifact, labelId }),
      );
    await expect(detach('foreign', here)).rejects.toMatchObject({ code: 'not_found' });
    expect((await detach('own', here)).name).toBe('here');
    await expect(detach('own', here)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the end of a project', () => {
  it('is the end of its labels', async () => {
    const project = await addProject(server, 'short-lived');
    const id = await addLabel(server, { name: 'gone-with-it', projectId: project });
    expect(
      (await server.inject({ method: 'DELETE', url: `${API}/projects/short-lived`, as: 'admin' })).statusCode,
    ).toBe(200);
    for (const method of ['GET', 'PUT', 'DELETE'] as const)
      expect((await server.inject(atLabel(id, method, 'admin'))).statusCode).toBe(404);
    const rows = server.context.db.read.selectFrom('label').select('id').where('id', '=', id);
    expect(await rows.execute()).toEqual([]);
    const again = await addProject(server, 'short-lived');
    expect(namesOf(await server.inject(listLabels(`scope=p&project_id=${again}`, 'admin')))).toEqual([]);
  });

  it('leaves no label of it behind when one is made at the same time', async () => {
    for (let round = 0; round < 5; round++) {
      const project = await addProject(server, `hasty-${round}`);
      const [label] = await Promise.all([
        server.inject(postLabel({ name: 'hasty', scope: 'p', project_id: project }, 'admin')),
        server.inject({ method: 'DELETE', url: `${API}/projects/${project}`, as: 'admin' }),
      ]);
      expect([201, 404]).toContain(label.statusCode);
      const rows = await server.context.db.read
        .selectFrom('label')
        .select('id')
        .where('project_id', '=', project)
        .execute();
      expect(rows).toEqual([]);
    }
  });
});

describe('a query that cannot be read', () => {
  it('is refused on every operation', async () => {
    const id = await addLabel(server, { projectId: own });
    for (const method of ['GET', 'PUT', 'DELETE'] as const)
      expect((await server.inject(atLabel(`${id}?x=;`, method, 'admin'))).statusCode).toBe(400);
    expect((await server.inject(listLabels('scope=g;', 'admin'))).statusCode).toBe(400);
  });
});

describe('the audit log', () => {
  it('tells who made, changed and deleted a label, and what it was', async () => {
    const id = await addLabel(server, { name: 'logged', projectId: own });
    await server.inject({ ...atLabel(id, 'PUT', people.get('maintainer')), payload: { name: 'renamed' } });
    await server.inject(atLabel(id, 'DELETE', 'admin'));
    const rows = await server.context.db.read
      .selectFrom('audit_log')
      .select(['operation', 'resource', 'username', 'project_id', 'before', 'after'])
      .where('resource_type', '=', 'label')
      .where('resource', 'in', ['own/logged', 'own/renamed'])
      .orderBy('id')
      .execute();
    const logged = { name: 'logged', description: 'of logged', color: '#0065ab' };
    const renamed = { name: 'renamed', description: '', color: '' };
    expect(
      rows.map(({ before, after, ...row }) => ({
        ...row,
        before: before === null ? null : (JSON.parse(before) as object),
        after: after === null ? null : (JSON.parse(after) as object),
      })),
    ).toEqual([
      {
        operation: 'create',
        resource: 'own/logged',
        username: 'admin',
        project_id: own,
        before: null,
        after: logged,
      },
      {
        operation: 'update',
        resource: 'own/logged',
        username: 'maintainer',
        project_id: own,
        before: logged,
        after: renamed,
      },
      {
        operation: 'delete',
        resource: 'own/renamed',
        username: 'admin',
        project_id: own,
        before: renamed,
        after: null,
      },
    ]);
  });
});
