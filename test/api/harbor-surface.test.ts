import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readContract } from '#test/architecture/harbor-surface-contract.ts';
import { readAdditions, readOmissions } from '#test/architecture/harbor-surface-tables.ts';
import {
  findDifferences,
  findIgnored,
  judgeDifferences,
  ourOperations,
  type OpenApi,
} from '#test/architecture/harbor-surface.ts';
import { seenFolderVariable, seenOpenApi } from '#test/support/seen.ts';
import { makeServer } from '#test/support/server.ts';

/** Operations below /api/v2.0 that Harbor's contract does not list, each on purpose. */
const own: readonly string[] = ['GET /openapi.json'];

describe('our REST operations against the contract of Harbor', () => {
  let server: Awaited<ReturnType<typeof makeServer>>;
  let ours: OpenApi;

  beforeAll(async () => {
    server = await makeServer();
    const reply = await server.app.inject({ method: 'GET', url: '/api/v2.0/openapi.json' });
    expect(reply.statusCode).toBe(200);
    ours = reply.json();
    const folder = process.env[seenFolderVariable];
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, seenOpenApi), JSON.stringify(ours));
  });

  afterAll(() => server.close());

  it('has operations to compare', () => {
    expect(ourOperations(ours).size).toBeGreaterThan(20);
  });

  it('adds no operation, parameter or property that Harbor has not, but for the reviewed ones', () => {
    const differences = findDifferences(ours, readContract(), own);
    expect(judgeDifferences(differences, readAdditions())).toEqual({ unexplained: [], unused: [] });
  });

  it('takes every parameter and property of requests that Harbor takes, but for the reviewed ones', () => {
    const reviewed = readOmissions()
      .filter(({ where }) => where === 'parameter' || where === 'request')
      .flatMap(({ operations, where, name }) => operations.map((each) => `${each} ${where} ${name}`));
    expect(findIgnored(ours).toSorted()).toEqual(reviewed.toSorted());
  });

  it('names the permission of each operation', () => {
    const bare = Object.entries(ours.paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, operation]) => !('x-permission' in operation))
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    expect(bare).toEqual([]);
  });
});
