import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteRange } from '#server/lib/range.ts';
import { layOutByteranges, writeByteranges } from '#server/oci/byteranges.ts';
import { content } from '#test/support/oci.ts';

const of = (item: ReturnType<typeof content>) => ({
  digest: item.digest,
  contentType: 'application/octet-stream',
  sizeBytes: item.bytes.byteLength,
});

async function bodyOf(item: ReturnType<typeof content>, ranges: readonly ByteRange[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const read = ({ start, end }: ByteRange) =>
    Promise.resolve(Readable.from([item.bytes.subarray(start, end + 1)]));
  for await (const chunk of writeByteranges(layOutByteranges(of(item), ranges), read)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a multipart/byteranges body', () => {
  it('is written as RFC 9110, section 14.6, has it', async () => {
    const item = content('0123456789');
    const boundary = item.digest.slice('sha256:'.length);
    const ranges = [
      { start: 7, end: 9 },
      { start: 0, end: 1 },
    ];
    expect(layOutByteranges(of(item), ranges).contentType).toBe(`multipart/byteranges; boundary=${boundary}`);
    expect((await bodyOf(item, ranges)).toString()).toBe(
      [
        `--${boundary}`,
        'Content-Type: application/octet-stream',
        'Content-Range: bytes 7-9/10',
        '',
        '789',
        `--${boundary}`,
        'Content-Type: application/octet-stream',
        'Content-Range: bytes 0-1/10',
        '',
        '01',
        `--${boundary}--`,
        '',
      ].join('\r\n'),
    );
  });

  it('has a boundary of at most 70 characters, for either digest', () => {
    for (const algorithm of ['sha256', 'sha512'] as const) {
      const { contentType } = layOutByteranges(of(content('x', algorithm)), [{ start: 0, end: 0 }]);
      expect(contentType).toMatch(/^multipart\/byteranges; boundary=[0-9a-f]{64}$/);
    }
  });

  it('is as long as was computed ahead', async () => {
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 200 });
    const pairs = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(bytes, pairs, async (array, wanted) => {
        const item = content(Buffer.from(array));
        const ranges = wanted.map(([a, b]) => {
          const [start = 0, end = 0] = [a % array.length, b % array.length].toSorted((x, y) => x - y);
          return { start, end };
        });
        const { totalBytes } = layOutByteranges(of(item), ranges);
        expect((await bodyOf(item, ranges)).byteLength).toBe(totalBytes);
      }),
    );
  });

  it('lets go of the part under way when the reader goes away', async () => {
    const item = content('0123456789');
    const opened: Readable[] = [];
    const body = writeByteranges(layOutByteranges(of(item), [{ start: 0, end: 9 }]), () => {
      const stream = Readable.from([item.bytes]);
      opened.push(stream);
      return Promise.resolve(stream);
    });
    await body.next();
    await body.return();
    expect(opened.map((stream) => stream.destroyed)).toEqual([true]);
  });

  it('fails before its first byte where the blob cannot be read', async () => {
    const item = content('0123456789');
    const body = writeByteranges(layOutByteranges(of(item), [{ start: 0, end: 9 }]), () =>
      Promise.reject(new Error('gone')),
    );
    await expect(body.next()).rejects.toThrow('gone');
  });
});
