import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OCI_MANIFEST } from '#server/lib/media-types.ts';
import { client, content, descriptor, image, type Content } from '#test/support/oci.ts';
import { openOrasGo, type OrasGo } from './oras-go.ts';
import { makeHarbour, type Harbour } from './wire.ts';

const signatureType = 'application/vnd.cncf.notary.signature';
const repository = 'harbour/signed';

let harbour: Harbour;
let notation: OrasGo;
const signedImage = image('signed');

beforeAll(async () => {
  harbour = await makeHarbour();
  await client(harbour.server, harbour.developer).pushImage(repository, 'v1', signedImage);
  notation = openOrasGo(harbour.server, { userAgent: 'notation/1.3.2', account: harbour.developer });
});
afterAll(() => harbour.close());

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWS envelope as notation writes one; what its signature is worth does not matter to a registry. */
function envelope(target: object): Content {
  return content(
    JSON.stringify({
      payload: encode({ targetArtifact: target }),
      protected: encode({
        alg: 'PS256',
        cty: 'application/vnd.cncf.notary.payload.v1+json',
        crit: ['io.cncf.notary.signingScheme'],
        'io.cncf.notary.signingScheme': 'notary.x509',
        'io.cncf.notary.signingTime': '2026-01-02T03:04:05Z',
      }),
      header: { x5c: [Buffer.from('a certificate').toString('base64')] },
      signature: Buffer.from('a signature').toString('base64url'),
    }),
  );
}

describe('notation 1.3', () => {
  const config = content('{}');
  let signature: Content;
  let manifest: Content;

  it('signs: resolves the tag, pushes envelope, empty config and manifest, by digest alone', async () => {
    const target = await notation.resolve(repository, 'v1');
    expect(target.digest).toBe(signedImage.manifest.digest);
    signature = envelope(target);
    await notation.pushBlob(repository, signature);
    expect(await notation.exists(repository, config)).toBe(false);
    await notation.pushBlob(repository, config);
    manifest = content(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: descriptor(signatureType, config),
        layers: [descriptor('application/jose+json', signature)],
        subject: target,
        annotations: {
          'io.cncf.notary.x509chain.thumbprint#S256': '["0123abcd"]',
          'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
        },
      }),
    );
    const reply = await notation.pushManifest(repository, { content: manifest, mediaType: OCI_MANIFEST });
    expect(reply.headers['oci-subject']).toBe(target.digest);
  });

  it('verifies: lists signatures of the digest by their type, which is that of the config, and reads one', async () => {
    const reader = openOrasGo(harbour.server, { userAgent: 'notation/1.3.2', account: harbour.guest });
    const { digest } = await reader.resolve(repository, 'v1');
    const { manifests } = await reader.referrers(repository, digest, signatureType);
    expect(manifests).toMatchObject([
      {
        digest: manifest.digest,
        artifactType: signatureType,
        annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': '["0123abcd"]' },
      },
    ]);
    const bytes = await reader.fetchManifest(repository, {
      digest: manifest.digest,
      mediaType: OCI_MANIFEST,
      size: manifest.bytes.length,
    });
    expect(bytes).toEqual(manifest.bytes);
    await reader.fetchBlob(repository, signature);
    expect(reader.wire.lines.filter((line) => line.includes('artifactType='))).toContainEqual(
      `GET /v2/${repository}/referrers/${digest}?artifactType=application%2Fvnd.cncf.notary.signature 200`,
    );
  });

  it('signs a second time, and both signatures are listed', async () => {
    const target = await notation.resolve(repository, 'v1');
    const second = content(manifest.bytes.toString().replace('2026-01-02T03:04:05Z', '2026-02-02T03:04:05Z'));
    await notation.pushManifest(repository, { content: second, mediaType: OCI_MANIFEST });
    const { manifests } = await notation.referrers(repository, target.digest, signatureType);
    expect(manifests.map(({ digest }) => digest).toSorted()).toEqual(
      [manifest.digest, second.digest].toSorted(),
    );
  });

  it('finds no signature of an image without one, in a repository that is not there either', async () => {
    const { manifests } = await notation.referrers(
      'harbour/nothing',
      signedImage.manifest.digest,
      signatureType,
    );
    expect(manifests).toEqual([]);
  });
});
