import { get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { client, content, type OciClient } from '#test/support/oci.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';

let server: TestServer;
let oci: OciClient;
let port: number;
const small = content('0123456789');
/** Each byte tells where it stands; larger than what a socket takes at once. */
const large = content(
  Buffer.from(Uint32Array.from({ length: 2 * 1024 * 1024 }, (_, at) => at * 2_654_435_761).buffer),
);
const url = (item: typeof small): string => `/v2/library/ranges/blobs/${item.digest}`;

beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  for (const item of [small, large]) {
    const reply = await oci.pushBlob('library/ranges', item);
    expect(reply.statusCode, reply.body).toBe(201);
  }
  await server.app.listen({ port: 0, host: '127.0.0.1' });
  port = Number(new URL(server.app.listeningOrigin).port);
});
afterAll(() => server.close());

/** Sends over a socket, where lengths count. */
async function ask(item: typeof small, range: string): Promise<IncomingMessage> {
  const basic = Buffer.from(`${server.admin.username}:${server.admin.password}`).toString('base64');
  const headers = { authorization: `Basic ${basic}`, range };
  const request = get({ host: '127.0.0.1', port, path: url(item), headers });
  const [reply] = (await once(request, 'response')) as [IncomingMessage];
  return reply;
}

interface Part {
  readonly head: string;
  readonly bytes: Buffer;
}

/** Splits a body as a client does: at its boundary, each part's head from its bytes. */
function split(body: Buffer, contentType: string): Part[] {
  const boundary = /^multipart\/byteranges; boundary=([0-9a-f]{1,70})$/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error(`no boundary in ${contentType}`);
  const line = Buffer.from(`--${boundary}`);
  const parts: Part[] = [];
  let at = body.indexOf(line);
  expect(at).toBe(0);
  for (;;) {
    const begin = at + line.length;
    if (body.subarray(begin, begin + 5).toString() === '--\r\n') return parts;
    expect(body.subarray(begin, begin + 2).toString()).toBe('\r\n');
    at = body.indexOf(`\r\n--${boundary}`, begin) + 2;
    const text = body.subarray(begin + 2, at - 2);
    const blank = text.indexOf('\r\n\r\n');
    parts.push({ head: text.subarray(0, blank).toString(), bytes: text.subarray(blank + 4) });
  }
}

describe('a blob asked for in several ranges', () => {
  it('comes as one part for each, in the order asked, none merged', async () => {
    const reply = await oci.get(url(small), { range: 'bytes=8-, 0-1,1-2,-3,0-1' });
    expect(reply.statusCode).toBe(206);
    expect(reply.headers).not.toHaveProperty('content-range');
    expect(reply.headers).toMatchObject({
      'docker-content-digest': small.digest,
      etag: `"${small.digest}"`,
      'accept-ranges': 'bytes',
      'content-length': String(reply.rawPayload.byteLength),
    });
    const type = 'Content-Type: application/octet-stream\r\nContent-Range: bytes';
    expect(split(reply.rawPayload, String(reply.headers['content-type']))).toEqual(
      [
        ['8-9', '89'],
        ['0-1', '01'],
        ['1-2', '12'],
        ['7-9', '789'],
        ['0-1', '01'],
      ].map(([range, text]) => ({ head: `${type} ${range}/10`, bytes: Buffer.from(text ?? '') })),
    );
  });

  it('has the same headers at HEAD', async () => {
    const range = 'bytes=0-1,4-5';
    const [got, head] = [
      await oci.get(url(small), { range }),
      await oci.send({ method: 'HEAD', url: url(small), headers: { range } }),
    ];
    expect(head.statusCode).toBe(206);
    expect(head.rawPayload.byteLength).toBe(0);
    for (const name of ['content-type', 'content-length', 'docker-content-digest', 'etag'])
      expect(head.headers[name], name).toBe(got.headers[name]);
  });

  it('leaves out what is past its end, and is 416 where nothing is left', async () => {
    const one = await oci.get(url(small), { range: 'bytes=10-,2-3,50-60' });
    expect(one.statusCode).toBe(206);
    expect(one.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-range': 'bytes 2-3/10',
      'content-length': '2',
    });
    expect(one.body).toBe('23');
    const none = await oci.get(url(small), { range: 'bytes=10-,50-60,-0' });
    expect(none.statusCode).toBe(416);
    expect(none.headers['content-range']).toBe('bytes */10');
  });

  it('is the whole where If-Range names another content, or the ranges are no ranges', async () => {
    const range = 'bytes=0-1,4-5';
    const whole = await oci.get(url(small), { range, 'if-range': '"sha256:other"' });
    expect([whole.statusCode, whole.body]).toEqual([200, '0123456789']);
    const parts = await oci.get(url(small), { range, 'if-range': `"${small.digest}"` });
    expect(parts.statusCode).toBe(206);
    expect((await oci.get(url(small), { range: 'bytes=0-1,what' })).statusCode).toBe(200);
    const same = await oci.get(url(small), { range, 'if-none-match': `"${small.digest}"` });
    expect(same.statusCode).toBe(304);
  });

  it('is the whole where the ranges ask for much more than it', async () => {
    const reply = await ask(large, 'bytes=0-,0-,0-');
    expect(reply.statusCode).toBe(200);
    expect((await buffer(reply)).equals(large.bytes)).toBe(true);
  });

  it('comes whole over a socket, a thousand ranges as well as large ones', async () => {
    const size = large.bytes.byteLength;
    // As containers/image asks for the chunks of a layer that it lacks.
    const chunks = Array.from({ length: 1_024 }, (_, i) => [i * 8_000, i * 8_000 + 1_500] as const);
    const halves = [
      [size / 2, size - 1],
      [0, size / 2 - 1],
    ] as const;
    for (const wanted of [chunks, halves]) {
      const reply = await ask(large, `bytes=${wanted.map((range) => range.join('-')).join()}`);
      expect(reply.statusCode).toBe(206);
      const body = await buffer(reply);
      expect(reply.headers['content-length']).toBe(String(body.byteLength));
      const parts = split(body, String(reply.headers['content-type']));
      expect(parts).toHaveLength(wanted.length);
      const wrong = wanted.filter(([start, end], i) => {
        const part = parts[i];
        return (
          !part?.head.endsWith(`bytes ${start}-${end}/${size}`) ||
          !part.bytes.equals(large.bytes.subarray(start, end + 1))
        );
      });
      expect(wrong).toEqual([]);
    }
  });

  it('lets go of the file where the client goes away', async () => {
    const open = () => readdirSync('/dev/fd').length;
    const before = open();
    for (let i = 0; i < 20; i++) {
      const reply = await ask(large, 'bytes=0-4000000,4000001-8000000');
      await once(reply, 'readable');
      reply.destroy();
    }
    await expect.poll(open).toBeLessThanOrEqual(before + 5);
  });
});
