import type { ByteRange } from '../lib/range.ts';

/** A body of several ranges (RFC 9110, section 14.6), all but the bytes themselves. */
export interface Byteranges {
  readonly contentType: string;
  /** Of the whole body, in bytes. */
  readonly totalBytes: number;
  /** In the order to send them: what stands before the part's bytes, and which these are. */
  readonly parts: readonly { readonly head: Buffer; readonly range: ByteRange }[];
  readonly tail: Buffer;
}

export interface ByterangesOf {
  /** The content as a whole: its digest, media type and size in bytes. */
  readonly digest: string;
  readonly contentType: string;
  readonly sizeBytes: number;
}

/**
 * A line that the content does not hold: nobody can write content that contains 256 bits of its own digest. It is the
 * same each time, so that HEAD and GET agree. At most 70 characters (RFC 2046, section 5.1.1).
 */
const boundaryOf = (digest: string): string => digest.slice(digest.indexOf(':') + 1).slice(0, 64);

/** Lays out the body for these ranges of the content, one part for each, in their order. */
export function layOutByteranges(content: ByterangesOf, ranges: readonly ByteRange[]): Byteranges {
  const boundary = boundaryOf(content.digest);
  const parts = ranges.map((range, index) => ({
    range,
    head: Buffer.from(
      `${index === 0 ? '' : '\r\n'}--${boundary}\r\n` +
        `Content-Type: ${content.contentType}\r\n` +
        `Content-Range: bytes ${range.start}-${range.end}/${content.sizeBytes}\r\n\r\n`,
    ),
  }));
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const totalBytes = parts.reduce(
    (sum, { head, range }) => sum + head.byteLength + range.end - range.start + 1,
    tail.byteLength,
  );
  return { contentType: `multipart/byteranges; boundary=${boundary}`, totalBytes, parts, tail };
}

/** The body, with the bytes of each part read when its turn comes. */
export async function* writeByteranges(
  body: Byteranges,
  read: (range: ByteRange) => Promise<AsyncIterable<Uint8Array>>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const { head, range } of body.parts) {
    const chunks = (await read(range))[Symbol.asyncIterator]();
    try {
      // Before the head, so that a blob that cannot be read is an error and not half a body.
      let next = await chunks.next();
      yield head;
      for (; next.done !== true; next = await chunks.next()) yield next.value;
    } finally {
      await chunks.return?.();
    }
  }
  yield body.tail;
}
