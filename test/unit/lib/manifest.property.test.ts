import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#server/lib/errors.ts';
import {
  artifactKind,
  contentSizeBytes,
  MANIFEST_MAX_BYTES,
  parseManifest,
  referrerType,
  requiredBlobs,
  type Manifest,
} from '#server/lib/manifest.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '#server/lib/media-types.ts';
import { expectQuick } from '#test/support/hostile.ts';

const hex = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const digest = hex.map((text) => `sha256:${text}`);
const mediaType = fc.constantFrom(OCI_CONFIG, 'application/vnd.oci.image.layer.v1.tar', 'text/plain', 'x');
const annotations = fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 });
const descriptor = fc.record(
  { mediaType, digest, size: fc.nat(), annotations, urls: fc.array(fc.webUrl(), { maxLength: 2 }) },
  { requiredKeys: ['mediaType', 'digest', 'size'] },
);
const common = { annotations, subject: descriptor, artifactType: fc.string({ minLength: 1 }) };
const imageDocument = fc.record(
  {
    schemaVersion: fc.constant(2),
    mediaType: fc.constantFrom(OCI_MANIFEST, DOCKER_MANIFEST),
    config: descriptor,
    layers: fc.array(descriptor, { maxLength: 5 }),
    ...common,
  },
  { requiredKeys: ['schemaVersion', 'mediaType', 'config', 'layers'] },
);
const indexDocument = fc.record(
  {
    schemaVersion: fc.constant(2),
    mediaType: fc.constantFrom(OCI_INDEX, DOCKER_LIST),
    manifests: fc.array(descriptor, { maxLength: 5 }),
    ...common,
  },
  { requiredKeys: ['schemaVersion', 'mediaType', 'manifests'] },
);

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** The manifest, or undefined where it is refused; anything but a refusal of ours fails the test. */
function read(bytes: Uint8Array, type?: string): Manifest | undefined {
  try {
    return parseManifest(bytes, type);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(['manifest_invalid', 'too_large']).toContain(error.code);
    return undefined;
  }
}

const sizesOf = (
  list: readonly { digest: string; sizeBytes: number }[],
): readonly (readonly [string, number])[] => list.map((each) => [each.digest, each.sizeBytes]);
const given = (list: readonly { digest: string; size: number }[]): readonly (readonly [string, number])[] =>
  list.map((each) => [each.digest, each.size]);

describe('manifests', () => {
  it('say of an image what was written in it', () => {
    fc.assert(
      fc.property(imageDocument, fc.boolean(), (document, withHeader) => {
        const manifest = parseManifest(bytesOf(document), withHeader ? document.mediaType : undefined);
        if (manifest.kind !== 'image') throw new Error('not an image');
        expect(manifest.mediaType).toBe(document.mediaType);
        expect(sizesOf([manifest.config, ...manifest.layers])).toEqual(
          given([document.config, ...document.layers]),
        );
        expect(manifest.subject?.digest).toBe(document.subject?.digest);
        expect(manifest.annotations).toEqual(document.annotations ?? {});
        const needed = new Set(requiredBlobs(manifest).map((each) => each.digest));
        expect(needed.has(document.config.digest as never)).toBe(true);
      }),
    );
  });

  it('say of an index what was written in it', () => {
    fc.assert(
      fc.property(indexDocument, (document) => {
        const manifest = parseManifest(bytesOf(document));
        if (manifest.kind !== 'index') throw new Error('not an index');
        expect(sizesOf(manifest.children)).toEqual(given(document.manifests));
        expect(requiredBlobs(manifest)).toEqual([]);
      }),
    );
  });

  it('are never understood as both kinds (CVE-2021-41190)', () => {
    fc.assert(
      fc.property(imageDocument, indexDocument, fc.boolean(), (image, index, asImage) => {
        const both = { ...image, ...index, mediaType: asImage ? image.mediaType : index.mediaType };
        expect(read(bytesOf(both))).toBeUndefined();
      }),
    );
  });

  it('are taken or refused by our own errors when any one thing in them is replaced by anything', () => {
    const document = fc.oneof(imageDocument, indexDocument) as fc.Arbitrary<Record<string, unknown>>;
    fc.assert(
      fc.property(document, fc.nat(), fc.jsonValue(), (whole, which, value) => {
        const broken = structuredClone(whole);
        const places = placesIn(broken);
        places[which % places.length]?.(value);
        const manifest = read(bytesOf(broken));
        // What is taken can be worked with.
        if (!manifest) return;
        expect(typeof artifactKind(manifest)).toBe('string');
        expect(Number.isSafeInteger(contentSizeBytes(manifest, 1))).toBe(true);
        expect(['string', 'object']).toContain(typeof referrerType(manifest));
      }),
      { numRuns: 1_000 },
    );
  });

  it('are taken or refused by our own errors whatever bytes they are, under whatever type', () => {
    const type = fc.option(
      fc.oneof(fc.string(), fc.constantFrom(OCI_MANIFEST, OCI_INDEX, ' ; ', `${OCI_INDEX};x`)),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        type,
        (bytes, header) => {
          read(bytes, header ?? undefined);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are taken at a nesting of 32 levels, and refused at any deeper one', () => {
    const document = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] };
    const level = fc.constantFrom(['[', ']'], ['{"a":', '}'], ['[ ', ' ]'], ['["[",', ']']);
    const depth = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 100_000 }));
    fc.assert(
      fc.property(level, depth, ([open = '', close = ''], times) => {
        const nested = `${open.repeat(times)}1${close.repeat(times)}`;
        const text = JSON.stringify({ ...document, x: 0 }).replace('"x":0', `"x":${nested}`);
        // The document itself is the first level.
        expect(read(Buffer.from(text)) !== undefined).toBe(times + 1 <= 32);
      }),
    );
  });

  it('may hold brackets and escapes in their texts, as many as they like', () => {
    const document = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] };
    const part = fc.constantFrom('[', '[[[[[[', '{', '"', '\\', '\\"', ']');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 200, size: 'max' }), (parts) => {
        expect(read(bytesOf({ ...document, annotations: { text: parts.join('') } }))?.kind).toBe('index');
      }),
    );
  });

  it('are refused where a size is no number of bytes, or a digest none that is taken', () => {
    const bad = fc.oneof(
      fc.double().filter((value) => !Number.isSafeInteger(value) || value < 0),
      fc.constantFrom(-1, 0.5, 2 ** 53, 1e300, '5', null, [], {}, true),
    );
    const badDigest = fc.constantFrom(
      '',
      'sha256:',
      `sha256:${'A'.repeat(64)}`,
      `md5:${'0'.repeat(32)}`,
      5,
      null,
    );
    fc.assert(
      fc.property(
        indexDocument,
        descriptor,
        fc.oneof(
          bad.map((size) => ({ size })),
          badDigest.map((digest) => ({ digest })),
        ),
        (index, child, broken) => {
          expect(
            read(bytesOf({ ...index, manifests: [...index.manifests, { ...child, ...broken }] })),
          ).toBeUndefined();
        },
      ),
    );
  });

  it('take no long time at their largest', () => {
    const fill = (piece: string): string =>
      piece.repeat(Math.floor((MANIFEST_MAX_BYTES - 200) / piece.length));
    const texts = [
      `{"schemaVersion":2,"x":"${fill('a')}"}`,
      `{"schemaVersion":2,"x":"${fill('\\\\')}"}`,
      `{"schemaVersion":2,"x":[${fill('0,')}0]}`,
      `{"schemaVersion":2,"x":[${fill('[],')}[]]}`,
      `{${fill('"":0,')}"schemaVersion":2}`,
      fill('['),
      fill('"'),
      fill(' '),
    ];
    const began = process.cpuUsage();
    for (const text of texts) read(Buffer.from(text));
    // 8 MiB each: a second for one would already be a hundred times a plain pass over it.
    expect((process.cpuUsage(began).user / 1e6) | 0).toBeLessThan(texts.length);
    expectQuick(
      [`application/vnd.${'a.'.repeat(30_000)}config.v1+json`, `${'; '.repeat(30_000)}`],
      (header) => parseManifest(bytesOf({ schemaVersion: 2, manifests: [] }), header),
    );
  });
});

/** A function for each value in the document, however deep, that puts another in its place. */
function placesIn(value: unknown): ((other: unknown) => void)[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [
    (other: unknown) => void (holder[key] = other),
    ...placesIn(holder[key]),
  ]);
}
