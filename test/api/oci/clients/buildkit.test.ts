import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, content, descriptor, image, type Content } from '#test/support/oci.ts';
import { openContainerdWire, type Containerd } from './containerd.ts';
import { makeHarbour, type Harbour } from './wire.ts';

const repository = 'harbour/app';
const cache = 'harbour/cache';
const cacheConfigType = 'application/vnd.buildkit.cacheconfig.v0';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';

let harbour: Harbour;
let buildkit: Containerd;
beforeAll(async () => {
  harbour = await makeHarbour();
  buildkit = openContainerdWire(harbour.server, {
    userAgent: 'buildkit/v0.25',
    account: harbour.developer,
    clientId: 'buildkit-client',
  });
});
afterAll(() => harbour.close());

/** What `--cache-to type=registry,mode=max` writes without image-manifest=true: an index whose children are layers. */
function makeCache(seed: string): { layers: readonly Content[]; config: Content; index: Content } {
  const layers = ['one', 'two', 'three'].map((name) => content(gzipSync(`${seed} ${name}`)));
  const config = content(
    JSON.stringify({
      layers: layers.map((layer, i) => ({ blob: layer.digest, parent: i - 1 })),
      records: [{ digest: content(seed).digest, results: [{ layer: 2, createdAt: '2026-01-02T03:04:05Z' }] }],
    }),
  );
  const index = content(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [
        ...layers.map((layer) =>
          descriptor(layerType, layer, {
            annotations: {
              'buildkit/createdat': '2026-01-02T03:04:05Z',
              'containerd.io/uncompressed': layer.digest,
            },
          }),
        ),
        descriptor(cacheConfigType, config),
      ],
    }),
  );
  return { layers, config, index };
}

describe('BuildKit', () => {
  const made = makeCache('first');

  it('looks for a cache that is not there yet, and goes on', async () => {
    expect((await buildkit.resolve(cache, 'main')).status).toBe(404);
  });

  it('writes its cache as an index of layers, by the tag', async () => {
    for (const content of made.layers)
      expect(await buildkit.pushBlob(cache, { content, mediaType: layerType })).toBe('pushed');
    await buildkit.pushBlob(cache, { content: made.config, mediaType: cacheConfigType });
    const manifest = { content: made.index, mediaType: OCI_INDEX };
    expect(await buildkit.pushManifest(cache, manifest, 'main')).toBe('pushed');
    // Unchanged: the HEAD of the tag says so.
    expect(await buildkit.pushManifest(cache, manifest, 'main')).toBe('existing');
  });

  it('reads its cache: the index by digest, then config and layers, as blobs', async () => {
    const found = await buildkit.resolve(cache, 'main');
    expect(found.headers).toMatchObject({
      'content-type': OCI_INDEX,
      'docker-content-digest': made.index.digest,
      'content-length': String(made.index.bytes.length),
    });
    const index = await buildkit.fetch(`/v2/${cache}/manifests/${made.index.digest}`, {
      mediaType: OCI_INDEX,
    });
    expect(index.bytes).toEqual(made.index.bytes);
    for (const blob of [made.config, ...made.layers]) {
      const reply = await buildkit.fetch(`/v2/${cache}/blobs/${blob.digest}`, { mediaType: layerType });
      expect(reply.headers['content-encoding']).toBeUndefined();
      expect(reply.bytes).toEqual(blob.bytes);
    }
  });

  it('keeps the layers of a cache: they are in use by its index', async () => {
    const admin = client(harbour.server);
    for (const blob of [made.config, ...made.layers]) {
      const reply = await admin.delete(`/v2/${cache}/blobs/${blob.digest}`);
      expect(reply.statusCode).toBe(405);
      expect((await admin.get(`/v2/${cache}/blobs/${blob.digest}`)).statusCode).toBe(200);
    }
  });

  it('writes the next cache over the tag; what both share is not sent again', async () => {
    const next = makeCache('second');
    const shared = made.layers[0];
    if (shared === undefined) throw new Error('a cache has layers');
    expect(await buildkit.pushBlob(cache, { content: shared, mediaType: layerType })).toBe('existing');
    for (const content of [...next.layers, next.config])
      await buildkit.pushBlob(cache, { content, mediaType: layerType });
    expect(await buildkit.pushManifest(cache, { content: next.index, mediaType: OCI_INDEX }, 'main')).toBe(
      'pushed',
    );
    expect((await buildkit.resolve(cache, 'main')).headers['docker-content-digest']).toBe(next.index.digest);
  });

  it('writes a cache as an image manifest too (image-manifest=true)', async () => {
    const manifest = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: descriptor(cacheConfigType, made.config),
        layers: made.layers.map((layer) => descriptor(layerType, layer)),
      }),
    );
    const pushed = { content: manifest, mediaType: OCI_MANIFEST };
    expect(await buildkit.pushManifest(cache, pushed, 'as-image')).toBe('pushed');
  });

  it('pushes an image with its provenance as a child of no platform, children before the index', async () => {
    const built = image('built');
    const statement = content(JSON.stringify({ _type: 'https://in-toto.io/Statement/v0.1', predicate: {} }));
    const config = content(
      JSON.stringify({ architecture: 'unknown', os: 'unknown', rootfs: { type: 'layers' } }),
    );
    const attestation = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: descriptor(OCI_CONFIG, config),
        layers: [
          descriptor('application/vnd.in-toto+json', statement, {
            annotations: { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' },
          }),
        ],
      }),
    );
    const index = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [
          descriptor(OCI_MANIFEST, built.manifest, { platform: { architecture: 'amd64', os: 'linux' } }),
          descriptor(OCI_MANIFEST, attestation, {
            platform: { architecture: 'unknown', os: 'unknown' },
            annotations: {
              'vnd.docker.reference.digest': built.manifest.digest,
              'vnd.docker.reference.type': 'attestation-manifest',
            },
          }),
        ],
      }),
    );
    for (const blob of [built.config, ...built.layers, statement, config])
      await buildkit.pushBlob(repository, { content: blob, mediaType: layerType });
    for (const child of [built.manifest, attestation])
      await buildkit.pushManifest(repository, { content: child, mediaType: OCI_MANIFEST });
    await buildkit.pushManifest(repository, { content: index, mediaType: OCI_INDEX }, 'latest');
    const found = await buildkit.fetch(`/v2/${repository}/manifests/latest`, { mediaType: OCI_INDEX });
    expect(found.bytes).toEqual(index.bytes);
  });
});
