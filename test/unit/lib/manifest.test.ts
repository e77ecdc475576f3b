import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { AppError } from '#server/lib/errors.ts';
import {
  artifactKind,
  contentSizeBytes,
  MANIFEST_MAX_BYTES,
  parseManifest,
  referrerType,
  requiredBlobs,
} from '#server/lib/manifest.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  HELM_CONFIG,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '#server/lib/media-types.ts';

const digest = (char: string): string => `sha256:${char.repeat(64)}`;
const config = { mediaType: OCI_CONFIG, digest: digest('a'), size: 2 };
const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: digest('b'), size: 10 };
const image = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] };
const bytes = (value: unknown): Buffer =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

describe('parsing a manifest', () => {
  it('reads an image with what it needs', () => {
    const manifest = parseManifest(bytes(image), OCI_MANIFEST);
    expect(manifest.kind).toBe('image');
    expect(requiredBlobs(manifest).map((item) => item.digest)).toEqual([digest('a'), digest('b')]);
    expect(contentSizeBytes(manifest, 100)).toBe(112);
  });

  it('tells the type from the header, the body, or the shape, in that order', () => {
    const { mediaType: _, ...bare } = image;
    expect(parseManifest(bytes(bare), `${OCI_MANIFEST}; charset=utf-8`).mediaType).toBe(OCI_MANIFEST);
    expect(parseManifest(bytes(image)).mediaType).toBe(OCI_MANIFEST);
    expect(parseManifest(bytes(bare)).mediaType).toBe(OCI_MANIFEST);
    expect(parseManifest(bytes({ schemaVersion: 2, manifests: [] })).mediaType).toBe(OCI_INDEX);
  });

  it('reads an empty list that Go wrote as null', () => {
    const manifest = parseManifest(bytes({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: null }));
    expect(manifest).toMatchObject({ kind: 'index', children: [] });
  });

  it('needs no layer that lies elsewhere', () => {
    const foreign = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest: digest('c'),
      size: 5,
    };
    const linked = { ...layer, digest: digest('d'), urls: ['https://example.com/layer'] };
    const manifest = parseManifest(bytes({ ...image, layers: [layer, foreign, linked] }));
    expect(requiredBlobs(manifest).map((item) => item.digest)).toEqual([digest('a'), digest('b')]);
  });

  it.each([
    ['no JSON', 'x', undefined],
    ['no object', '[]', undefined],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), undefined],
    ['another version', { ...image, schemaVersion: 1 }, undefined],
    ['a type that differs from the header', image, DOCKER_MANIFEST],
    ['a schema 1 type', { schemaVersion: 2 }, 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
    ['manifests and layers (CVE-2021-41190)', { ...image, manifests: [] }, undefined],
    ['a name that Go reads as manifests', { ...image, Manifests: [] }, undefined],
    ['a descriptor without a digest', { ...image, layers: [{ mediaType: 'x', size: 1 }] }, undefined],
    ['a negative size', { ...image, config: { ...config, size: -1 } }, undefined],
    ['a fractional size', { ...image, config: { ...config, size: 1.5 } }, undefined],
    ['a type that is no name', { ...image, artifactType: `application/${'x'.repeat(255)}` }, undefined],
    [
      "a layer's type that is no name",
      { ...image, layers: [{ ...layer, mediaType: 'x'.repeat(256) }] },
      undefined,
    ],
    ['layers that are no list', { ...image, layers: {} }, undefined],
    ['an index without manifests', { schemaVersion: 2, mediaType: DOCKER_LIST }, undefined],
    ['annotations that are no text', { ...image, annotations: { a: 1 } }, undefined],
    ['a nesting without end', `{"schemaVersion":2,"x":${'['.repeat(100)}${']'.repeat(100)}}`, undefined],
    ['too many descriptors', { ...image, layers: Array.from({ length: 10_001 }, () => layer) }, undefined],
  ])('refuses %s', (_what, value, type) => {
    expect(() => parseManifest(Buffer.isBuffer(value) ? value : bytes(value), type)).toThrow(
      expect.objectContaining({ code: 'manifest_invalid' }),
    );
  });

  it('refuses what is too large as such', () => {
    expect(() => parseManifest(Buffer.alloc(MANIFEST_MAX_BYTES + 1))).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    );
  });

  it('answers any document with a manifest or a refusal of ours, never with another error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.object().map((value) => JSON.stringify({ ...image, ...value })),
        ),
        (text) => {
          try {
            parseManifest(bytes(text));
          } catch (error) {
            expect(error).toBeInstanceOf(AppError);
          }
        },
      ),
    );
  });
});

describe('what an artifact is', () => {
  const kindOf = (extra: object): string => artifactKind(parseManifest(bytes({ ...image, ...extra })));
  it.each([
    [{}, 'IMAGE'],
    [{ config: { ...config, mediaType: HELM_CONFIG } }, 'CHART'],
    [{ config: { ...config, mediaType: 'application/vnd.acme.rocket.config.v1+json' } }, 'ROCKET'],
    [{ artifactType: 'text/plain' }, 'UNKNOWN'],
  ])('%j is %s', (extra, kind) => expect(kindOf(extra)).toBe(kind));

  it('names a referrer by its artifactType, else by its config type, and an index not at all', () => {
    expect(referrerType(parseManifest(bytes({ ...image, artifactType: 'text/x' })))).toBe('text/x');
    expect(referrerType(parseManifest(bytes(image)))).toBe(OCI_CONFIG);
    expect(referrerType(parseManifest(bytes({ schemaVersion: 2, manifests: [] })))).toBeNull();
  });
});
