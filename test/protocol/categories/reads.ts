import { content, image, randomContent, type Content } from '../content.ts';
import {
  expectBytes,
  expectEqual,
  expectError,
  expectHeader,
  expectNoHeader,
  expectStatus,
} from '../expect.ts';
import { Mismatch } from '../report.ts';
import type { Category, Suite } from '../suite.ts';
import { header, type Reply } from '../transport.ts';

const SIZE = 1000;

interface Part {
  readonly range: string;
  readonly bytes: Buffer;
}

/** The parts of a multipart/byteranges reply (RFC 9110, section 14.6). */
function partsOf(reply: Reply): readonly Part[] {
  const type = header(reply, 'content-type') ?? '';
  const boundary = /^multipart\/byteranges;\s*boundary="?([^";]+)"?$/i.exec(type)?.[1];
  if (boundary === undefined) throw new Mismatch(`${reply.asked}: 206 with Content-Type ${type}`);
  // Read as latin1, one character is one byte.
  const pieces = `\r\n${reply.body.toString('latin1')}`.split(`\r\n--${boundary}`);
  if (pieces.at(-1)?.trim() !== '--') throw new Mismatch(`${reply.asked}: the closing boundary is missing`);
  return pieces.slice(1, -1).map((piece) => {
    const end = piece.indexOf('\r\n\r\n');
    const range = /^content-range:\s*(.+)$/im.exec(piece.slice(0, end))?.[1]?.trim() ?? '';
    return { range, bytes: Buffer.from(piece.slice(end + 4), 'latin1') };
  });
}

async function checkSingle({ client, check, repo1 }: Suite, blob: Content): Promise<void> {
  const path = repo1.blob(blob.digest);
  const wanted: Readonly<Record<string, readonly [range: string, first: number, last: number]>> = {
    'first-last': ['bytes=10-19', 10, 19],
    'one-byte': ['bytes=0-0', 0, 0],
    'first-only': ['bytes=990-', 990, 999],
    suffix: ['bytes=-5', 995, 999],
    'long-suffix': ['bytes=-5000', 0, 999],
    clamped: ['bytes=900-5000', 900, 999],
    whole: ['bytes=0-999', 0, 999],
  };
  for (const [what, [range, first, last]] of Object.entries(wanted)) {
    await check(`range/${what}`, `${range} of 1000 bytes is 206 with ${first}-${last}`, async () => {
      const reply = expectStatus(await client.get(path, { range }), 206);
      expectHeader(reply, 'content-range', `bytes ${first}-${last}/${SIZE}`);
      expectHeader(reply, 'content-length', String(last - first + 1));
      expectHeader(reply, 'docker-content-digest', blob.digest);
      expectBytes(reply, blob.bytes.subarray(first, last + 1));
    });
  }
  for (const [what, range] of [
    ['last-before-first', 'bytes=500-0'],
    ['behind-the-end', 'bytes=1000-1005'],
    ['far-behind', 'bytes=99999999999-'],
    ['zero-suffix', 'bytes=-0'],
  ] as const) {
    await check(
      `range/${what}`,
      `${range} of 1000 bytes is 416 with Content-Range: bytes */1000`,
      async () => {
        const reply = await client.get(path, { range });
        expectError(reply, 416, 'RANGE_INVALID');
        expectHeader(reply, 'content-range', `bytes */${SIZE}`);
      },
    );
  }
  for (const range of ['bytes', 'bytes=', 'bytes=a-b', 'lines=1-2', 'bytes=--5', 'bytes=1-2-3']) {
    await check(`range/ignored/${range}`, 'a Range that cannot be read is ignored: 200, or 416', async () => {
      const reply = expectStatus(await client.get(path, { range }), 200, 416);
      if (reply.status === 200) expectBytes(reply, blob.bytes);
    });
  }
}

async function checkSeveral({ client, check, repo1 }: Suite, blob: Content): Promise<void> {
  const path = repo1.blob(blob.digest);
  const several: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
    two: [
      [0, 9],
      [500, 599],
    ],
    adjacent: [
      [0, 9],
      [10, 19],
    ],
    overlapping: [
      [0, 99],
      [50, 149],
    ],
    backwards: [
      [900, 999],
      [0, 0],
    ],
  };
  for (const [what, ranges] of Object.entries(several)) {
    await check(
      `range/several-${what}`,
      'several ranges are 206 with one part for each in its order, or 200 with all',
      async () => {
        const range = `bytes=${ranges.map((pair) => pair.join('-')).join(',')}`;
        const reply = expectStatus(await client.get(path, { range }), 200, 206);
        if (reply.status === 200) return expectBytes(reply, blob.bytes);
        const found = partsOf(reply).map((part) => [part.range, part.bytes.toString('hex')]);
        const expected = ranges.map(([first, last]) => [
          `bytes ${first}-${last}/${SIZE}`,
          blob.bytes.subarray(first, last + 1).toString('hex'),
        ]);
        expectEqual(found, expected, 'the parts are');
      },
    );
  }
  await check('range/several-behind', 'several ranges, all behind the end, are 416', async () => {
    const reply = await client.get(path, { range: 'bytes=1000-1001,2000-3000' });
    expectStatus(reply, 416, 200);
  });
  await check('range/many', 'a thousand ranges do not make a reply of many times the blob', async () => {
    const range = `bytes=${Array.from({ length: 1000 }, () => '0-').join(',')}`;
    const reply = expectStatus(await client.get(path, { range }), 200, 206, 400, 416, 431);
    if (reply.body.length > 100 * SIZE) throw new Mismatch(`${reply.body.length} bytes came`);
  });
}

async function checkConditionsOfRanges({ client, check, repo1 }: Suite, blob: Content): Promise<void> {
  const path = repo1.blob(blob.digest);
  await check('range/if-range', 'If-Range with the ETag is 206, with another 200', async () => {
    const etag = expectHeader(await client.head(path), 'etag', /^".+"$/);
    const range = 'bytes=0-4';
    expectStatus(await client.get(path, { range, 'if-range': etag }), 206);
    const other = expectStatus(await client.get(path, { range, 'if-range': '"other"' }), 200);
    expectBytes(other, blob.bytes);
  });
  await check('range/head', 'HEAD says Accept-Ranges: bytes', async () => {
    expectHeader(expectStatus(await client.head(path), 200), 'accept-ranges', 'bytes');
  });
  await check('range/zero-bytes', 'a range of the zero-byte blob is 416 with bytes */0, or 200', async () => {
    const none = await repo1.push(content(''));
    const reply = expectStatus(await client.get(repo1.blob(none.digest), { range: 'bytes=0-0' }), 416, 200);
    if (reply.status === 416) expectHeader(reply, 'content-range', 'bytes */0');
  });
}

export const range: Category = {
  name: 'range',
  async run(suite) {
    const blob = randomContent(SIZE);
    await suite.check('range/push', 'a blob of 1000 bytes is pushed', () => suite.repo1.push(blob));
    await checkSingle(suite, blob);
    await checkSeveral(suite, blob);
    await checkConditionsOfRanges(suite, blob);
  },
};

/** Conditional GETs (RFC 9110, section 13), and what caches and decoders are told. */
export const conditional: Category = {
  name: 'conditional',
  async run({ client, check, repo1, run }) {
    const pushed = image();
    const tag = `conditional-${run}`;
    await check('conditional/push', 'an image is pushed', () => repo1.pushImage(tag, pushed));
    const { manifest, config } = pushed;
    for (const [what, path, item] of [
      ['blob', repo1.blob(config.digest), config],
      ['manifest', repo1.manifest(manifest.digest), manifest],
      ['tag', repo1.manifest(tag), manifest],
    ] as const) {
      const quoted = `"${item.digest}"`;
      await check(`conditional/${what}/etag`, 'GET and HEAD carry the digest as ETag', async () => {
        for (const reply of [await client.get(path), await client.head(path)])
          expectHeader(expectStatus(reply, 200), 'etag', quoted);
      });
      for (const [form, value] of [
        ['quoted', quoted],
        ['bare', item.digest],
        ['weak', `W/${quoted}`],
        ['list', `"other", ${quoted}`],
        ['any', '*'],
      ] as const) {
        await check(
          `conditional/${what}/${form}`,
          `If-None-Match: ${form} is 304 without a body`,
          async () => {
            for (const reply of [
              await client.get(path, { 'if-none-match': value }),
              await client.head(path, { 'if-none-match': value }),
            ]) {
              expectHeader(expectStatus(reply, 304), 'etag', quoted);
              expectHeader(reply, 'docker-content-digest', item.digest);
              expectBytes(reply, Buffer.alloc(0));
            }
          },
        );
      }
      await check(`conditional/${what}/other`, 'If-None-Match with another ETag is 200', async () => {
        const reply = await client.get(path, { 'if-none-match': `"sha256:${'0'.repeat(64)}"` });
        expectBytes(expectStatus(reply, 200), item.bytes);
      });
      await check(`conditional/${what}/identity`, 'Accept-Encoding changes no byte', async () => {
        const reply = await client.get(path, { 'accept-encoding': 'zstd, gzip, br' });
        expectNoHeader(expectStatus(reply, 200), 'content-encoding');
        expectBytes(reply, item.bytes);
      });
    }
    await check('conditional/blob/cache', 'a blob may be kept for ever, by its client alone', async () => {
      const reply = expectStatus(await client.get(repo1.blob(config.digest)), 200);
      expectHeader(reply, 'cache-control', /private.*immutable/);
    });
    await check('conditional/missing', 'what is not there is 404, also with If-None-Match: *', async () => {
      const reply = await client.get(repo1.manifest(`none-${run}`), { 'if-none-match': '*' });
      expectStatus(reply, 404);
    });
    await repo1.tidy(manifest.digest);
  },
};
