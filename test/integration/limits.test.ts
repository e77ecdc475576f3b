import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asAdmin } from '#test/support/berth-setup.ts';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { eventually } from '#test/support/process.ts';
import { exchange, type RawExchange, type RawOptions } from '#test/support/raw-http.ts';
import { ask, digestOf, pushBlob } from '#test/support/registry-client.ts';

const MEBIBYTE = 1024 * 1024;
let berth: Berth;

const credentials = (of: Berth): string =>
  `Authorization: Basic ${Buffer.from(`admin:${of.adminPassword}`).toString('base64')}`;
/** The head of a request with the administrator's credentials. */
const head = (first: string, ...lines: readonly string[]): string =>
  [`${first} HTTP/1.1`, 'Host: registry.example', credentials(berth), ...lines, '', ''].join('\r\n');
const send = (bytes: string | Buffer, options?: RawOptions): Promise<RawExchange> =>
  exchange(berth.host, bytes, options);

/** Resident memory of the server in bytes. */
async function memory(of: Berth): Promise<number> {
  const status = await readFile(`/proc/${of.server.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function expectAlive(of: Berth = berth): Promise<void> {
  expect((await ask({ origin: of.origin }, '/api/v2.0/ping')).status).toBe(200);
  await pushBlob(asAdmin(of), 'library/alive', Buffer.from(`still here at ${Date.now()}`));
}

/** A refusal in the distribution spec's envelope, with nothing of the server's inside in it. */
function expectEnvelope(body: string, code: string | RegExp = /./): void {
  const { errors } = JSON.parse(body) as { errors: { code: string; message: string }[] };
  expect(errors[0]?.code).toMatch(code);
  expect(errors[0]?.message).not.toBe('');
  expect(body).not.toMatch(/\.ts\b|node:|at \w+ \(|\/server\/|Error:/);
}

async function startUpload(repository = 'library/app'): Promise<string> {
  const reply = await ask(asAdmin(berth), `/v2/${repository}/blobs/uploads/`, { method: 'POST' });
  expect(reply.status).toBe(202);
  return reply.headers.get('location') ?? '';
}

const received = async (session: string): Promise<string | null> =>
  (await ask(asAdmin(berth), session)).headers.get('range');

beforeAll(async () => {
  berth = await startBerth({ args: ['--header-timeout', '2', '--idle-timeout', '3'] });
});
afterAll(() => berth.dispose());

describe('a client that is slow or gone', () => {
  it('gets 408 when the head of its request does not come in time', async () => {
    let timer: NodeJS.Timeout | undefined;
    const slow = await send('GET /v2/ HTTP/1.1\r\nHost: x\r\n', {
      more: (socket) => (timer = setInterval(() => socket.write('X-More: 1\r\n'), 200)),
    });
    clearInterval(timer);
    expect(slow.closed).toBe(true);
    expect(slow.replies[0]?.status).toBe(408);
    expectEnvelope(slow.replies[0]?.body ?? '');
    expect(slow.milliseconds).toBeLessThan(8_000);
  });

  it('loses a connection on which it says nothing', async () => {
    const silent = await send('');
    expect(silent.closed).toBe(true);
    expect(silent.milliseconds).toBeLessThan(8_000);
  });

  it('is let go in the middle of a body, keeps what was received, and goes on from there', async () => {
    const session = await startUpload();
    const bytes = Buffer.from('0123456789');
    const half = await send(`${head(`PATCH ${session}`, 'Content-Length: 10')}0123`);
    expect(half.closed).toBe(true);
    expect(half.milliseconds).toBeGreaterThan(2_000);
    expect(half.milliseconds).toBeLessThan(8_000);
    await eventually('the bytes that came', async () => (await received(session)) === '0-3');
    const done = await ask(asAdmin(berth), `${session}?digest=${digestOf(bytes)}`, {
      method: 'PUT',
      body: bytes.subarray(4),
      headers: { 'content-range': '4-9' },
    });
    expect(done.status).toBe(201);
  });

  it('that cuts its body short keeps what was received', async () => {
    const session = await startUpload();
    await send(`${head(`PATCH ${session}`, 'Content-Length: 1000')}${'x'.repeat(400)}`, {
      more: (socket) => void socket.end(),
    });
    await eventually('the bytes that came', async () => (await received(session)) === '0-399');
  });

  it('costs the others nothing, even a thousand of them', async () => {
    const before = await memory(berth);
    const sockets = Array.from({ length: 1_000 }, () => {
      const socket = connect(Number(new URL(berth.origin).port), '127.0.0.1');
      socket.on('error', () => {}).resume();
      socket.write('GET /v2/ HTTP/1.1\r\nHost: x\r\n');
      return socket;
    });
    await expectAlive();
    expect((await memory(berth)) - before).toBeLessThan(100 * MEBIBYTE);
    await eventually('all of them closed', () => Promise.resolve(sockets.every((socket) => socket.closed)));
    await expectAlive();
  });
});

describe('a request that is not sound', () => {
  const start = 'POST /v2/library/app/blobs/uploads/';
  const many = Array.from({ length: 300 }, (_, index) => `X-${index}: 1`);

  it.each<[what: string, text: () => string, status: number]>([
    ['both lengths', () => `${head(start, 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`, 400],
    ['two lengths', () => head(start, 'Content-Length: 0', 'Content-Length: 5'), 400],
    ['the same length twice', () => head(start, 'Content-Length: 0', 'Content-Length: 0'), 400],
    ['a list of lengths', () => head(start, 'Content-Length: 0, 0'), 400],
    ['a length with a sign', () => head(start, 'Content-Length: +3'), 400],
    ['a coding that is not ours', () => `${head(start, 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n`, 400],
    ['a coding twice', () => head(start, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), 400],
    ['a coding after chunked', () => head(start, 'Transfer-Encoding: chunked, identity'), 400],
    ['a chunk of no size', () => `${head(start, 'Transfer-Encoding: chunked')}zz\r\n\r\n`, 400],
    ['a folded line', () => head('GET /v2/', 'X-A: b\r\n  more'), 400],
    ['a space before the colon', () => head(start, 'Content-Length : 3'), 400],
    ['a NUL in a value', () => head('GET /v2/', 'X-A: b\0c'), 400],
    ['bare line feeds', () => head('GET /v2/').replaceAll('\r', ''), 400],
    ['two hosts', () => head('GET /v2/', 'Host: other.example'), 400],
    ['no host', () => 'GET /v2/ HTTP/1.1\r\n\r\n', 400],
    ['a method nobody knows', () => head('BREW /v2/'), 400],
    ['another protocol', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['something else altogether', () => '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n', 400],
    ['too many header lines', () => head('GET /v2/', ...many), 431],
    [
      'far too many header lines',
      () => head('GET /v2/', ...Array.from({ length: 100 }, () => many).flat()),
      431,
    ],
    ['a header line that is too long', () => head('GET /v2/', `X-A: ${'a'.repeat(70_000)}`), 431],
    ['an endless header line', () => `GET /v2/ HTTP/1.1\r\nX-A: ${'a'.repeat(20 * MEBIBYTE)}`, 431],
    ['a path that is too long', () => head(`GET /v2/${'a'.repeat(70_000)}`), 431],
  ])('is answered once and cut off: %s', async (_what, text, status) => {
    const { replies, closed } = await send(text());
    expect(replies.map((reply) => reply.status)).toEqual([status]);
    expect(replies[0]?.headers['connection']).toBe('close');
    expectEnvelope(replies[0]?.body ?? '', /^UNSUPPORTED$/);
    expect(closed).toBe(true);
    await expectAlive();
  });

  it('does not reach the registry when it hides behind another one', async () => {
    const hidden = 'DELETE /v2/library/alive/manifests/1 HTTP/1.1\r\nHost: x\r\n\r\n';
    const smuggled = await send(
      `${head(start, `Content-Length: ${hidden.length}`, 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`,
    );
    expect(smuggled.replies).toHaveLength(1);
    const longer = await send(`${head(start, 'Content-Length: 0')}rest`);
    // The sound request gets its own answer; what follows it gets none, or the refusal.
    expect(longer.replies[0]?.status).toBe(202);
    expect(longer.replies[1]?.status ?? 400).toBe(400);
    expect(longer.closed).toBe(true);
  });

  it('is understood in absolute form, as proxies write it', async () => {
    const { replies } = await send(
      head('GET http://registry.example/v2/library/none/tags/list', 'Connection: close'),
    );
    expect(replies[0]?.status).toBe(404);
    expectEnvelope(replies[0]?.body ?? '', 'NAME_UNKNOWN');
  });
});

describe('a manifest', () => {
  const put = (body: Buffer | ReadableStream, type = 'application/vnd.oci.image.manifest.v1+json') =>
    ask(asAdmin(berth), '/v2/library/app/manifests/big', {
      method: 'PUT',
      body: body instanceof Buffer ? new Uint8Array(body) : body,
      headers: { 'content-type': type },
      duplex: 'half',
    } as RequestInit);

  it('of more than 8 MiB is refused, whether its length is told or not', async () => {
    const big = Buffer.alloc(9 * MEBIBYTE, ' ');
    const told = await put(big);
    expect(told.status).toBe(413);
    expectEnvelope(await told.text(), 'SIZE_INVALID');
    const chunked = await put(new Blob([big]).stream());
    expect(chunked.status).toBe(413);
    expectEnvelope(await chunked.text(), 'SIZE_INVALID');
  });

  it('of a terabyte is refused before it is read', async () => {
    const { replies, milliseconds } = await send(
      head('PUT /v2/library/app/manifests/big', `Content-Length: ${2 ** 40}`),
      { waitMs: 2_000 },
    );
    expect(replies[0]?.status).toBe(413);
    expect(milliseconds).toBeLessThan(3_000);
  });

  it.each<[what: string, body: () => string]>([
    ['deep lists', () => '['.repeat(2_000_000)],
    ['deep objects', () => `${'{"a":'.repeat(500_000)}1${'}'.repeat(500_000)}`],
    [
      'deep annotations',
      () => `{"schemaVersion":2,"annotations":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
    ['a huge list', () => `[${'1,'.repeat(2_000_000)}1]`],
    ['many names', () => `{${Array.from({ length: 300_000 }, (_, index) => `"${index}":1`).join(',')}}`],
    ['one long text', () => JSON.stringify({ schemaVersion: 2, mediaType: 'a'.repeat(7 * MEBIBYTE) })],
    ['a number that is none', () => '{"schemaVersion":1e999999}'],
    ['prototypes', () => '{"schemaVersion":2,"__proto__":{"config":{}},"constructor":{"prototype":{}}}'],
    ['broken text', () => '{"schemaVersion":2,"mediaType":"\uD800\\uD800'],
    ['nothing', () => ''],
  ])('of %s is refused as one, and costs little', async (_what, body) => {
    const before = await memory(berth);
    const refused = await put(Buffer.from(body()));
    expect(refused.status).toBe(400);
    expectEnvelope(await refused.text(), 'MANIFEST_INVALID');
    expect((await memory(berth)) - before).toBeLessThan(300 * MEBIBYTE);
    await expectAlive();
  });
});

describe('names and paths', () => {
  const names = [
    'library%2f..%2f..%2fetc',
    '..',
    '../..',
    '%2e%2e/%2e%2e/etc',
    '....//....//etc',
    'library/..%5c..%5cetc',
    'library/a%00b',
    'library/%0d%0aX-Injected:1',
    'library/%zz',
    'library/%ff%fe',
    'library/%c3%bc',
    'library/üñí',
    'Library/App',
    'library/a//b',
    'library//',
    '/library/app',
    'library/app;x=1',
    'library/app%20',
    'library/-app',
    `library/${'a'.repeat(300)}`,
    `library/${'a/'.repeat(5_000)}b`,
    `${'%25'.repeat(5_000)}`,
    'library/__proto__',
    '*',
    '$(id)',
    "library/' OR 1=1 --",
  ];
  const tails = [
    'manifests/latest',
    'manifests/..%2f..%2f..%2fetc%2fpasswd',
    'manifests/%00',
    `manifests/${'a'.repeat(5_000)}`,
    `manifests/sha256:${'../'.repeat(21)}a`,
    'blobs/sha256:..%2f..%2f..%2fetc%2fpasswd',
    `blobs/sha256:${'A'.repeat(64)}`,
    `blobs/sha512:${'a'.repeat(64)}`,
    `blobs/md5:${'a'.repeat(32)}`,
    'blobs/uploads/..%2f..%2f..%2fberth.db',
    'blobs/uploads/%2e%2e%2fberth.db?digest=sha256:x',
    'tags/list?n=-1&last=%00',
    `referrers/sha256:${'g'.repeat(64)}`,
  ];

  async function filesBelow(folder: string): Promise<readonly string[]> {
    const entries = await readdir(folder, { recursive: true });
    return entries.filter((name) => !/^(?:berth\.db|uploads|blobs)/.test(name)).toSorted();
  }

  it('that are hostile are refused with a code, and touch nothing', async () => {
    const before = [await filesBelow(berth.data), await readdir(join(berth.data, 'uploads'))];
    const paths = [
      ...names.flatMap((name) =>
        ['manifests/latest', 'blobs/uploads/x', 'tags/list'].map((tail) => `${name}/${tail}`),
      ),
      ...tails.map((tail) => `library/app/${tail}`),
    ];
    for (const path of paths) {
      for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']) {
        const { replies } = await send(
          Buffer.from(
            head(`${method} /v2/${path.replaceAll(' ', '%20')}`, 'Content-Length: 0', 'Connection: close'),
          ),
        );
        const reply = replies[0];
        expect(reply?.status, `${method} ${path.slice(0, 80)}`).toBeGreaterThanOrEqual(400);
        expect(reply?.status, `${method} ${path.slice(0, 80)}`).toBeLessThan(500);
        expect(reply?.headers['x-injected']).toBeUndefined();
        if (method !== 'HEAD') expectEnvelope(reply?.body ?? '');
      }
    }
    expect([await filesBelow(berth.data), await readdir(join(berth.data, 'uploads'))]).toEqual(before);
    expect(berth.server.output()).not.toMatch(/"level":50/);
    await expectAlive();
  });
});
