import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { client, content, image, type OciClient } from '#test/support/oci.ts';

let server: TestServer;
let oci: OciClient;
beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
});
afterAll(() => server.close());

const repo = 'library/app';
const octets = { 'content-type': 'application/octet-stream' };

describe.each(['sha256', 'sha512'] as const)('blobs, %s', (algorithm) => {
  const made = (text: string) => content(`${text} ${algorithm}`, algorithm);
  const patch = (url: string, payload: string | Buffer, headers: Record<string, string> = {}) =>
    oci.send({ method: 'PATCH', url, payload, headers });
  const finish = (url: string, digest: string, payload?: Buffer) =>
    oci.send({
      method: 'PUT',
      url: `${url}?digest=${digest}`,
      ...(payload ? { payload, headers: octets } : {}),
    });

  async function expectStored(blob: ReturnType<typeof made>): Promise<void> {
    const url = `/v2/${repo}/blobs/${blob.digest}`;
    const head = await oci.head(url);
    expect(head.statusCode).toBe(200);
    expect(head.headers).toMatchObject({
      'content-length': String(blob.bytes.length),
      'docker-content-digest': blob.digest,
      etag: `"${blob.digest}"`,
      'accept-ranges': 'bytes',
    });
    const get = await oci.get(url);
    expect(get.rawPayload.equals(blob.bytes)).toBe(true);
    expect(get.headers['content-type']).toBe('application/octet-stream');
  }

  it('takes a blob at once, in one PUT, streamed and in chunks', async () => {
    const single = made('single');
    const reply = await oci.pushBlob(repo, single);
    expect(reply.statusCode).toBe(201);
    expect(reply.headers).toMatchObject({
      location: `/v2/${repo}/blobs/${single.digest}`,
      'docker-content-digest': single.digest,
    });
    await expectStored(single);

    const put = made('put');
    expect((await finish(await oci.startUpload(repo), put.digest, put.bytes)).statusCode).toBe(201);
    await expectStored(put);

    const streamed = made('streamed');
    const session = await oci.startUpload(repo);
    // dockerd sends no Content-Type and no Content-Range.
    const patched = await patch(session, streamed.bytes);
    expect(patched.statusCode).toBe(202);
    expect(patched.headers['range']).toBe(`0-${streamed.bytes.length - 1}`);
    expect((await finish(String(patched.headers['location']), streamed.digest)).statusCode).toBe(201);
    await expectStored(streamed);

    const chunked = made('chunked'.repeat(100));
    let at = await oci.startUpload(repo);
    for (let start = 0; start < 700; start += 350) {
      const chunk = await patch(at, chunked.bytes.subarray(start, start + 350), {
        'content-range': `${start}-${start + 349}`,
      });
      expect(chunk.statusCode).toBe(202);
      at = String(chunk.headers['location']);
    }
    const rest = chunked.bytes.subarray(700);
    const done = await oci.send({
      method: 'PUT',
      url: `${at}?digest=${chunked.digest}`,
      payload: rest,
      headers: { 'content-range': `700-${chunked.bytes.length - 1}` },
    });
    expect(done.statusCode).toBe(201);
    await expectStored(chunked);
  });

  it('refuses a chunk out of order with 416, where it is and how far, and goes on', async () => {
    const blob = made('out of order');
    const session = await oci.startUpload(repo);
    const early = await patch(session, 'x', { 'content-range': '5-5' });
    expect(early.statusCode).toBe(416);
    expect(early.headers).toMatchObject({ location: session, range: '0-0' });
    await patch(session, blob.bytes, { 'content-range': `0-${blob.bytes.length - 1}` });
    const again = await patch(session, 'x', { 'content-range': '0-0' });
    expect(again.statusCode).toBe(416);
    expect(again.headers['range']).toBe(`0-${blob.bytes.length - 1}`);
    const status = await oci.get(session);
    expect(status.statusCode).toBe(204);
    expect(status.headers['range']).toBe(`0-${blob.bytes.length - 1}`);
    const wrongEnd = await oci.send({
      method: 'PUT',
      url: `${session}?digest=${blob.digest}`,
      payload: 'x',
      headers: { 'content-range': '3-3' },
    });
    expect(wrongEnd.statusCode).toBe(416);
    expect((await finish(session, blob.digest)).statusCode).toBe(201);
  });

  it('refuses a wrong digest in each way of pushing, and keeps nothing', async () => {
    const wrong = made('not this').digest;
    const direct = await oci.send({
      method: 'POST',
      url: `/v2/${repo}/blobs/uploads/?digest=${wrong}`,
      payload: 'other',
      headers: octets,
    });
    expect(direct.statusCode).toBe(400);
    expect(direct.json()).toMatchObject({ errors: [{ code: 'DIGEST_INVALID' }] });
    const session = await oci.startUpload(repo);
    await patch(session, 'other');
    expect((await finish(session, wrong)).statusCode).toBe(400);
    expect((await oci.get(session)).statusCode).toBe(404);
    expect((await oci.head(`/v2/${repo}/blobs/${wrong}`)).statusCode).toBe(404);
  });

  it('deletes at once, and again not', async () => {
    const blob = made('deleted');
    await oci.pushBlob(repo, blob);
    const url = `/v2/${repo}/blobs/${blob.digest}`;
    expect((await oci.delete(url)).statusCode).toBe(202);
    expect((await oci.head(url)).statusCode).toBe(404);
    expect((await oci.delete(url)).statusCode).toBe(404);
  });
});

describe('uploads', () => {
  it('ends a cancelled one', async () => {
    const session = await oci.startUpload(repo);
    expect((await oci.delete(session)).statusCode).toBe(204);
    expect((await oci.get(session)).json()).toMatchObject({ errors: [{ code: 'BLOB_UPLOAD_UNKNOWN' }] });
  });

  it('keeps one whose PUT names no digest, or a bad one', async () => {
    const session = await oci.startUpload(repo);
    expect((await oci.send({ method: 'PUT', url: session })).statusCode).toBe(400);
    expect((await oci.send({ method: 'PUT', url: `${session}?digest=sha256:short` })).statusCode).toBe(400);
    expect((await oci.get(session)).statusCode).toBe(204);
  });

  it('belongs to the repository that it was begun in', async () => {
    const session = await oci.startUpload(repo);
    expect((await oci.get(session.replace(repo, 'library/other'))).statusCode).toBe(404);
  });

  it('is a session when a digest is named but no byte is sent', async () => {
    const blob = content('later');
    const reply = await oci.send({ method: 'POST', url: `/v2/${repo}/blobs/uploads/?digest=${blob.digest}` });
    expect(reply.statusCode).toBe(202);
  });

  it('takes a blob of no bytes', async () => {
    const empty = content('');
    expect((await oci.pushBlob(repo, empty)).statusCode).toBe(201);
    const head = await oci.head(`/v2/${repo}/blobs/${empty.digest}`);
    expect(head.headers['content-length']).toBe('0');
  });

  it('refuses a length that is not the range', async () => {
    const session = await oci.startUpload(repo);
    const reply = await oci.send({
      method: 'PATCH',
      url: session,
      payload: 'abc',
      headers: { 'content-range': '0-9' },
    });
    expect(reply.json()).toMatchObject({ errors: [{ code: 'SIZE_INVALID' }] });
  });

  it('refuses an algorithm that does not exist', async () => {
    const reply = await oci.send({ method: 'POST', url: `/v2/${repo}/blobs/uploads/?digest-algorithm=md5` });
    expect(reply.json()).toMatchObject({ errors: [{ code: 'DIGEST_INVALID' }] });
  });

  it('drops what nobody went on with', async () => {
    const session = await oci.startUpload(repo);
    const dropped = await server.context.blobs.dropUploads(
      { idleBeforeMs: server.context.clock.now() + 1000 },
      AbortSignal.timeout(10_000),
    );
    expect(dropped).toBeGreaterThan(0);
    expect((await oci.get(session)).statusCode).toBe(404);
  });
});

describe('ranges', () => {
  const blob = content(Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 256)));
  const url = `/v2/${repo}/blobs/${blob.digest}`;
  beforeAll(() => oci.pushBlob(repo, blob));

  it.each([
    ['bytes=0-99', 206, 'bytes 0-99/1000', [0, 100]],
    ['bytes=990-', 206, 'bytes 990-999/1000', [990, 1000]],
    ['bytes=-5', 206, 'bytes 995-999/1000', [995, 1000]],
    ['bytes=0-5000', 206, 'bytes 0-999/1000', [0, 1000]],
  ] as const)('%s', async (range, status, header, [start, end]) => {
    const reply = await oci.get(url, { range });
    expect(reply.statusCode).toBe(status);
    expect(reply.headers['content-range']).toBe(header);
    expect(reply.rawPayload.equals(blob.bytes.subarray(start, end))).toBe(true);
    expect(reply.headers['content-length']).toBe(String(end - start));
  });

  it.each(['bytes=1000-', 'bytes=500-0'])('%s cannot be satisfied', async (range) => {
    const reply = await oci.get(url, { range });
    expect(reply.statusCode).toBe(416);
    expect(reply.headers['content-range']).toBe('bytes */1000');
  });

  it('gives the whole when the client has another version, and nothing when it has this one', async () => {
    expect((await oci.get(url, { range: 'bytes=0-1', 'if-range': '"other"' })).statusCode).toBe(200);
    expect((await oci.get(url, { 'if-none-match': `"${blob.digest}"` })).statusCode).toBe(304);
    expect((await oci.get(url, { 'if-none-match': blob.digest })).statusCode).toBe(304);
  });
});

describe('mounting', () => {
  it('links a blob from a repository that the caller may pull, named or not', async () => {
    const blob = content('mounted');
    await oci.pushBlob('library/source', blob);
    const named = await oci.send({
      method: 'POST',
      url: `/v2/library/target/blobs/uploads/?mount=${blob.digest}&from=library/source`,
    });
    expect(named.statusCode).toBe(201);
    expect(named.headers['location']).toBe(`/v2/library/target/blobs/${blob.digest}`);
    expect((await oci.head(`/v2/library/target/blobs/${blob.digest}`)).statusCode).toBe(200);
    const anywhere = await oci.send({
      method: 'POST',
      url: `/v2/library/third/blobs/uploads/?mount=${blob.digest}`,
    });
    expect(anywhere.statusCode).toBe(201);
    // Deleting it there leaves it here.
    await oci.delete(`/v2/library/source/blobs/${blob.digest}`);
    expect((await oci.head(`/v2/library/target/blobs/${blob.digest}`)).statusCode).toBe(200);
  });

  it('is an ordinary upload when the blob or its source is not there', async () => {
    const blob = content('never pushed');
    for (const query of [
      `mount=${blob.digest}&from=library/source`,
      `mount=${blob.digest}`,
      `mount=${blob.digest}&from=none/none`,
      'mount=nonsense',
      `mount=${blob.digest}&from=UPPER`,
    ]) {
      const reply = await oci.send({ method: 'POST', url: `/v2/library/target/blobs/uploads/?${query}` });
      expect(reply.statusCode).toBe(202);
    }
  });
});

describe('a blob that an artifact needs', () => {
  it('is not deleted', async () => {
    const pushed = image('needed');
    await oci.pushImage(repo, 'needed', pushed);
    const reply = await oci.delete(`/v2/${repo}/blobs/${pushed.config.digest}`);
    expect(reply.statusCode).toBe(405);
    expect(reply.json()).toMatchObject({ errors: [{ code: 'UNSUPPORTED' }] });
  });
});
