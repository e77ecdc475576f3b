import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  nameOf,
  prefix,
  readContract,
  type Parameter,
  type Schema,
} from '#test/architecture/harbor-surface-contract.ts';
import type { OpenApi } from '#test/architecture/harbor-surface.ts';
import { seenFolderVariable } from '#test/support/seen.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { expectDecent, spreadsSecrets, type FuzzRequest } from './fuzz-check.ts';
import { bodyOf, headersOf, pathOf, plainUrls, queryOf } from './fuzz-values.ts';
import { HOSTILE_TEXTS } from './fuzz-texts.ts';
import { CALLERS, makeWorld, mendWorld, type World } from './fuzz-world.ts';
import { API } from './people.ts';

const ci = process.env['CI'] !== undefined && process.env['CI'] !== '' && process.env['CI'] !== 'false';
/** The same requests in each run of CI; elsewhere others each time, and FUZZ_SEED repeats them. */
const SEED = Number(
  process.env['FUZZ_SEED'] ?? (ci ? 20_260_601 : Math.trunc(performance.timeOrigin) % 2 ** 31),
);
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 25);

interface Operation {
  readonly method: string;
  /** With `{name}` for its parameters. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
}

/** Replies that never end; test/api/events.test.ts has them. */
const STREAMS: readonly string[] = ['/api/berth/v1/events'];

let server: TestServer;
let world: World;

/** Harbor's operations that are served here, by Harbor's definition, and our own by ours. */
function operationsOf(ours: OpenApi): readonly Operation[] {
  const harbor = new Map(readContract().operations.map((each) => [nameOf(each), each]));
  return Object.entries(ours.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([verb, mine]) => {
      const method = verb.toUpperCase();
      const theirs = path.startsWith(prefix)
        ? harbor.get(`${method} ${path.slice(prefix.length)}`)
        : undefined;
      return {
        method,
        path,
        parameters: theirs?.parameters ?? mine.parameters ?? [],
        body: theirs ? theirs.requestBody?.schema : Object.values(mine.requestBody?.content ?? {})[0]?.schema,
      };
    }),
  );
}

function requestOf(operation: Operation): fc.Arbitrary<FuzzRequest> {
  const { method, path, parameters, body } = operation;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return fc.record({
    caller: fc.constantFrom(...CALLERS),
    method: fc.constant(method),
    url: fc.tuple(pathOf(path, world.pools), queryOf(parameters, world.pools)).map((parts) => parts.join('')),
    headers: headersOf,
    ...(hasBody ? { body: bodyOf(body, world.pools) } : {}),
  });
}

beforeAll(async () => {
  // What chance found proves no operation.
  delete process.env[seenFolderVariable];
  server = await makeServer();
  world = await makeWorld(server);
  console.log(`fuzz: FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`);
}, 60_000);
afterAll(() => server.close());

describe('what is read', () => {
  it('is nobody else’s, whatever is asked for of what there is', async () => {
    const operations = operationsOf((await server.inject({ url: `${API}/openapi.json` })).json<OpenApi>());
    const reading = operations.filter(({ method, path }) => method === 'GET' && !STREAMS.includes(path));
    expect(reading.length).toBeGreaterThan(25);
    for (const { path, parameters } of reading) {
      for (const url of plainUrls(path, parameters, world.pools)) {
        for (const caller of ['anonymous', 'stranger', 'owner'] as const)
          await expectDecent(world, { caller, method: 'GET', url, headers: {} });
      }
    }
  }, 120_000);
});

describe('any request', () => {
  it('is answered in time, in words, and with nothing of another project', async () => {
    const operations = operationsOf((await server.inject({ url: `${API}/openapi.json` })).json<OpenApi>());
    const asked = operations.filter(({ path }) => !STREAMS.includes(path));
    expect(asked.length).toBeGreaterThan(40);
    const found: string[] = [];
    for (const operation of asked) {
      const property = fc.asyncProperty(requestOf(operation), async (request) => {
        fc.pre(!spreadsSecrets(world, request));
        await expectDecent(world, request);
      });
      const result = await fc.check(property, { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: 20_000 });
      if (result.failed)
        found.push(
          `${operation.method} ${operation.path}: ${String(result.errorInstance).slice(0, 500)}\n  ${JSON.stringify(result.counterexample).slice(0, 600)}`,
        );
      // Whatever it deleted is made again, for those that come after it.
      if (operation.method !== 'GET') world = await mendWorld(world);
    }
    expect(found.join('\n\n')).toBe('');
  }, 300_000);
});

describe('hostile text', () => {
  const text = HOSTILE_TEXTS.map((each) => [JSON.stringify(each).slice(0, 40), each] as const);
  it.each(text)('is answered in words wherever it comes: %s', async (_name, hostile) => {
    const part = encodeURIComponent(hostile.toWellFormed()).slice(0, 8_000) || '%20';
    const json = {
      type: 'application/json',
      text: JSON.stringify({
        name: hostile,
        [hostile]: hostile,
        metadata: { public: hostile },
        project_name: hostile,
        username: hostile,
      }),
    };
    const requests: Pick<FuzzRequest, 'method' | 'url' | 'body'>[] = [
      {
        method: 'GET',
        url: `${API}/projects?name=${part}&q=name%3D~${encodeURIComponent(part)}&sort=${part}`,
      },
      { method: 'GET', url: `${API}/projects/${part}` },
      { method: 'GET', url: `${API}/projects/own/repositories/${part}` },
      {
        method: 'GET',
        url: `${API}/projects/own/repositories/${encodeURIComponent(part)}/artifacts/${part}`,
      },
      { method: 'GET', url: `${API}/users/search?username=${part}` },
      { method: 'GET', url: `${API}/auditlog-exts?q=${part}` },
      { method: 'POST', url: `${API}/projects`, body: json },
      { method: 'PUT', url: `${API}/projects/own`, body: json },
      { method: 'POST', url: `${API}/users`, body: json },
    ];
    for (const request of requests) {
      for (const caller of CALLERS) await expectDecent(world, { caller, headers: {}, ...request });
    }
  });
});
