import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, content, image, index as makeIndex, LAYER } from '#test/support/oci.ts';
import { openContainerdWire, pushOf, type Containerd } from './containerd.ts';
import { errorsOf, makeHarbour, type Harbour } from './wire.ts';

const repository = 'harbour/app';
const userAgent = 'containerd/2.1.4';

let harbour: Harbour;
let containerd: Containerd;
const children = [image('amd64'), image('arm64')];
const top = makeIndex(children);

beforeAll(async () => {
  harbour = await makeHarbour();
  containerd = openContainerdWire(harbour.server, { userAgent, account: harbour.developer });
});
afterAll(() => harbour.close());

describe('containerd 2', () => {
  it('pushes without a ping: learns of tokens from the first refusal, and asks for one by POST', async () => {
    for (const child of children) {
      await containerd.pushBlob(repository, { content: child.config, mediaType: OCI_CONFIG });
      for (const layer of child.layers)
        expect(await containerd.pushBlob(repository, { content: layer, mediaType: LAYER })).toBe('pushed');
      await containerd.pushManifest(repository, { content: child.manifest, mediaType: OCI_MANIFEST });
    }
    expect(await containerd.pushManifest(repository, { content: top, mediaType: OCI_INDEX }, 'v1')).toBe(
      'pushed',
    );
    const { lines } = containerd.wire;
    expect(lines.slice(0, 3)).toEqual([
      `HEAD /v2/${repository}/blobs/${children[0]?.config.digest} 401`,
      'POST /service/token 200',
      `HEAD /v2/${repository}/blobs/${children[0]?.config.digest} 404`,
    ]);
    expect(lines.filter((line) => line.endsWith(' 401'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('PATCH'))).toEqual([]);
  });

  it('pushes it again with one HEAD for each manifest, which compares digests', async () => {
    const before = containerd.wire.lines.length;
    expect(await containerd.pushManifest(repository, { content: top, mediaType: OCI_INDEX }, 'v1')).toBe(
      'existing',
    );
    expect(containerd.wire.lines.slice(before)).toEqual([`HEAD /v2/${repository}/manifests/v1 200`]);
  });

  it('mounts a layer, its digest and source written into the query as they are', async () => {
    const [layer] = children[0]?.layers ?? [];
    if (layer === undefined) throw new Error('an image has a layer');
    const mounted = await containerd.pushBlob(
      'harbour/other',
      { content: layer, mediaType: LAYER },
      repository,
    );
    expect(mounted).toBe('mounted');
    expect(containerd.wire.lines.at(-1)).toBe(
      `POST /v2/harbour/other/blobs/uploads/?mount=${layer.digest}&from=${repository} 201`,
    );
  });

  it('uploads a layer whose source it may not read: 202, since a refusal would end the push', async () => {
    const hidden = image('hidden');
    await client(harbour.server).pushImage('hidden/app', 'v1', hidden);
    for (const layer of hidden.layers)
      expect(await containerd.pushBlob(repository, { content: layer, mediaType: LAYER }, 'hidden/app')).toBe(
        'pushed',
      );
  });

  it('resolves a tag from the headers of a HEAD alone', async () => {
    const found = await containerd.resolve(repository, 'v1');
    expect(found.status).toBe(200);
    expect(found.headers).toMatchObject({
      'content-type': OCI_INDEX,
      'content-length': String(top.bytes.length),
      'docker-content-digest': top.digest,
    });
  });

  it('reads the same by the query with which a mirror is asked', async () => {
    const found = await containerd.resolve(repository, 'v1', '?ns=docker.io');
    expect(found.headers['docker-content-digest']).toBe(top.digest);
  });

  it('reads a layer in several parts at once, each open to the end, and none of them packed', async () => {
    const layer = content(randomBytes(40_000));
    await containerd.pushBlob(repository, { content: layer, mediaType: LAYER });
    const chunk = 10_000;
    const parts = await Promise.all(
      [0, 1, 2, 3].map(async (i) => {
        const reply = await containerd.fetch(`/v2/${repository}/blobs/${layer.digest}`, {
          mediaType: LAYER,
          offset: i * chunk,
        });
        expect(reply.status).toBe(206);
        expect(reply.headers['content-range']).toBe(`bytes ${i * chunk}-39999/40000`);
        expect(reply.headers['content-length']).toBe(String(40_000 - i * chunk));
        expect(reply.headers['content-encoding']).toBeUndefined();
        return reply.bytes.subarray(0, chunk);
      }),
    );
    expect(Buffer.concat(parts)).toEqual(layer.bytes);
  });

  it('asks for the rest of a manifest too, after a broken line', async () => {
    const reply = await containerd.fetch(`/v2/${repository}/manifests/${top.digest}`, {
      mediaType: OCI_INDEX,
      offset: 10,
    });
    // Whole or in part: it drops what it has where the range is ignored.
    expect([200, 206]).toContain(reply.status);
    const rest = reply.status === 206 ? reply.bytes : reply.bytes.subarray(10);
    expect(rest).toEqual(top.bytes.subarray(10));
  });

  it('is told why a push is refused, by the POST: its HEAD goes on from 404', async () => {
    const guest = openContainerdWire(harbour.server, { userAgent, account: harbour.guest });
    const url = `/v2/${repository}/blobs/uploads/`;
    const head = { method: 'HEAD', url: `/v2/${repository}/blobs/${content('new').digest}` };
    expect((await guest.ask(head, [pushOf(repository)])).status).toBe(404);
    const refused = await guest.ask({ method: 'POST', url }, [pushOf(repository)]);
    expect(refused.status).toBe(403);
    expect(errorsOf(refused)[0]).toMatchObject({ code: 'DENIED' });
  });

  it('keeps a refresh token where it is asked to, and gets tokens with it', async () => {
    const { username, password } = harbour.developer;
    const form = (fields: Record<string, string>) =>
      containerd.wire.send({
        method: 'POST',
        url: '/service/token',
        headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
        body: new URLSearchParams({ client_id: 'containerd-client', service: 'berth', ...fields }).toString(),
      });
    const scope = pushOf(repository);
    const first = await form({ grant_type: 'password', access_type: 'offline', username, password, scope });
    const { refresh_token } = JSON.parse(first.bytes.toString()) as { refresh_token: string };
    expect(refresh_token).toMatch(/./);
    const second = await form({ grant_type: 'refresh_token', refresh_token, scope });
    expect(second.status).toBe(200);
    const { access_token } = JSON.parse(second.bytes.toString()) as { access_token: string };
    const reply = await containerd.wire.send({
      method: 'HEAD',
      url: `/v2/${repository}/manifests/v1`,
      headers: { authorization: `Bearer ${access_token}` },
    });
    expect(reply.status).toBe(200);
  });
});
