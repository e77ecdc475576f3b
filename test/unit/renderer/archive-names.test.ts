import fc from 'fast-check';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readName, repositoryFromFile, splitTags, isRepository } from '#renderer/archives/names.ts';
import { planPlaces } from '#renderer/archives/plan.ts';
import { glanceAt } from '#renderer/archives/read-archive.ts';
import { nameFor } from '#server/domain/archives/names.ts';
import { dockerEntries, Layout } from '#test/support/image-archive.ts';
import { makeTar } from '#test/support/tar.ts';

const file = (bytes: Buffer): Blob => new Blob([new Uint8Array(bytes)]);

describe('names in an archive', () => {
  it.each([
    ['app:1', 'app', '1'],
    ['app', 'app', null],
    ['docker.io/library/nginx:1.25', 'nginx', '1.25'],
    ['docker.io/team/nginx:1.25', 'team/nginx', '1.25'],
    ['registry.example:5000/team/app:2', 'team/app', '2'],
    ['localhost/app:latest', 'app', 'latest'],
    ['registry.example/web/app:3', 'app', '3'],
    ['web/app:3', 'app', '3'],
    ['web:3', 'web', '3'],
    [`app:1@sha256:${'0'.repeat(64)}`, 'app', '1'],
    [':1.25', null, '1.25'],
    ['', null, null],
  ])('%s lose the host and the project of their own', (given, repository, tag) => {
    expect(readName('web', given)).toEqual({ given, repository, tag });
  });

  it('are read in the console as on the server, whatever they are', () => {
    const part = fc.constantFrom(
      'a',
      'web',
      'docker.io',
      'library',
      ':',
      '/',
      '@',
      '.',
      'localhost',
      '',
      '0',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const given = parts.join('');
        expect(readName('web', given)).toEqual({ given, ...nameFor('web', given) });
      }),
      { numRuns: 2000 },
    );
  });

  it('are made of the name of a file where there are none', () => {
    expect(repositoryFromFile('My App (1.0).tar.gz')).toBe('my-app-1.0');
    expect(repositoryFromFile('nginx.tar')).toBe('nginx');
    fc.assert(
      fc.property(fc.string(), (name) => {
        const made = repositoryFromFile(name);
        expect(made === '' || isRepository('p', made.slice(0, 150).replace(/[._-]+$/, ''))).toBe(true);
      }),
    );
    expect(splitTags('1.0, latest  1.0，x')).toEqual(['1.0', 'latest', 'x']);
  });

  it('in two repositories make two places of one image', () => {
    expect(planPlaces('web', [['a:1', 'a:2', 'b:1'], []], 'two.tar')).toMatchObject([
      { position: 0, repository: 'a', tags: '1, 2' },
      { position: 0, repository: 'b', tags: '1' },
      { position: 1, repository: 'two', tags: '' },
    ]);
  });
});

describe('a file that is looked into before it is sent', () => {
  it('tells the names of docker save', async () => {
    const tar = makeTar(dockerEntries({ names: ['a:1', 'b:2'] }, { architecture: 'arm64' }));
    expect(await glanceAt(file(tar))).toEqual({ kind: 'images', images: [['a:1', 'b:2'], []] });
  });

  it('tells the names of an OCI layout, each image once', async () => {
    const layout = new Layout();
    const image = layout.image();
    layout.list(image, '1.0').list(image, 'docker.io/library/a:2', 'io.containerd.image.name');
    expect(await glanceAt(file(layout.toTar()))).toEqual({
      kind: 'images',
      images: [[':1.0', 'docker.io/library/a:2']],
    });
  });

  it('reads headers only, past what is larger than memory', async () => {
    const size = 40 * 1024 * 1024 * 1024;
    const large = Buffer.alloc(12);
    large[0] = 0x80;
    large.writeBigUInt64BE(BigInt(size), 4);
    const head = makeTar([{ name: 'large' }], { ended: false });
    large.copy(head, 124);
    const list = makeTar(dockerEntries({ names: ['a:1'] }));
    const reads: number[] = [];
    const blob = {
      slice(from: number, to: number) {
        reads.push(to - from);
        const at = from - 512 - size;
        return file(at < 0 ? head.subarray(from, to) : list.subarray(at, at + to - from));
      },
    } as unknown as Blob;
    expect(await glanceAt(blob)).toEqual({ kind: 'images', images: [['a:1']] });
    expect(Math.max(...reads)).toBeLessThanOrEqual(64 * 1024);
  });

  it.each([
    ['gzip', gzipSync(makeTar(dockerEntries({}))), { kind: 'packed' }],
    ['zstd', zstdCompressSync(makeTar(dockerEntries({}))), { kind: 'packed' }],
    ['zip', Buffer.from('504b0304aaaa', 'hex'), { kind: 'unfit', form: 'zip' }],
    ['xz', Buffer.from('fd377a585a0000', 'hex'), { kind: 'unfit', form: 'xz' }],
    ['an archive without images', makeTar([{ name: 'readme', content: 'x' }]), { kind: 'unfit' }],
    ['nothing', Buffer.alloc(0), { kind: 'unfit' }],
    ['noise', Buffer.alloc(3000, 'x'), { kind: 'unfit' }],
  ])('is told by how it begins: %s', async (_what, bytes, glance) => {
    expect(await glanceAt(file(bytes))).toEqual(glance);
  });

  it('is read or not, whatever bytes it has', async () => {
    const valid = makeTar(dockerEntries({ names: ['a:1'] }));
    const change = fc.record({ at: fc.nat(valid.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 20 }), async (changes) => {
        const bytes = Buffer.from(valid);
        for (const { at, byte } of changes) bytes[at] = byte;
        expect(['images', 'packed', 'unfit']).toContain((await glanceAt(file(bytes))).kind);
      }),
      { numRuns: 200 },
    );
  });
});
