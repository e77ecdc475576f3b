import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { dockerEntries, Layout } from '#test/support/image-archive.ts';
import { makeServer, type TestServer } from '#test/support/server.ts';
import { makeTar, type TarEntry } from '#test/support/tar.ts';
import { archiveRequests } from './archive-requests.ts';
import { addProject } from './people.ts';

let server: TestServer;
const { send, receive, confirm, get, imports, openUploads } = archiveRequests(() => server);

beforeAll(async () => {
  server = await makeServer();
  await addProject(server, 'web');
});
afterAll(() => server.close());

const good = dockerEntries({ names: ['app:1'] });
const oci = (change: (layout: Layout) => void): Buffer => {
  const layout = new Layout();
  change(layout);
  return layout.toTar();
};
const withList = (list: unknown): TarEntry[] => [
  ...good.filter(({ name }) => name !== 'manifest.json'),
  { name: 'manifest.json', content: typeof list === 'string' ? list : JSON.stringify(list) },
];
const config = (): string => good.find(({ name }) => name.endsWith('.json') && name.length > 40)?.name ?? '';
const layerOf = (): string => good.find(({ name }) => name.endsWith('layer.tar'))?.name ?? '';
const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('an archive that is not what it should be', () => {
  afterEach(async () => {
    expect(await openUploads()).toBe(0);
    const waiting = await server.inject({ method: 'GET', url: imports, as: 'admin' });
    expect(waiting.json()).toEqual([]);
  });

  it.each<[string, () => Buffer, RegExp]>([
    ['is nothing', () => Buffer.alloc(0), /no archive of images/],
    ['is no tar', () => Buffer.from('hello'.repeat(500)), /cannot be read/],
    ['is an empty tar', () => makeTar([]), /no archive of images/],
    ['has other files only', () => makeTar([{ name: 'readme', content: 'x' }]), /no archive of images/],
    ['is a zip', () => Buffer.from('504b0304000000000000', 'hex'), /packed with zip/],
    ['is an xz', () => Buffer.from('fd377a585a00000000', 'hex'), /packed with xz/],
    ['is a gzip that was cut', () => gzipSync(makeTar(good)).subarray(0, 200), /no intact gzip/],
    ['is a zstd that was cut', () => zstdCompressSync(makeTar(good)).subarray(0, 200), /no intact zstd/],
    [
      'is a gzip of noise',
      () => Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), Buffer.alloc(99, 7)]),
      /no intact gzip/,
    ],
    ['is a gzip of a gzip', () => gzipSync(gzipSync(makeTar(good))), /no archive of images/],
    ['has a file twice', () => makeTar([...good, { name: layerOf(), content: 'other' }]), /twice/],
    [
      'has a file twice under names that are one',
      () => makeTar([...good, { name: `./${layerOf()}`, content: 'x' }]),
      /twice/,
    ],
    ['has a sparse file', () => makeTar([...good, { name: 'hole', type: 'S' }]), /sparse/],
    [
      'has a sparse file by pax',
      () =>
        makeTar([
          { name: 'pax', type: 'x', content: '22 GNU.sparse.major=1\n' },
          { name: 'hole', content: 'x' },
          ...good,
        ]),
      /sparse/,
    ],
    [
      'has a header that is too large',
      () => makeTar([{ name: 'l', type: 'L', content: 'x'.repeat(100_000) }, ...good]),
      /a name is too long/,
    ],
    [
      'has too many files',
      () => makeTar(Array.from({ length: 5_001 }, (_, i) => ({ name: `f${i}` }))),
      /more than 5000 files/,
    ],
    [
      'says that a file is larger than all of it',
      () => makeTar([...good, { name: 'x', sizeBytes: 0o77777777777 }]),
      /ends in the middle/,
    ],
    ['lacks a layer', () => makeTar(good.filter(({ name }) => name !== layerOf())), /incomplete.*layer\.tar/],
    ['lacks a config', () => makeTar(good.filter(({ name }) => name !== config())), /incomplete/],
    [
      'has a layer that its config does not know',
      () => makeTar(good.map((entry) => (entry.name === layerOf() ? { ...entry, content: 'other' } : entry))),
      /the config of "app:1" says/,
    ],
    [
      'has a config with another digest than its name',
      () =>
        makeTar(
          good.map((entry) =>
            entry.name === config() ? { ...entry, content: `${String(entry.content)} ` } : entry,
          ),
        ),
      /damaged/,
    ],
    ['has a list that is no JSON', () => makeTar(withList('[{')), /no JSON/],
    ['has a list without images', () => makeTar(withList([])), /no image in it/],
    ['has a list of texts', () => makeTar(withList(['a'])), /names no config/],
    [
      'has a list with numbers for names',
      () => makeTar(withList([{ Config: config(), RepoTags: [1], Layers: [] }])),
      /something else/,
    ],
    [
      'has too many images',
      () => makeTar(withList(Array.from({ length: 201 }, () => ({ Config: config(), Layers: [layerOf()] })))),
      /more than 200 images/,
    ],
    [
      'has a layer that is a link out of it',
      () => makeTar([...good.filter(({ name }) => name !== layerOf()), { name: layerOf(), type: '2' }]),
      /incomplete/,
    ],
    [
      'has a blob with another digest than its name',
      () => makeTar([{ name: `blobs/sha256/${hex('a')}`, content: 'b' }]),
      /damaged/,
    ],
    ['has an index that is no index', () => makeTar([{ name: 'index.json', content: '{}' }]), /index\.json/],
    ['has an index without images', () => oci(() => undefined), /no image in it/],
    [
      'has an index that names what is not there',
      () =>
        oci((layout) => {
          const image = layout.image();
          layout.list(image, 'a:1');
          layout.entries.delete(`blobs/${image.digest.replace(':', '/')}`);
        }),
      /incomplete.*manifest/,
    ],
    [
      'has an image whose layer is not there',
      () =>
        oci((layout) => {
          const image = layout.image({ layers: [Buffer.from('gone')] });
          layout.list(image, 'a:1').entries.delete(`blobs/sha256/${hex('gone')}`);
        }),
      /incomplete.*layer/,
    ],
    [
      'has an index of no platform that is there',
      () =>
        oci((layout) => {
          const absent = {
            mediaType: 'application/vnd.oci.image.manifest.v1+json',
            digest: `sha256:${hex('no')}`,
            size: 2,
          };
          layout.list(layout.indexOf([absent]), 'a:1');
        }),
      /none of the platforms/,
    ],
    [
      'has a manifest that says another size',
      () =>
        oci((layout) => {
          const blob = layout.blob('application/vnd.oci.image.config.v1+json', '{}');
          layout.list(layout.manifest({ config: { ...blob, size: 99 }, layers: [] }), 'a:1');
        }),
      /another size/,
    ],
    [
      'has indexes within indexes without end',
      () =>
        oci((layout) => {
          let index = layout.indexOf([layout.image()]);
          for (let i = 0; i < 12; i++) index = layout.indexOf([index]);
          layout.list(index, 'a:1');
        }),
      /deep/,
    ],
    [
      'has JSON without end in a manifest',
      () =>
        oci((layout) => {
          const mediaType = 'application/vnd.oci.image.manifest.v1+json';
          layout.list(layout.blob(mediaType, `{"a":${'['.repeat(5000)}`), 'a:1');
        }),
      /nested deeper/,
    ],
  ])(
    'is refused with the reason where it %s',
    async (_what, archive, reason) => {
      const reply = await send(archive());
      expect([400, 422], reply.body).toContain(reply.statusCode);
      expect(reply.json<{ errors: { message: string }[] }>().errors[0]?.message).toMatch(reason);
    },
    60_000,
  );

  it('is refused where it unpacks to very much more than came', async () => {
    // Beyond 1 GiB a hundred times its size is a bomb; the files are zeros, which cost no disk for long.
    const zeros = Buffer.alloc(16 * 1024 * 1024);
    const head = makeTar([{ name: 'zeros', sizeBytes: 0o20000000000 }], { ended: false });
    const parts = [gzipSync(head), ...Array.from({ length: 70 }, () => gzipSync(zeros, { level: 1 }))];
    const reply = await send(Buffer.concat(parts));
    expect(reply.json<{ errors: { message: string }[] }>().errors[0]?.message).toMatch(/100 times its size/);
    expect(reply.statusCode).toBe(422);
  }, 120_000);

  it('is taken or refused, wherever it is cut and whatever is changed in it', async () => {
    const archives = [makeTar(good), oci((layout) => layout.list(layout.indexOf([layout.image()]), 'a:1'))];
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % below;
    };
    for (const archive of archives)
      for (let i = 0; i < 40; i++) {
        const bytes = Buffer.from(archive.subarray(0, i % 2 === 0 ? random(archive.length) : archive.length));
        for (let change = 0; change < (i % 2) * 5; change++) bytes[random(bytes.length)] = random(256);
        const reply = await send(bytes);
        expect([201, 400, 422], reply.body).toContain(reply.statusCode);
        if (reply.statusCode !== 201) continue;
        const { id } = reply.json<{ id: string }>();
        const gone = await server.inject({ method: 'DELETE', url: `${imports}/${id}`, as: 'admin' });
        expect(gone.statusCode).toBe(200);
      }
  }, 120_000);
});

describe('an archive that is only odd', () => {
  it('is taken: names that lead out of it name nothing, links within it are followed, devices are passed over', async () => {
    const entries = good.map((entry) =>
      entry.name === layerOf() ? { ...entry, name: '../../../../etc/layer' } : entry,
    );
    const odd = [
      { name: '/dev/null', type: '3' },
      { name: 'folder/', type: '5' },
      { name: '../../outside', content: 'x' },
      ...entries,
    ].map((entry) =>
      entry.name === 'manifest.json'
        ? {
            ...entry,
            content: JSON.stringify([
              { Config: config(), RepoTags: ['odd:1'], Layers: ['../../../../etc/layer'] },
            ]),
          }
        : entry,
    );
    const { id, images } = await receive(makeTar(odd));
    const reply = await confirm(id, [{ position: 0, repository: 'odd', tags: ['1'] }]);
    expect(reply.json()).toMatchObject({ outcomes: [{ error: null }] });
    expect((await get('odd/manifests/1')).headers['docker-content-digest']).toBe(images[0]?.digest);
    expect(await openUploads()).toBe(0);
  });

  it('is taken where its index knows platforms that it does not hold, which is told', async () => {
    const layout = new Layout();
    const absent = {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: `sha256:${hex('absent')}`,
      size: 9,
      platform: { os: 'linux', architecture: 'arm64' },
    };
    const here = { ...layout.image(), platform: { os: 'linux', architecture: 'amd64' } };
    const { id, images } = await receive(layout.list(layout.indexOf([here, absent]), 'a:1').toTar());
    expect(images).toMatchObject([{ missing: 1, platforms: [{ architecture: 'amd64' }] }]);
    const reply = await confirm(id, [{ position: 0, repository: 'partly', tags: ['1'] }]);
    expect(reply.json()).toMatchObject({ outcomes: [{ error: null }] });
  });
});
