import { createHash } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prefix } from '#test/architecture/harbor-surface-contract.ts';
import { exchange, type RawReply } from '#test/support/raw-http.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { addProject, API, errorCode } from './people.ts';

let server: TestServer;
let host: string;

beforeAll(async () => {
  server = await makeServer();
  await addProject(server, 'open', { isPublic: true });
  host = (await server.app.listen({ host: '127.0.0.1', port: 0 })).replace('http://', '');
});
afterAll(() => server.close());

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Sends a request line as it is, which no client library would. */
async function raw(line: string, headers: readonly string[] = []): Promise<RawReply> {
  const head = [`${line} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers];
  const { replies } = await exchange(host, Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
  const [reply] = replies;
  if (!reply) throw new Error(`no answer to ${line}`);
  return reply;
}

const idOf = (headers: OutgoingHttpHeaders): string => String(headers['x-request-id']);

describe('the request id', () => {
  it('is the caller’s where it is one', async () => {
    for (const id of ['a', 'req-1', '550e8400-e29b-41d4-a716-446655440000', 'x'.repeat(128)]) {
      for (const url of [`${API}/ping`, `${API}/nothing`, `${API}/users`, '/v2/', '/c/log_out']) {
        const reply = await server.inject({ url, headers: { 'x-request-id': id } });
        expect(idOf(reply.headers), url).toBe(id);
      }
    }
  });

  it('is a new one where there is none, or one that does not belong into a log', async () => {
    const hostile = ['', ' ', 'a b', 'x'.repeat(129), '<script>', '"', 'a\tb', 'ü', '{}', '../x', '%0d%0a'];
    const seen = new Set<string>();
    for (const id of [undefined, ...hostile]) {
      const headers = id === undefined ? {} : { 'x-request-id': id };
      seen.add(idOf((await server.inject({ url: `${API}/ping`, headers })).headers));
    }
    expect(seen.size).toBe(hostile.length + 1);
    for (const id of seen) expect(id).toMatch(UUID);
  });

  it('is one of two that were sent by nobody’s choice but a new one', async () => {
    const { headers } = await raw(`GET ${API}/ping`, ['X-Request-Id: a', 'X-Request-Id: b']);
    expect(headers['x-request-id']).toMatch(UUID);
  });
});

describe('a path', () => {
  it('has its double slashes merged, as in Harbor, but not its query', async () => {
    for (const path of [
      '//api/v2.0/projects/open',
      '/api//v2.0///projects//open',
      '/api/v2.0/projects//open?a=//b',
    ]) {
      const reply = await raw(`GET ${path}`);
      expect(reply.status, path).toBe(200);
      expect(JSON.parse(reply.body), path).toMatchObject({ name: 'open' });
    }
    const list = await raw('GET /api/v2.0//projects?page_size=1&name=//x');
    expect(list.status).toBe(200);
  });

  it('keeps them below /v2, where they are part of no name', async () => {
    const reply = await raw('GET /v2//open/manifests/latest');
    expect([400, 401, 404]).toContain(reply.status);
  });

  it.each([
    '/api/v2.0/projects/%',
    '/api/v2.0/projects/%zz',
    '/api/v2.0/%ff',
    '/api/v2.0/projects/%ed%a0%80',
  ])('with an encoding that is none is refused in the envelope: %s', async (path) => {
    const reply = await raw(`GET ${path}`);
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.body)).toMatchObject({ errors: [{ code: 'BAD_REQUEST' }] });
  });

  it.each(['%00', 'a%00b', '%2500', '%252500'])('with a NUL is refused: %s', async (part) => {
    for (const url of [`${API}/projects/${part}`, `${API}/projects/open/repositories/${part}`]) {
      const reply = await server.inject({ url, as: 'admin' });
      expect(reply.statusCode, url).toBe(400);
      expect(reply.json<{ errors: { message: string }[] }>().errors[0]?.message).toContain('NUL');
    }
  });

  it('that climbs, in any spelling, leads nowhere else', async () => {
    for (const path of [
      '/api/v2.0/projects/../users',
      '/api/v2.0/projects/%2e%2e/users',
      '/api/v2.0/./projects/open',
    ]) {
      const reply = await raw(`GET ${path}`);
      expect([401, 404], `${path} ${reply.body}`).toContain(reply.status);
      expect(reply.body).not.toContain('admin');
    }
  });

  it('that is long is refused in words', async () => {
    for (const length of [600, 5_000, 14_000]) {
      const reply = await raw(`GET ${API}/projects/${'x'.repeat(length)}`);
      expect([401, 404, 414, 431], String(length)).toContain(reply.status);
      expect(JSON.parse(reply.body)).toMatchObject({
        errors: [{ message: expect.stringMatching(/\S \S/) as string }],
      });
      expect(reply.body.length).toBeLessThan(1_000);
    }
    const tooLong = `${API}/projects/open/metadatas/${'x'.repeat(600)}`;
    expect((await server.inject({ method: 'DELETE', url: tooLong, as: 'admin' })).statusCode).toBe(414);
  });

  it('has a slash at its end only where the contract has one', async () => {
    for (const path of ['/projects/', '/users/', '/projects/open/', '/ping/'])
      expect((await server.inject({ url: `${API}${path}`, as: 'admin' })).statusCode, path).toBe(404);
  });
});

describe('a query', () => {
  it.each(['a;b', 'name=a%00', 'name=x;page=2', 'q=%', 'q=name%3D%zz', 'name=100%'])(
    'that Go cannot read is refused: %s',
    async (query) => {
      for (const as of [undefined, 'admin'] as const) {
        const reply = await server.inject({ url: `${API}/projects?${query}`, ...(as ? { as } : {}) });
        expect(reply.statusCode).toBe(400);
        expect(errorCode(reply)).toBe('BAD_REQUEST');
      }
    },
  );

  it('may have the same encoded', async () => {
    const reply = await server.inject({ url: `${API}/projects?name=a%3Bb%25`, as: 'admin' });
    expect([reply.statusCode, reply.body]).toEqual([200, '[]']);
  });

  it.each([
    '1.5',
    '1e2',
    '5e-324',
    '0x10',
    'true',
    ' 1',
    '1 ',
    '١',
    '--1',
    '9223372036854775808',
    'NaN',
    '1'.repeat(400),
  ])('has whole numbers only where it has numbers: %s', async (text) => {
    const number = encodeURIComponent(text);
    for (const url of [`${API}/projects?page_size=${number}`, `${API}/projects?page=${number}`]) {
      const reply = await server.inject({ url });
      expect([reply.statusCode, errorCode(reply)], url).toEqual([422, 'UNPROCESSABLE_ENTITY']);
    }
  });

  it('has flags in the words that Harbor takes, and no others', async () => {
    const statusOf = async (word: string): Promise<number> =>
      (await server.inject({ url: `${API}/projects?public=${word}` })).statusCode;
    for (const word of ['true', 'TRUE', '1', 't', 'false', 'False', '0', ''])
      expect(await statusOf(word), word).toBe(200);
    for (const word of ['2', 'maybe', 'null', '%00true'])
      expect([400, 422], word).toContain(await statusOf(word));
  });

  it('has the default where a number is empty', async () => {
    const reply = await server.inject({ url: `${API}/projects?page_size=&page=` });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['x-total-count']).toBe('2');
  });

  it('has keys that no object has by itself', async () => {
    for (const query of [
      '__proto__=1',
      'constructor=1',
      '__proto__[page_size]=1',
      'toString=x',
      'hasOwnProperty=x',
    ]) {
      const reply = await server.inject({ url: `${API}/projects?${query}` });
      expect([reply.statusCode, reply.headers['x-total-count']], query).toEqual([200, '2']);
    }
    expect(({} as { page_size?: unknown }).page_size).toBeUndefined();
  });
});

describe('a method', () => {
  const routes = () => server.app.guardedRoutes.filter(({ url }) => url.startsWith(`${prefix}/`));
  const fill = (url: string): string =>
    url.replaceAll(/:project_name(?:_or_id)?/g, 'open').replaceAll(/:[a-z_]+/g, '1');

  it('that a path does not take is refused with those that it takes', async () => {
    const paths = [...new Set(routes().map(({ url }) => url))];
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) {
      const allowed = routes()
        .filter(({ url }) => url === path)
        .map(({ method }) => method)
        .toSorted();
      for (const method of ['OPTIONS', 'PATCH'] as const) {
        if (allowed.includes(method)) continue;
        const reply = await server.inject({ method, url: fill(path), as: 'admin' });
        expect(reply.statusCode, `${method} ${path}`).toBe(405);
        expect(errorCode(reply)).toBe('METHOD_NOT_ALLOWED');
        const told = String(reply.headers.allow).split(', ');
        for (const each of allowed) expect(told, path).toContain(each);
      }
    }
  });

  it('HEAD is answered like GET, without the body', async () => {
    const paths = routes().filter(({ method, url }) => method === 'GET' && !url.endsWith('/projects'));
    for (const { url } of paths) {
      const path = fill(url);
      const [get, head] = [
        await server.inject({ url: path, as: 'admin' }),
        await server.inject({ method: 'HEAD', url: path, as: 'admin' }),
      ];
      expect(head.statusCode, path).toBe(get.statusCode);
      expect(head.body, path).toBe('');
      expect(head.headers['content-type'], path).toBe(get.headers['content-type']);
    }
  });

  it('on a path that is none is 404', async () => {
    for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE'] as const) {
      const reply = await server.inject({ method, url: `${API}/boats`, as: 'admin' });
      expect([reply.statusCode, errorCode(reply)], method).toEqual([404, 'NOT_FOUND']);
    }
  });
});

describe('a body', () => {
  const send = (type: string | undefined, payload: string) =>
    server.inject({
      method: 'POST',
      url: `${API}/projects`,
      as: 'admin',
      headers: type === undefined ? {} : { 'content-type': type },
      payload,
    });

  it.each([
    ['no JSON', 'application/json', '{"project_name":', 400, 'BAD_REQUEST'],
    ['two of them', 'application/json', '{}{}', 400, 'BAD_REQUEST'],
    ['none', 'application/json', '', 422, 'UNPROCESSABLE_ENTITY'],
    ['null', 'application/json', 'null', 422, 'UNPROCESSABLE_ENTITY'],
    ['a list', 'application/json', '[]', 422, 'UNPROCESSABLE_ENTITY'],
    ['a text', 'application/json', '"x"', 422, 'UNPROCESSABLE_ENTITY'],
    ['a wrong type in it', 'application/json', '{"project_name":7}', 422, 'UNPROCESSABLE_ENTITY'],
    ['a form', 'application/x-www-form-urlencoded', 'project_name=x', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a type that is none', ';;', '{}', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a prototype', 'application/json', '{"__proto__":{"a":1},"project_name":"x"}', 400, 'BAD_REQUEST'],
    ['a NUL', 'application/json', '{"project_name":"a\\u0000b"}', 400, 'BAD_REQUEST'],
    ['a NUL in a name', 'application/json', '{"metadata":{"a\\u0000":"b"}}', 400, 'BAD_REQUEST'],
    ['half a surrogate pair', 'application/json', '{"metadata":{"public":"\\ud83d"}}', 400, 'BAD_REQUEST'],
    [
      'more than a server reads',
      'application/json',
      JSON.stringify('x'.repeat(2 ** 21)),
      413,
      'REQUEST_ENTITY_TOO_LARGE',
    ],
    [
      'lists in lists',
      'application/json',
      '['.repeat(200_000) + ']'.repeat(200_000),
      422,
      'UNPROCESSABLE_ENTITY',
    ],
    [
      'objects in objects',
      'application/json',
      `${'{"metadata":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
      400,
      'BAD_REQUEST',
    ],
  ] as const)('with %s', async (...[, type, payload, status, code]) => {
    const reply = await send(type, payload);
    expect(reply.statusCode, reply.body.slice(0, 300)).toBe(status);
    expect(errorCode(reply)).toBe(code);
  });

  it('may be missing where none is needed, whatever its type is said to be', async () => {
    await addProject(server, 'short-lived');
    for (const [url, payload] of [
      [`${API}/projects/none`, ''],
      [`${API}/projects/none`, 'null'],
      [`${API}/projects/short-lived`, ''],
    ] as const) {
      const reply = await server.inject({
        method: 'DELETE',
        url,
        as: 'admin',
        headers: { 'content-type': 'application/json' },
        payload,
      });
      expect([200, 404], reply.body).toContain(reply.statusCode);
    }
  });

  it('on a GET is not looked at', async () => {
    const reply = await raw(`GET ${API}/projects/open`, [
      'Content-Type: application/json',
      'Content-Length: 4',
      '',
      'null',
    ]);
    expect(reply.status).toBe(200);
  });
});

describe('an upload to the registry', () => {
  it('is a stream that nothing looks into on its way', async () => {
    const pair = Buffer.from(`${server.admin.username}:${server.admin.password}`).toString('base64');
    const bytes = Buffer.alloc(300_000, 'x');
    const head = [
      `POST /v2/open/app/blobs/uploads/?digest=sha256:${createHash('sha256').update(bytes).digest('hex')} HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: Basic ${pair}`,
      'Content-Type: application/octet-stream',
      `Content-Length: ${bytes.length}`,
      'Connection: close',
    ];
    const { replies } = await exchange(
      host,
      Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), bytes]),
    );
    expect(replies[0]?.status).toBe(201);
  });
});
