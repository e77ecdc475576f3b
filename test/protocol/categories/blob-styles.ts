import { locationOf, withQuery } from '../client.ts';
import type { Content } from '../content.ts';
import { expectError, expectHeader, expectStatus } from '../expect.ts';
import { rangeOf } from '../repository.ts';
import type { Suite } from '../suite.ts';
import type { Reply } from '../transport.ts';

/** A way to bring a blob in: resolves to the reply that acknowledged it. */
export interface Style {
  readonly id: string;
  readonly expected: string;
  readonly size: number;
  push(suite: Suite, blob: Content): Promise<Reply>;
}

/** A PATCH that must be taken; gives back where the next request goes. */
async function append(
  { client, repo1 }: Suite,
  path: string,
  chunk: { bytes: Buffer; at?: number; chunks?: number; total: number },
): Promise<string> {
  const { bytes, total, ...options } = chunk;
  const reply = expectStatus(await repo1.patch(path, bytes, options), 202);
  expectHeader(reply, 'range', `0-${total - 1}`);
  return locationOf(client, reply);
}

/** What the upload says of itself: 204 with the last byte's number. */
async function expectOffset({ client }: Suite, path: string, size: number): Promise<void> {
  const reply = expectStatus(await client.get(path), 204);
  expectHeader(reply, 'range', `0-${Math.max(0, size - 1)}`);
}

/** A chunk that does not follow: 416 with where to go on, and nothing changes. */
async function expectOutOfOrder(suite: Suite, path: string, reply: Reply, size: number): Promise<void> {
  expectError(reply, 416, 'RANGE_INVALID', 'BLOB_UPLOAD_INVALID');
  expectHeader(reply, 'location', /./);
  expectHeader(reply, 'range', `0-${Math.max(0, size - 1)}`);
  await expectOffset(suite, path, size);
}

const CHUNK = 1024;
const THREE = 2 * CHUNK + 1019;
const cut = (bytes: Buffer): Buffer[] => [0, CHUNK, 2 * CHUNK].map((at) => bytes.subarray(at, at + CHUNK));

export const simpleStyles: readonly Style[] = [
  {
    id: 'post-only',
    expected: 'one POST with digest and bytes is 201',
    size: 512,
    push: async ({ client, repo1 }, blob) =>
      client.ask({
        method: 'POST',
        path: `${repo1.uploads}?digest=${blob.digest}`,
        body: blob.bytes,
        headers: { 'content-type': 'application/octet-stream' },
      }),
  },
  {
    id: 'post-put',
    expected: 'POST, then PUT with all bytes, is 201',
    size: 512,
    push: async ({ repo1 }, blob) => repo1.finish(await repo1.start(), blob.digest, blob.bytes),
  },
  {
    id: 'put-chunked',
    expected: 'POST, then a PUT of all bytes in chunked encoding, is 201',
    size: 5000,
    push: async ({ client, repo1 }, blob) =>
      client.ask({
        method: 'PUT',
        path: withQuery(await repo1.start(), `digest=${blob.digest}`),
        body: blob.bytes,
        chunks: 3,
        headers: { 'content-type': 'application/octet-stream' },
      }),
  },
  {
    id: 'chunked',
    expected: 'one PATCH with Content-Range 0-511, then an empty PUT, is 201',
    size: 512,
    async push(suite, blob) {
      const path = await append(suite, await suite.repo1.start(), { bytes: blob.bytes, at: 0, total: 512 });
      return suite.repo1.finish(path, blob.digest);
    },
  },
  {
    id: 'stream',
    expected: 'one PATCH in chunked encoding without Content-Range, then an empty PUT, is 201',
    size: 70_000,
    async push(suite, blob) {
      const path = await suite.repo1.start();
      return suite.repo1.finish(
        await append(suite, path, { bytes: blob.bytes, chunks: 5, total: 70_000 }),
        blob.digest,
      );
    },
  },
  {
    id: 'chunks',
    expected: 'three PATCHes of 1024, 1024 and 1019 bytes, then an empty PUT, are 201',
    size: THREE,
    async push(suite, blob) {
      let path = await suite.repo1.start();
      let total = 0;
      for (const bytes of cut(blob.bytes)) {
        const at = total;
        total += bytes.length;
        path = await append(suite, path, { bytes, at, total });
        await expectOffset(suite, path, total);
      }
      return suite.repo1.finish(path, blob.digest);
    },
  },
  {
    id: 'last-chunk-in-put',
    expected: 'two PATCHes, then a PUT with the last chunk and its Content-Range, are 201',
    size: THREE,
    async push(suite, blob) {
      const [a = blob.bytes, b = a, c = a] = cut(blob.bytes);
      let path = await append(suite, await suite.repo1.start(), { bytes: a, at: 0, total: CHUNK });
      path = await append(suite, path, { bytes: b, at: CHUNK, total: 2 * CHUNK });
      return suite.repo1.finish(path, blob.digest, c, rangeOf(2 * CHUNK, c.length));
    },
  },
];

export const disorderedStyles: readonly Style[] = [
  {
    id: 'disordered-patch',
    expected: 'a PATCH that does not follow is 416 at every step, and the upload goes on after it',
    size: THREE,
    async push(suite, blob) {
      const { repo1 } = suite;
      const parts = cut(blob.bytes);
      const send = (path: string, i: number) => repo1.patch(path, parts[i] ?? blob.bytes, { at: i * CHUNK });
      let path = await repo1.start();
      let total = 0;
      for (const [i, bytes] of parts.entries()) {
        for (const wrong of parts.keys()) {
          if (wrong !== i) await expectOutOfOrder(suite, path, await send(path, wrong), total);
        }
        total += bytes.length;
        path = await append(suite, path, { bytes, at: i * CHUNK, total });
      }
      await expectOutOfOrder(suite, path, await send(path, 0), total);
      return repo1.finish(path, blob.digest);
    },
  },
  {
    id: 'disordered-put',
    expected: 'a closing PUT whose chunk does not follow is 416, and the upload goes on after it',
    size: THREE,
    async push(suite, blob) {
      const { repo1 } = suite;
      const [a = blob.bytes, b = a, c = a] = cut(blob.bytes);
      let path = await append(suite, await repo1.start(), { bytes: a, at: 0, total: CHUNK });
      const early = await repo1.finish(path, blob.digest, c, rangeOf(2 * CHUNK, c.length));
      await expectOutOfOrder(suite, path, early, CHUNK);
      path = await append(suite, path, { bytes: b, at: CHUNK, total: 2 * CHUNK });
      return repo1.finish(path, blob.digest, c, rangeOf(2 * CHUNK, c.length));
    },
  },
];

/** Mounts want the blob in the other repository first. */
export const mountStyles: readonly Style[] = [
  {
    id: 'mount',
    expected: 'POST with mount and from, of a blob in the other repository, is 201',
    size: 512,
    async push({ client, repo1, repo2 }, blob) {
      await repo2.push(blob);
      const path = `${repo1.uploads}?mount=${blob.digest}&from=${repo2.name}`;
      return client.ask({ method: 'POST', path });
    },
  },
  {
    id: 'mount-anonymous',
    expected: 'POST with mount alone, of a blob in another repository that may be pulled, is 201',
    size: 512,
    async push({ client, repo1, repo2 }, blob) {
      await repo2.push(blob);
      return client.ask({ method: 'POST', path: `${repo1.uploads}?mount=${blob.digest}` });
    },
  },
];
