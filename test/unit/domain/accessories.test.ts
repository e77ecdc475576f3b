import { describe, expect, it } from 'vitest';
import { accessoryOf } from '#server/domain/artifacts/accessories.ts';
import { parseFrom } from '#server/domain/artifacts/copy-source.ts';
import { listModelFiles, MODEL_FILEPATH } from '#server/domain/artifacts/model-files.ts';
import { parseManifest, type Manifest } from '#server/lib/manifest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { content, descriptor } from '#test/support/oci.ts';

const blob = content('blob');
const subject = content('subject');
const SIGNED = 'application/vnd.dev.cosign.simplesigning.v1+json';

function manifest(extra: object = {}, layerType = 'x'): Manifest {
  const doc = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptor(OCI_CONFIG, blob),
    layers: [descriptor(layerType, blob)],
    ...extra,
  };
  return parseManifest(Buffer.from(JSON.stringify(doc)));
}
const of = { subject: descriptor(OCI_MANIFEST, subject) };
const tag = `sha256-${subject.digest.slice(7)}.sig`;

describe('what a manifest belongs to', () => {
  it.each<[string, Manifest, readonly string[], string | undefined]>([
    ['nothing, as an image', manifest(), ['v1'], undefined],
    ['its subject', manifest(of), [], 'subject.accessory'],
    ['its subject, also under a tag', manifest(of, SIGNED), [tag], 'subject.accessory'],
    [
      'its subject, as a type that JavaScript knows',
      manifest({ ...of, artifactType: 'constructor' }),
      [],
      'subject.accessory',
    ],
    [
      'its subject, as a signature',
      manifest({ ...of, artifactType: 'application/vnd.cncf.notary.signature' }),
      [],
      'signature.notation',
    ],
    ['what its tag names', manifest({}, SIGNED), ['v1', tag], 'signature.cosign'],
    ['nothing, with that tag and another layer', manifest(), [tag], undefined],
    ['nothing, without a tag', manifest({}, SIGNED), [], undefined],
    ['nothing, by a tag with more behind', manifest({}, SIGNED), [`${tag}x`, `x${tag}`], undefined],
  ])('is %s', (_what, given, tags, type) => {
    expect(accessoryOf(given, tags)).toEqual(
      type === undefined ? undefined : { subject: subject.digest, type },
    );
  });

  it('is its subject where it is an index', () => {
    const index = parseManifest(
      Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [], ...of })),
    );
    expect(accessoryOf(index, [])).toEqual({ subject: subject.digest, type: 'subject.accessory' });
    const plain = parseManifest(
      Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })),
    );
    expect(accessoryOf(plain, [tag])).toBeUndefined();
  });
});

describe('where a copy is from', () => {
  it.each([
    ['p/r:v1', { project: 'p', repository: 'r', reference: 'v1' }],
    ['p/a/b/c:v1', { project: 'p', repository: 'a/b/c', reference: 'v1' }],
    [`p/r@${subject.digest}`, { project: 'p', repository: 'r', reference: subject.digest }],
    [`p/r:v1@${subject.digest}`, { project: 'p', repository: 'r', reference: subject.digest }],
  ])('is read of %s', (from, expected) => expect(parseFrom(from)).toEqual(expected));

  it.each([
    '',
    'p/r',
    'p/r:',
    'p/r@',
    ':v1',
    '@',
    'r:v1',
    'p//r:v1',
    'P/r:v1',
    'p/r:v1:v2',
    `p/r@${subject.digest}@x`,
    'p/r:é',
    'p/r@v1',
  ])('is refused of %j', (from) => {
    expect(() => parseFrom(from)).toThrow(
      expect.objectContaining({
        code: expect.stringMatching(/^(bad_request|name_invalid|tag_invalid|digest_invalid)$/),
      }),
    );
  });
});

describe('the files of a model', () => {
  const layer = (path: string | undefined, size_bytes = 1) => ({
    annotations: JSON.stringify(path === undefined ? {} : { [MODEL_FILEPATH]: path }),
    size_bytes,
  });

  it('are a tree, folders first', () => {
    expect(
      listModelFiles([layer('b', 2), layer('a/x', 3), layer('c/'), layer(undefined), layer('')]),
    ).toEqual([
      { name: 'a', type: 'directory', children: [{ name: 'x', type: 'file', size: 3 }] },
      { name: 'c', type: 'directory', children: [] },
      { name: 'b', type: 'file', size: 2 },
    ]);
  });

  it('are shown once, whatever paths they are said to have', () => {
    const deep = Array.from({ length: 5000 }, () => 'd').join('/');
    const strange = ['../../etc/passwd', '/etc/passwd', '//etc//passwd', 'a', 'a/b', '__proto__/x', deep];
    const files = listModelFiles(strange.map((path) => layer(path)));
    expect(files.map((file) => file.name)).toEqual(['__proto__', 'a', 'd', 'etc']);
    expect(JSON.stringify(files).length).toBeLessThan(5000);
  });
});
