import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, content, descriptor, image, type Content } from '#test/support/oci.ts';
import { openGgcr, pullScope, pushScope, type Ggcr } from './ggcr.ts';
import { makeHarbour, type Harbour } from './wire.ts';

const repository = 'harbour/app';
const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json';
const signatureAnnotation = 'dev.cosignproject.cosign/signature';
const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const accepted = [OCI_MANIFEST, 'application/vnd.docker.distribution.manifest.v2+json', OCI_INDEX];
const userAgent = 'cosign/v3.1.3 go-containerregistry/v0.22.1';

let harbour: Harbour;
let writer: Ggcr;
const app = image('app');
const tag = `${app.manifest.digest.replace(':', '-')}.sig`;
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

beforeAll(async () => {
  harbour = await makeHarbour();
  await client(harbour.server, harbour.developer).pushImage(repository, 'v1', app);
  writer = await openGgcr(harbour.server, { userAgent, account: harbour.developer }, [pushScope(repository)]);
});
afterAll(() => harbour.close());

/** A simple signing payload and its signature, as `cosign sign --key`. */
function signed(optional: object | null): { payload: Content; signature: string } {
  const payload = content(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': `registry.test/${repository}` },
        image: { 'docker-manifest-digest': app.manifest.digest },
        type: 'cosign container image signature',
      },
      optional,
    }),
  );
  return { payload, signature: sign('sha256', payload.bytes, privateKey).toString('base64') };
}

function signatureManifest(signatures: readonly ReturnType<typeof signed>[], config: Content): Content {
  return content(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: descriptor(OCI_CONFIG, config),
      layers: signatures.map(({ payload, signature }) =>
        descriptor(simpleSigning, payload, { annotations: { [signatureAnnotation]: signature } }),
      ),
    }),
  );
}

const configOf = (signatures: readonly ReturnType<typeof signed>[]): Content =>
  content(
    JSON.stringify({
      architecture: '',
      created: '0001-01-01T00:00:00Z',
      history: signatures.map(() => ({ created: '0001-01-01T00:00:00Z' })),
      os: '',
      rootfs: { type: 'layers', diff_ids: signatures.map(({ payload }) => payload.digest) },
      config: {},
    }),
  );

async function pushSignatures(signatures: readonly ReturnType<typeof signed>[]): Promise<Content> {
  const config = configOf(signatures);
  const manifest = signatureManifest(signatures, config);
  for (const blob of [...signatures.map(({ payload }) => payload), config])
    await writer.uploadBlob(repository, blob);
  await writer.putManifest(repository, tag, { content: manifest, mediaType: OCI_MANIFEST });
  return manifest;
}

describe('cosign, signatures by tag', () => {
  const first = signed(null);
  const second = signed({ build: '7' });

  it('asks for one token with push before pull, after a ping', () => {
    expect(writer.wire.lines).toEqual([
      'GET /v2/ 401',
      'GET /service/token?scope=repository%3Aharbour%2Fapp%3Apush%2Cpull&service=berth 200',
    ]);
  });

  it('signs the digest of a tag: finds no signature, and pushes one below the tag sha256-HEX.sig', async () => {
    const head = await writer.headManifest(repository, 'v1', accepted);
    expect(head.headers['docker-content-digest']).toBe(app.manifest.digest);
    expect((await writer.getManifest(repository, tag, accepted)).status).toBe(404);
    await pushSignatures([first]);
  });

  it('signs again by adding a layer and pushing the same tag', async () => {
    const found = await writer.getManifest(repository, tag, accepted);
    expect(found.bytes).toEqual(signatureManifest([first], configOf([first])).bytes);
    const manifest = await pushSignatures([first, second]);
    // What it had signed before was there already: seen by HEAD, not sent again.
    expect(await writer.uploadBlob(repository, first.payload)).toBe('existing');
    const head = await writer.headManifest(repository, tag, accepted);
    expect(head.headers['docker-content-digest']).toBe(manifest.digest);
  });

  it('verifies what it reads back with the public key', async () => {
    const reader = await openGgcr(harbour.server, { userAgent, account: harbour.guest }, [
      pullScope(repository),
    ]);
    const found = await reader.getManifest(repository, tag, accepted);
    expect(found.headers['content-type']).toBe(OCI_MANIFEST);
    const { layers } = JSON.parse(found.bytes.toString()) as {
      layers: { digest: string; annotations: Record<string, string> }[];
    };
    expect(layers).toHaveLength(2);
    for (const { digest, annotations } of layers) {
      const blob = await reader.ask({ method: 'GET', url: `/v2/${repository}/blobs/${digest}` });
      expect(blob.status).toBe(200);
      const signature = Buffer.from(annotations[signatureAnnotation] ?? '', 'base64');
      expect(verify('sha256', blob.bytes, publicKey, signature)).toBe(true);
    }
  });
});

describe('cosign 3, bundles as referrers', () => {
  const config = content('{}');
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: repository, digest: { sha256: app.manifest.digest.slice('sha256:'.length) } }],
    predicateType: 'https://sigstore.dev/cosign/sign/v1',
    predicate: {},
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const bundle = content(
    JSON.stringify({
      mediaType: bundleType,
      verificationMaterial: { publicKey: { hint: 'a key' } },
      dsseEnvelope: {
        payload: payload.toString('base64'),
        payloadType: 'application/vnd.in-toto+json',
        signatures: [{ sig: sign('sha256', payload, privateKey).toString('base64') }],
      },
    }),
  );
  const manifest = content(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: bundleType,
      config: descriptor('application/vnd.oci.empty.v1+json', config),
      layers: [descriptor(bundleType, bundle)],
      annotations: {
        'dev.sigstore.bundle.content': 'dsse-envelope',
        'dev.sigstore.bundle.predicateType': statement.predicateType,
        'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
      },
      subject: descriptor(OCI_MANIFEST, app.manifest),
    }),
  );

  it('pushes the bundle by its digest, and asks whether the registry keeps referrers', async () => {
    for (const blob of [bundle, config]) expect(await writer.uploadBlob(repository, blob)).toBe('pushed');
    await writer.putManifest(repository, manifest.digest, { content: manifest, mediaType: OCI_MANIFEST });
    const asked = await writer.ask({
      method: 'GET',
      url: `/v2/${repository}/referrers/${app.manifest.digest}`,
      headers: { accept: OCI_INDEX },
    });
    // On 404 or 400 it would write the fallback tag sha256-HEX.
    expect(asked.status).toBe(200);
  });

  it('finds the bundles of an image by what their descriptors say', async () => {
    const reader = await openGgcr(harbour.server, { userAgent, account: harbour.guest }, [
      pullScope(repository),
    ]);
    const found = await reader.ask({
      method: 'GET',
      url: `/v2/${repository}/referrers/${app.manifest.digest}`,
      headers: { accept: OCI_INDEX },
    });
    const { manifests } = JSON.parse(found.bytes.toString()) as { manifests: object[] };
    expect(manifests).toMatchObject([
      {
        digest: manifest.digest,
        artifactType: bundleType,
        annotations: { 'dev.sigstore.bundle.predicateType': statement.predicateType },
      },
    ]);
    expect((await reader.getManifest(repository, manifest.digest, accepted)).bytes).toEqual(manifest.bytes);
  });
});
