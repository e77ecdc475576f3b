import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, descriptor, image, LAYER } from '#test/support/oci.ts';
import { openGgcr, pullScope, pushScope } from './ggcr.ts';
import { errorsOf, makeHarbour, type Harbour } from './wire.ts';

const userAgent = 'kaniko/v1.24.0 go-containerregistry/v0.22.1';
const accepted = [OCI_MANIFEST, DOCKER_MANIFEST, OCI_INDEX, DOCKER_LIST];

let harbour: Harbour;
const base = image('base');
const own = image('built');
/** The layers of its base and one of its own. */
const built = image('built', {
  layers: [...base.layers, ...own.layers].map((layer) => descriptor(LAYER, layer)),
});

beforeAll(async () => {
  harbour = await makeHarbour();
  await client(harbour.server, harbour.developer).pushImage('harbour/base', '1', base);
});
afterAll(() => harbour.close());

describe('kaniko', () => {
  it('finds out before it builds whether it may push: begins an upload and cancels it', async () => {
    const kaniko = await openGgcr(harbour.server, { userAgent, account: harbour.developer }, [
      pushScope('harbour/new'),
    ]);
    const session = await kaniko.startUpload('harbour/new');
    expect(session.status).toBe(202);
    // The token has push and pull, and no delete.
    const location = session.headers['location'] ?? '';
    expect((await kaniko.ask({ method: 'DELETE', url: location })).status).toBe(204);
    expect((await kaniko.ask({ method: 'GET', url: location })).status).toBe(404);
  });

  it('is told before it builds that it may not push', async () => {
    const kaniko = await openGgcr(harbour.server, { userAgent, account: harbour.guest }, [
      pushScope('harbour/new'),
    ]);
    const refused = await kaniko.startUpload('harbour/new');
    expect(refused.status).toBe(403);
    expect(errorsOf(refused)[0]).toMatchObject({ code: 'DENIED' });
  });

  it('pulls its base image by the digest of the tag', async () => {
    const kaniko = await openGgcr(harbour.server, { userAgent, account: harbour.guest }, [
      pullScope('harbour/base'),
    ]);
    const found = await kaniko.getManifest('harbour/base', '1', accepted);
    expect(found.bytes).toEqual(base.manifest.bytes);
    for (const blob of [base.config, ...base.layers]) {
      const reply = await kaniko.ask({ method: 'GET', url: `/v2/harbour/base/blobs/${blob.digest}` });
      expect(reply.bytes).toEqual(blob.bytes);
    }
  });

  it('asks for layers of its cache that are not there yet', async () => {
    const kaniko = await openGgcr(harbour.server, { userAgent, account: harbour.developer }, [
      pullScope('harbour/cache'),
    ]);
    const missing = await kaniko.getManifest('harbour/cache', '0f3c'.repeat(16), accepted);
    expect(missing.status).toBe(404);
    expect(['MANIFEST_UNKNOWN', 'NAME_UNKNOWN']).toContain(errorsOf(missing)[0]?.code);
  });

  it('pushes: mounts the layers of the base, with the origin named, and sends the others', async () => {
    const kaniko = await openGgcr(harbour.server, { userAgent, account: harbour.developer }, [
      pushScope('harbour/built'),
      pullScope('harbour/base'),
    ]);
    for (const layer of base.layers)
      expect(await kaniko.uploadBlob('harbour/built', layer, 'harbour/base')).toBe('mounted');
    expect(kaniko.wire.lines.at(-1)).toMatch(
      /^POST \/v2\/harbour\/built\/blobs\/uploads\/\?from=harbour%2Fbase&mount=sha256%3A\w+&origin=registry\.test 201$/,
    );
    for (const blob of [...own.layers, built.config])
      expect(await kaniko.uploadBlob('harbour/built', blob)).toBe('pushed');
    expect(await kaniko.uploadBlob('harbour/built', built.config)).toBe('existing');
    await kaniko.putManifest('harbour/built', 'latest', {
      content: built.manifest,
      mediaType: OCI_MANIFEST,
    });
    const head = await kaniko.headManifest('harbour/built', 'latest', accepted);
    expect(head.headers['docker-content-digest']).toBe(built.manifest.digest);
  });

  it('sends a layer whose source it may not read', async () => {
    await client(harbour.server).pushImage('hidden/base', '1', image('hidden base'));
    const kaniko = await openGgcr(harbour.server, { userAgent, account: harbour.developer }, [
      pushScope('harbour/built'),
      pullScope('hidden/base'),
    ]);
    for (const layer of image('hidden base').layers)
      expect(await kaniko.uploadBlob('harbour/built', layer, 'hidden/base')).toBe('pushed');
  });
});
