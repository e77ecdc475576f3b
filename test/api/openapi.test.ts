import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAccess } from '#server/access/route-access.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { API } from './people.ts';

interface Operation {
  readonly operationId?: string;
  readonly tags?: readonly string[];
  readonly 'x-permission'?: string;
  readonly responses: Readonly<Record<string, unknown>>;
}
type Document = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

let server: TestServer;
let document: Document;

beforeAll(async () => {
  server = await makeServer();
  document = (await server.inject({ url: `${API}/openapi.json` })).json();
});
afterAll(() => server.close());

const operations = (): [string, Operation][] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );

describe('GET /api/v2.0/openapi.json', () => {
  it('is OpenAPI 3.1 and has every REST route of the server, each with what it needs', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const shown = new Map(operations());
    const served = server.app.guardedRoutes.filter(
      (route) => route.url.startsWith('/api/') && (route.method !== 'HEAD' || shown.has(`HEAD ${route.url}`)),
    );
    expect(served.length).toBeGreaterThan(30);
    for (const { method, url, access } of served) {
      const path = url.replaceAll(/:([a-z_]+)/g, '{$1}');
      expect(shown.get(`${method} ${path}`)?.['x-permission'], `${method} ${path}`).toBe(
        describeAccess(access),
      );
    }
  });

  it('gives each operation a name of its own, a group and a success', () => {
    const ids = operations().map(([, operation]) => operation.operationId);
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [name, operation] of operations()) {
      expect(operation.tags?.length, name).toBeGreaterThan(0);
      expect(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        name,
      ).toBe(true);
    }
  });

  it('says that an optional query with a default is optional', () => {
    const list = document.paths[`${API}/projects`]?.['get'] as unknown as {
      parameters: { name: string; required?: boolean }[];
    };
    expect(list.parameters.find((parameter) => parameter.name === 'page_size')?.required ?? false).toBe(
      false,
    );
  });
});
