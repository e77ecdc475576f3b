import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTar, type TarLimits } from '#server/lib/tar.ts';
import { inPieces, makeTar } from '#test/support/tar.ts';

const LIMITS: TarLimits = { totalBytes: 1024 * 1024, fileBytes: 64 * 1024, entries: 100 };

async function read(
  archive: Buffer,
  options: { wanted?: (name: string) => boolean; limits?: Partial<TarLimits>; piece?: number } = {},
): Promise<Record<string, string>> {
  const { wanted = () => true, limits = {}, piece = 1000 } = options;
  const found: Record<string, string> = {};
  const files = readTar(inPieces(archive, piece), { limits: { ...LIMITS, ...limits }, isWanted: wanted });
  for await (const { name, bytes } of files) found[name] = bytes.toString();
  return found;
}

describe('a tar archive', () => {
  it('gives the files that are wanted, whatever pieces it comes in', async () => {
    const archive = makeTar([
      { name: 'c/', type: '5' },
      { name: 'c/one', content: 'first' },
      { name: 'c/big', content: 'x'.repeat(2000) },
      { name: 'c/empty' },
      { name: 'two', prefix: 'c/deep', content: 'second' },
    ]);
    for (const piece of [1, 511, 512, 513, 100_000])
      expect(await read(archive, { piece, wanted: (name) => name !== 'c/big' })).toEqual({
        'c/one': 'first',
        'c/empty': '',
        'c/deep/two': 'second',
      });
  });

  it('passes over links, devices and folders, whatever they are called', async () => {
    const kinds = ['1', '2', '3', '4', '5', '6'].map((type) => ({ name: `../../etc/passwd${type}`, type }));
    expect(await read(makeTar([...kinds, { name: 'a', content: 'b' }]))).toEqual({ a: 'b' });
  });

  it('reads long names in both forms', async () => {
    const long = `c/${'n'.repeat(300)}`;
    const pax = `path=${long}pax\n`;
    const length = pax.length + 4;
    expect(
      await read(
        makeTar([
          { name: '././@LongLink', type: 'L', content: `${long}\0` },
          { name: 'cut', content: 'gnu' },
          { name: 'PaxHeaders', type: 'x', content: `${length} ${pax}` },
          { name: 'cut', content: 'pax' },
          { name: 'short', content: 'its own' },
        ]),
      ),
    ).toEqual({ [long]: 'gnu', [`${long}pax`]: 'pax', short: 'its own' });
  });

  it('reads what tar itself writes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'berth-tar-'));
    try {
      const deep = join('chart', ...Array.from({ length: 6 }, () => 'directory-of-some-length'));
      mkdirSync(join(folder, deep), { recursive: true });
      writeFileSync(join(folder, deep, 'values.yaml'), 'a: 1\n');
      writeFileSync(join(folder, 'chart/README.md'), '# Chart\n');
      for (const format of ['gnu', 'pax', 'ustar'])
        expect(
          await read(execFileSync('tar', ['-C', folder, `--format=${format}`, '-cf', '-', 'chart'])),
          format,
        ).toEqual({ [`${deep}/values.yaml`]: 'a: 1\n', 'chart/README.md': '# Chart\n' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('ends without the blocks that should end it', async () => {
    expect(await read(makeTar([{ name: 'a', content: 'b' }], { ended: false }))).toEqual({ a: 'b' });
    expect(await read(Buffer.alloc(0))).toEqual({});
  });

  it.each([
    [
      'is cut in the middle of a file',
      makeTar([{ name: 'a', content: 'x'.repeat(5000) }]).subarray(0, 1000),
      {},
    ],
    ['is cut in the middle of what is passed over', makeTar([{ name: 'a', sizeBytes: 9000, type: '2' }]), {}],
    ['has a header with a wrong checksum', Buffer.alloc(512, 'x'), {}],
    ['unpacks to too much', makeTar([{ name: 'a', content: 'x'.repeat(5000) }]), { totalBytes: 4000 }],
    [
      'has too many entries',
      makeTar(Array.from({ length: 9 }, (_, i) => ({ name: `f${i}` }))),
      { entries: 8 },
    ],
    [
      'has a file that is too large',
      makeTar([{ name: 'a', content: 'x'.repeat(5000) }]),
      { fileBytes: 4000 },
    ],
    ['says that a file is larger than all of it', makeTar([{ name: 'a', sizeBytes: 0o77777777777 }]), {}],
    ['has a name that is too long', makeTar([{ name: 'l', type: 'L', content: 'x'.repeat(100_000) }]), {}],
    ['is a name only', makeTar([{ name: 'l', type: 'L', sizeBytes: 9000 }], { ended: false }), {}],
  ])('is refused where it %s', async (_how, archive, limits) => {
    await expect(read(archive, { limits })).rejects.toMatchObject({ code: 'unprocessable' });
  });

  it('closes its source, also when the reader leaves early', async () => {
    let closed = 0;
    async function* source() {
      try {
        yield* inPieces(
          makeTar([
            { name: 'a', content: 'b' },
            { name: 'c', content: 'd' },
          ]),
          512,
        );
      } finally {
        closed++;
      }
    }
    for await (const file of readTar(source(), { limits: LIMITS, isWanted: () => true })) {
      expect(file.name).toBe('a');
      break;
    }
    expect(closed).toBe(1);
  });

  it('is read or refused, whatever bytes it has', async () => {
    const valid = makeTar([
      { name: 'a', content: 'b'.repeat(600) },
      { name: 'p', type: 'x', content: '10 path=c\n' },
      { name: 'd', content: 'e' },
    ]);
    const change = fc.record({ at: fc.nat(valid.length - 1), byte: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 20 }), async (changes) => {
        const archive = Buffer.from(valid);
        for (const { at, byte } of changes) archive[at] = byte;
        const outcome = await read(archive).catch((error: unknown) => (error as { code: string }).code);
        expect(typeof outcome === 'object' || outcome === 'unprocessable').toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
