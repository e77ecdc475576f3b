import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DOCKER_CONFIG,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '#server/lib/media-types.ts';
import { client, content, descriptor, image, LAYER } from '#test/support/oci.ts';
import { dockerLogin, openContainerdWire, type Containerd } from './containerd.ts';
import { makeHarbour, tokenOf, type Harbour } from './wire.ts';

/** Docker 29 keeps images in containerd's store, and pushes and pulls as containerd does. */
const userAgent =
  'docker/29.0.0 go/go1.25.3 git-commit/0 kernel/6.12 os/linux arch/amd64 containerd-client/2.1.4+unknown storage-driver/overlayfs UpstreamClient(Docker-Client/29.0.0 \\(linux\\))';
const repository = 'harbour/app';

let harbour: Harbour;
let docker: Containerd;
const app = image('app');

beforeAll(async () => {
  harbour = await makeHarbour();
  docker = openContainerdWire(harbour.server, { userAgent, account: harbour.developer, clientId: 'docker' });
});
afterAll(() => harbour.close());

describe('docker 29', () => {
  it('signs in with an account of the query and of the header, and keeps a refresh token', async () => {
    const reply = await dockerLogin(docker.wire, harbour.developer);
    tokenOf(reply);
    expect(JSON.parse(reply.bytes.toString())).toMatchObject({ refresh_token: expect.stringMatching(/./) });
    expect(docker.wire.lines.splice(0)).toEqual([
      'GET /v2/ 401',
      'GET /service/token?account=developer&client_id=docker&offline_token=true&service=berth 200',
    ]);
  });

  it('is told 401 for a wrong password', async () => {
    const account = { username: 'nobody-here', password: 'wrong-Password-1' };
    expect((await dockerLogin(docker.wire, account)).status).toBe(401);
    docker.wire.lines.splice(0);
  });

  it('pushes an image without a ping, each blob by one PUT, the manifest by its tag after a HEAD of it', async () => {
    await docker.pushBlob(repository, { content: app.config, mediaType: OCI_CONFIG });
    for (const layer of app.layers) await docker.pushBlob(repository, { content: layer, mediaType: LAYER });
    await docker.pushManifest(repository, { content: app.manifest, mediaType: OCI_MANIFEST }, 'v1');
    expect(
      docker.wire.lines.map((line) => line.replaceAll(/sha256[:%\w]+|[0-9a-f]{8}-[0-9a-f-]+/g, 'X')),
    ).toEqual([
      `HEAD /v2/${repository}/blobs/X 401`,
      'POST /service/token 200',
      ...[1, 2].flatMap(() => [
        `HEAD /v2/${repository}/blobs/X 404`,
        `POST /v2/${repository}/blobs/uploads/ 202`,
        `PUT /v2/${repository}/blobs/uploads/X?digest=X 201`,
      ]),
      `HEAD /v2/${repository}/manifests/v1 404`,
      `PUT /v2/${repository}/manifests/v1 201`,
    ]);
  });

  it('pushes to a tag that holds another image: the HEAD must say which, and not refuse', async () => {
    const next = image('next');
    for (const blob of [next.config, ...next.layers])
      await docker.pushBlob(repository, { content: blob, mediaType: LAYER });
    expect(
      await docker.pushManifest(repository, { content: next.manifest, mediaType: OCI_MANIFEST }, 'v1'),
    ).toBe('pushed');
    expect((await docker.resolve(repository, 'v1')).headers['docker-content-digest']).toBe(
      next.manifest.digest,
    );
  });

  it('pushes one platform of an index that names children it does not have', async () => {
    const absent = content('an image of another platform');
    const index = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [
          descriptor(OCI_MANIFEST, app.manifest, { platform: { architecture: 'amd64', os: 'linux' } }),
          descriptor(OCI_MANIFEST, absent, { platform: { architecture: 'arm64', os: 'linux' } }),
        ],
      }),
    );
    expect(await docker.pushManifest(repository, { content: index, mediaType: OCI_INDEX }, 'partial')).toBe(
      'pushed',
    );
  });

  it('pulls with an account, and from a public project without one', async () => {
    await client(harbour.server).pushImage('library/app', 'v1', app);
    for (const [name, account] of [
      [repository, harbour.guest],
      ['library/app', undefined],
    ] as const) {
      const puller = openContainerdWire(harbour.server, { userAgent, ...(account ? { account } : {}) });
      const reference = name === repository ? app.manifest.digest : 'v1';
      const found = await puller.resolve(name, reference);
      expect(found.headers['docker-content-digest']).toBe(app.manifest.digest);
      const manifest = await puller.fetch(`/v2/${name}/manifests/${app.manifest.digest}`, {
        mediaType: OCI_MANIFEST,
      });
      expect(manifest.bytes).toEqual(app.manifest.bytes);
      for (const blob of [app.config, ...app.layers]) {
        const reply = await puller.fetch(`/v2/${name}/blobs/${blob.digest}`, { mediaType: LAYER, offset: 0 });
        expect(reply.status).toBe(206);
        expect(reply.bytes).toEqual(blob.bytes);
      }
    }
  });

  it('finds the header by which `docker manifest` knows a registry, on the 401 already', async () => {
    const ping = await docker.wire.send({ method: 'GET', url: '/v2/' });
    expect(ping.status).toBe(401);
    expect(ping.headers['docker-distribution-api-version']).toBe('registry/2.0');
  });

  it('keeps images of an older docker as they are, schema 2 and its lists', async () => {
    const config = content(
      JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers' } }),
    );
    const layer = content('an older layer');
    const manifest = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: DOCKER_MANIFEST,
        config: descriptor(DOCKER_CONFIG, config),
        layers: [descriptor('application/vnd.docker.image.rootfs.diff.tar.gzip', layer)],
      }),
    );
    const list = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: DOCKER_LIST,
        manifests: [
          descriptor(DOCKER_MANIFEST, manifest, { platform: { architecture: 'amd64', os: 'linux' } }),
        ],
      }),
    );
    for (const blob of [config, layer])
      await docker.pushBlob(repository, { content: blob, mediaType: LAYER });
    await docker.pushManifest(repository, { content: manifest, mediaType: DOCKER_MANIFEST });
    await docker.pushManifest(repository, { content: list, mediaType: DOCKER_LIST }, 'old');
    const found = await docker.resolve(repository, 'old');
    expect(found.headers).toMatchObject({
      'content-type': DOCKER_LIST,
      'docker-content-digest': list.digest,
    });
  });
});
