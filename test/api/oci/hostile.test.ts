import { request as send, type Agent as HttpAgent } from 'node:http';
import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '#server/lib/digest.ts';
import { DOCKER_MANIFEST, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { client, content, descriptor, image, index, LAYER, type OciClient } from '#test/support/oci.ts';

let server: TestServer;
let oci: OciClient;
let origin: string;
beforeAll(async () => {
  server = await makeServer();
  oci = client(server);
  origin = await server.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => server.close());

const authorization = (): string =>
  `Basic ${Buffer.from(`${server.admin.username}:${server.admin.password}`).toString('base64')}`;

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A request over a real connection of the agent's, with the body sent in chunks. */
function ask(agent: HttpAgent, method: string, path: string, chunks: Iterable<Buffer> = []): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send(
      new URL(path, origin),
      { agent, method, headers: { authorization: authorization() } },
      (reply) => {
        let body = '';
        reply.setEncoding('utf8').on('data', (text: string) => (body += text));
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body }));
      },
    );
    request.on('error', reject);
    for (const chunk of chunks) request.write(chunk);
    request.end();
  });
}

describe('a body that is refused half read', () => {
  it('leaves the connection fit for the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const mebibyte = Buffer.alloc(1024 * 1024, 0x20);
    const refused = await ask(
      agent,
      'PUT',
      '/v2/library/app/manifests/huge',
      Array.from({ length: 12 }, () => mebibyte),
    );
    expect(refused.status).toBe(413);
    expect(await ask(agent, 'GET', '/v2/')).toMatchObject({ status: 200, body: '{}' });
    agent.destroy();
  });
});

describe('a path with broken percent-encoding', () => {
  it('is refused in the words of its side', async () => {
    const registry = await server.app.inject({ url: '/v2/%zz/manifests/x' });
    expect(registry.statusCode).toBe(400);
    expect(registry.json()).toMatchObject({ errors: [{ code: 'UNSUPPORTED' }] });
    expect(registry.headers['docker-distribution-api-version']).toBe('registry/2.0');
    expect((await server.app.inject({ url: '/api/%zz' })).json()).toMatchObject({
      errors: [{ code: 'BAD_REQUEST' }],
    });
  });
});

describe('a manifest pushed again as another type', () => {
  it('is refused, since it can be answered under one alone', async () => {
    const pushed = image('two types');
    await oci.pushImage('library/types', 'own', pushed);
    const bare = content(
      JSON.stringify({
        schemaVersion: 2,
        config: descriptor(OCI_CONFIG, pushed.config),
        layers: [descriptor(LAYER, pushed.layers[0] ?? pushed.config)],
      }),
    );
    expect((await oci.putManifest('library/types', 't1', bare, OCI_MANIFEST)).statusCode).toBe(201);
    const again = await oci.putManifest('library/types', 't2', bare, DOCKER_MANIFEST);
    expect(again.json()).toMatchObject({
      errors: [{ code: 'MANIFEST_INVALID', message: expect.stringContaining(OCI_MANIFEST) }],
    });
  });
});

describe('the blob of no bytes', () => {
  it.each(['sha256', 'sha512'] as const)('is taken at once, by %s', async (algorithm) => {
    const empty = { bytes: Buffer.alloc(0), digest: digestOf(Buffer.alloc(0), algorithm) };
    expect((await oci.pushBlob('library/empty', empty)).statusCode).toBe(201);
    expect((await oci.head(`/v2/library/empty/blobs/${empty.digest}`)).statusCode).toBe(200);
  });
});

describe('an upload', () => {
  it('that is begun after its repository was deleted is left alone', async () => {
    await oci.pushImage('library/again', 'v1', image('again'));
    const before = await oci.startUpload('library/again');
    await server.inject({
      as: 'admin',
      method: 'DELETE',
      url: '/api/v2.0/projects/library/repositories/again',
    });
    // The same millisecond counts as before: then the client simply begins anew.
    const deletedAt = server.context.clock.now();
    await expect.poll(() => server.context.clock.now()).toBeGreaterThan(deletedAt);
    const after = await oci.startUpload('library/again');
    await server.idle();
    expect((await oci.get(before)).statusCode).toBe(404);
    expect((await oci.get(after)).statusCode).toBe(204);
  });

  it('that is being written is neither cancelled nor purged', async () => {
    const agent = new Agent();
    const session = await oci.startUpload('library/busy');
    let finish = (): void => undefined;
    const patched = new Promise<Answer>((resolve, reject) => {
      const request = send(
        new URL(session, origin),
        { agent, method: 'PATCH', headers: { authorization: authorization() } },
        (reply) => {
          reply.resume().on('end', () => resolve({ status: reply.statusCode ?? 0, body: '' }));
        },
      );
      request.on('error', reject);
      request.write('first half, ');
      finish = () => request.end('second half');
    });
    const conflict = async (): Promise<number> => (await oci.delete(session)).statusCode;
    // Until the first bytes have arrived the session is not being written to; a cancel would then be right.
    await expect
      .poll(async () =>
        server.context.storage.append(session.split('/').at(-1) ?? '', 0, empty()).then(
          () => 'free',
          (error: { code: string }) => error.code,
        ),
      )
      .toBe('upload_busy');
    expect(await conflict()).toBe(409);
    const purged = await server.context.blobs.dropUploads(
      { idleBeforeMs: Number.MAX_SAFE_INTEGER },
      AbortSignal.timeout(5000),
    );
    expect(purged).toBeGreaterThanOrEqual(0);
    finish();
    expect((await patched).status).toBe(202);
    expect((await oci.get(session)).headers['range']).toBe(`0-${'first half, second half'.length - 1}`);
    agent.destroy();
  });
});

async function* empty(): AsyncGenerator<Uint8Array> {
  // Nothing: only whether the upload is free is asked.
}

describe('deleting an artifact', () => {
  it('leaves what refers to it but has a name or an index of its own', async () => {
    const subject = image('subject of many');
    await oci.pushImage('library/kept', 'x', subject);
    const named = image('named', { subject: descriptor(OCI_MANIFEST, subject.manifest) });
    const listed = image('listed', { subject: descriptor(OCI_MANIFEST, subject.manifest) });
    const lost = image('lost', { subject: descriptor(OCI_MANIFEST, subject.manifest) });
    await oci.pushImage('library/kept', 'keepme', named);
    for (const one of [listed, lost]) await oci.pushImage('library/kept', one.manifest.digest, one);
    await oci.putManifest('library/kept', 'multi', index([listed]), OCI_INDEX);
    await oci.putManifest('library/kept', `${subject.manifest.digest.replace(':', '-')}.sig`, lost.manifest);
    const deleted = await server.inject({
      as: 'admin',
      method: 'DELETE',
      url: '/api/v2.0/projects/library/repositories/kept/artifacts/x',
    });
    expect(deleted.statusCode).toBe(200);
    const status = async (reference: string): Promise<number> =>
      (await oci.head(`/v2/library/kept/manifests/${reference}`)).statusCode;
    expect(await status('keepme')).toBe(200);
    expect(await status(listed.manifest.digest)).toBe(200);
    expect(await status(lost.manifest.digest)).toBe(404);
  });
});
