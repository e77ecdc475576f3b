import { describe, expect, it } from 'vitest';
import type { ArchiveContents } from '#server/domain/archives/contents.ts';
import { findOciImages } from '#server/domain/archives/oci-layout.ts';
import { digestOf } from '#server/lib/digest.ts';
import { type Blob, Layout } from '#test/support/image-archive.ts';

function find(layout: Layout): ReturnType<typeof findOciImages> {
  const files = layout.toEntries().map(({ name, content = '' }) => {
    const json = Buffer.from(content);
    const file = { digest: digestOf(json), sizeBytes: json.length, uploadId: name, form: 'plain', json };
    return [name, file] as const;
  });
  const contents = { files: new Map(files), links: new Map() } as ArchiveContents;
  return findOciImages(contents, contents.files.get('index.json')?.json ?? Buffer.alloc(0));
}

const signature = (layout: Layout, subject: Blob): Blob => {
  const config = layout.blob('application/vnd.oci.empty.v1+json', '{}');
  return layout.manifest({ config, layers: [], subject });
};

describe('what belongs to an image of an OCI layout', () => {
  it.each([
    ['image', 'signature', 'second'],
    ['image', 'second', 'signature'],
    ['signature', 'image', 'second'],
    ['signature', 'second', 'image'],
    ['second', 'image', 'signature'],
    ['second', 'signature', 'image'],
  ] as const)('goes with it, signed signatures too, where they are listed as %s, %s, %s', (...order) => {
    const layout = new Layout();
    const image = layout.image();
    const first = signature(layout, image);
    const all = { image, signature: first, second: signature(layout, first) };
    for (const each of order) layout.list(all[each], each === 'image' ? 'app:1' : undefined);
    const found = find(layout);
    expect(found).toMatchObject([{ digest: image.digest, names: ['app:1'] }]);
    const digests = [image.digest, first.digest, all.second.digest];
    expect(found[0]?.manifests.map(({ digest }) => digest)).toEqual(digests);
  });

  it('is not lost where two indexes without names belong to what the other one holds', () => {
    const layout = new Layout();
    const [x, y] = [layout.image({ architecture: 'amd64' }), layout.image({ architecture: 'arm64' })];
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const index = (child: Blob, subject: Blob): Blob =>
      layout.blob(mediaType, JSON.stringify({ schemaVersion: 2, mediaType, manifests: [child], subject }));
    const [a, b] = [index(x, y), index(y, x)];
    layout.list(a).list(b);
    const digests = find(layout).flatMap(({ manifests }) => manifests.map(({ digest }) => digest));
    expect(digests.toSorted()).toEqual([x, y, a, b].map(({ digest }) => digest).toSorted());
  });
});

it('refuses an archive whose many images hold the same large index', () => {
  const layout = new Layout();
  const large = layout.indexOf(Array<Blob>(8_000).fill(layout.image()));
  for (let i = 0; i < 30; i++) layout.list(layout.indexOf([{ ...large, annotations: { i: `${i}` } }]));
  expect(() => find(layout)).toThrow('refer to more than 200000 parts');
});

it('refuses an archive whose many images hold the same large manifest', () => {
  const layout = new Layout();
  const config = layout.blob('application/vnd.oci.image.config.v1+json', '{}');
  const layers = Array.from({ length: 4_000 }, (_, i) => layout.blob('application/octet-stream', `${i}`));
  const large = layout.manifest({ config, layers });
  for (let i = 0; i < 60; i++) layout.list(layout.indexOf([{ ...large, annotations: { i: `${i}` } }]));
  expect(() => find(layout)).toThrow('refer to more than 200000 parts');
});
