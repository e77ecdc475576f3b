import { describe, expect, it } from 'vitest';
import { readContract } from './harbor-surface-contract.ts';
import * as surface from './harbor-surface.ts';

const contract = readContract();

function document(path: string, operation: object): surface.OpenApi {
  return { paths: { [`/api/v2.0${path}`]: { get: operation } } };
}

const replies = (properties: object): object => ({
  responses: { 200: { content: { 'application/json': { schema: { type: 'object', properties } } } } },
});

describe('the comparison with the contract of Harbor', () => {
  it('knows its 203 operations', () => {
    expect(contract.operations).toHaveLength(203);
  });

  it('accepts an operation with fewer names than Harbor has', () => {
    const ours = document('/systeminfo', replies({ harbor_version: { type: 'string' } }));
    expect(surface.findDifferences(ours, contract, [])).toEqual([]);
  });

  it.each([
    ['an operation', document('/boats', replies({})), 'GET /boats: not an operation of Harbor'],
    ['a property', document('/systeminfo', replies({ boat: {} })), 'unknown property boat'],
    [
      'a property below another',
      document(
        '/systeminfo',
        replies({ auth_mode: {}, banner_message: {}, boats: { properties: { a: {} } } }),
      ),
      'unknown property boats',
    ],
    [
      'a parameter',
      document('/users', { parameters: [{ name: 'sise', in: 'query' }] }),
      'unknown parameter query sise',
    ],
    [
      'a property in a list',
      document('/users', {
        responses: {
          200: { content: { 'application/json': { schema: { items: { properties: { user_name: {} } } } } } },
        },
      }),
      'reply 200[]: unknown property user_name',
    ],
    [
      'a property in a request',
      {
        paths: {
          '/api/v2.0/users': {
            post: {
              requestBody: {
                content: { 'application/json': { schema: { properties: { username: {}, boat: {} } } } },
              },
            },
          },
        },
      },
      'POST /users: request: unknown property boat',
    ],
  ])('refuses %s that Harbor has not', (_what, ours, why) => {
    expect(surface.findDifferences(ours, contract, []).join('\n')).toContain(why);
  });

  it('leaves alone what is ours on purpose', () => {
    expect(surface.findDifferences(document('/boats', {}), contract, ['GET /boats'])).toEqual([]);
  });
});

describe('the reviewed additions', () => {
  const addition = {
    operations: ['GET /projects', 'PUT /projects/{project_name_or_id}'],
    property: 'metadata.boat',
    reason: 'a project of a shipyard',
  };
  const list = 'GET /projects: reply 200[].metadata: unknown property boat';
  const request = 'PUT /projects/{project_name_or_id}: request.metadata: unknown property boat';

  it('explain the property where they name it, in a request, a reply or a list', () => {
    expect(surface.judgeDifferences([list, request], [addition])).toEqual({ unexplained: [], unused: [] });
  });

  it('explain it nowhere else', () => {
    const elsewhere = [
      'GET /projects: reply 200[]: unknown property boat',
      'GET /users: reply 200[].metadata: unknown property boat',
      'GET /projects: reply 200[].metadata: unknown property ship',
      'GET /projects: unknown parameter query boat',
      'GET /projects: not an operation of Harbor',
    ];
    expect(surface.judgeDifferences([list, request, ...elsewhere], [addition]).unexplained).toEqual(
      elsewhere,
    );
  });

  it('are named where nothing needs them any more', () => {
    expect(surface.judgeDifferences([list], [addition]).unused).toEqual([
      'PUT /projects/{project_name_or_id} metadata.boat',
    ]);
  });
});

describe('the table of proved operations', () => {
  const operation = 'GET /projects/{project_name}/repositories/{repository_name}';
  const ours = document('/projects/{project_name}/repositories/{repository_name}', {});
  const unreachable = [{ status: 500, operations: ['*'], reason: 'a bug' }];
  const rowOf = (...statuses: readonly number[]): surface.TableRow | undefined =>
    surface
      .proveOperations(
        ours,
        statuses.map((status) => ({ operation, status })),
        unreachable,
      )
      .find((row) => row.exists);

  it('counts an operation when a success and each documented refusal were seen', () => {
    expect(rowOf(200, 400, 401, 403, 404)).toMatchObject({ proved: true, unseen: [] });
  });

  it('does not count it when a refusal was not seen', () => {
    expect(rowOf(200, 400, 401, 404)).toMatchObject({ proved: false, unseen: [403] });
  });

  it('needs no success where the reviewed table says that there is none', () => {
    const table = [...unreachable, { status: 200, operations: [operation], reason: 'no engine' }];
    const seen = [400, 401, 403, 404].map((status) => ({ operation, status }));
    const row = surface.proveOperations(ours, seen, table).find((each) => each.exists);
    expect(row).toMatchObject({ proved: true, unseen: [] });
  });

  it('does not count it when no success was seen', () => {
    expect(rowOf(400, 401, 403, 404)).toMatchObject({ proved: false, unseen: [200] });
  });

  it('names what was never carried, and not what lies below it', () => {
    const carried = ['reply id', 'reply name'].map((each) => ({ operation, carried: each }));
    const missing = surface.findUncarried(ours, carried, []);
    expect(missing).toContain(`${operation} reply description`);
    expect(missing).not.toContain(`${operation} reply id`);
    const omission = { operations: [operation], where: 'reply', name: 'description', reason: 'x' } as const;
    expect(surface.findUncarried(ours, carried, [omission])).not.toContain(`${operation} reply description`);
    const artifacts = document('/projects/{project_name}/repositories/{repository_name}/artifacts', {});
    const names = surface.findUncarried(artifacts, [], []).filter((line) => line.includes('scan_overview'));
    expect(names).toHaveLength(1);
  });

  it('names lines of the reviewed tables that the run disproves or does not need', () => {
    const reviewed: surface.Reviewed = {
      unreachable: [{ status: 404, operations: [operation], reason: 'never' }],
      undocumented: [{ status: 418, operations: [operation], reason: 'a teapot' }],
      additions: [],
      omissions: [{ operations: [operation], where: 'reply', name: 'id', reason: 'no ids' }],
    };
    expect(surface.findUnneeded(ours, [], reviewed)).toEqual([
      `harbor-undocumented.json: ${operation} never answered 418`,
    ]);
    const seen = [
      { operation, status: 404 },
      { operation, needed: 'undocumented 418' },
      { operation, carried: 'reply id' },
    ];
    expect(surface.findUnneeded(ours, seen, reviewed)).toHaveLength(2);
    expect(surface.findUnneeded(document('/ping', {}), [], reviewed)).toHaveLength(3);
  });
});

describe('what requests of ours leave out', () => {
  it('is named by operation: parameters, and properties of the body with those below them', () => {
    const taken = surface.findIgnored({
      paths: {
        '/api/v2.0/projects': {
          post: {
            requestBody: {
              content: {
                'application/json': {
                  schema: {
                    properties: {
                      project_name: {},
                      public: {},
                      storage_limit: {},
                      registry_id: {},
                      cve_allowlist: {},
                      metadata: { properties: { public: {} } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    });
    expect(taken).toContain('POST /projects parameter header X-Resource-Name-In-Location');
    expect(taken).toContain('POST /projects request metadata.severity');
    expect(taken).not.toContain('POST /projects request metadata.public');
    expect(taken.filter((line) => line.includes('request cve_allowlist'))).toEqual([]);
  });
});
