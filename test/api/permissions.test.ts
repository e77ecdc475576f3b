import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addMember, addProject, addUser, API, expectCase, type Person } from './people.ts';

/** Harbor's catalogue, typed from its behaviour and not from our table: C create, R read, U update, D delete, L list, S stop. */
const SYSTEM = `audit-log L; preheat-instance CRUDL; project LC; replication-policy CRUDL; replication RCL;
  replication-adapter L; registry CRUDL; scan-all RUSC; system-volumes R; garbage-collection RCLUS; purge-audit RCLUS;
  jobservice-monitor LS; scanner CRUDL; label RCDU; security-hub RL; catalog R; quota RLU; robot CRLD; user CRUDL;
  ldap-user CL; user-group CRUDL`;
const PROJECT = `log L; project RDU; metadata CRUDL; repository RUDL+pull+push; artifact RCLD; scan CRS; sbom CRS; tag CLD;
  accessory L; artifact-addition R; artifact-label CD; scanner CR; preheat-policy CRUDL; immutable-tag CUDL;
  notification-policy CRUDL; tag-retention CRUDL; label CRUDL; member CRUDL; quota R; robot CRLD; export-cve CR`;
const LETTERS: Readonly<Record<string, string>> = {
  C: 'create',
  R: 'read',
  U: 'update',
  D: 'delete',
  L: 'list',
  S: 'stop',
};

function expand(text: string): string[] {
  return text.split(';').flatMap((line) => {
    const [resource = '', codes = ''] = line.trim().split(' ');
    const [letters = '', ...words] = codes.split('+');
    return [...letters.split('').map((letter) => LETTERS[letter]), ...words].map(
      (action) => `${resource}:${action}`,
    );
  });
}

interface Catalogue {
  readonly system?: { resource: string; action: string }[];
  readonly project: { resource: string; action: string }[];
}

let server: TestServer;
const people = new Map<string, Person>();

beforeAll(async () => {
  server = await makeServer();
  await addProject(server, 'place');
  for (const role of ['projectAdmin', 'maintainer', 'developer', 'guest', 'limitedGuest'] as const) {
    const person = await addUser(server, role.toLowerCase());
    await addMember(server, 'place', { username: person.username, role });
    people.set(role, person);
  }
  people.set('stranger', await addUser(server, 'stranger'));
});
afterAll(() => server.close());

const read = async (as: 'admin' | Person): Promise<Catalogue> => {
  const reply = await server.inject({ url: `${API}/permissions`, as });
  expect(reply.statusCode, reply.body).toBe(200);
  return reply.json<Catalogue>();
};
const names = (list: Catalogue['project'] | undefined): string[] =>
  (list ?? []).map(({ resource, action }) => `${resource}:${action}`).toSorted();

describe('GET /permissions', () => {
  it('shows a system administrator both halves, each pair once', async () => {
    const catalogue = await read('admin');
    expect(names(catalogue.system)).toEqual(expand(SYSTEM).toSorted());
    expect(names(catalogue.project)).toEqual(expand(PROJECT).toSorted());
    expect(new Set(names(catalogue.system)).size).toBe(catalogue.system?.length);
  });

  it('shows the administrator of any project the half of projects', async () => {
    const catalogue = await read(people.get('projectAdmin') as Person);
    expect(catalogue).not.toHaveProperty('system');
    expect(names(catalogue.project)).toEqual(expand(PROJECT).toSorted());
  });

  it.each(['maintainer', 'developer', 'guest', 'limitedGuest', 'stranger'])('refuses a %s', async (role) => {
    const request = { url: `${API}/permissions`, as: people.get(role) as Person };
    await expectCase(server, { says: '', request, status: 403, code: 'FORBIDDEN' });
  });

  it('refuses nobody', () =>
    expectCase(server, { says: '', request: { url: `${API}/permissions` }, status: 401 }));

  it('refuses who was the administrator of a project that is gone', async () => {
    const owner = await addUser(server, 'owner');
    await addProject(server, 'fleeting', { as: owner });
    expect(await read(owner)).toHaveProperty('project');
    await server.inject({ method: 'DELETE', url: `${API}/projects/fleeting`, as: owner });
    expect((await server.inject({ url: `${API}/permissions`, as: owner })).statusCode).toBe(403);
  });
});
