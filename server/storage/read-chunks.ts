import { open } from 'node:fs/promises';
import type { ByteRange } from '../lib/range.ts';

/** Measured on page-cached and on cold files: larger chunks leave the processor's cache, smaller ones pay per call. */
const CHUNK_BYTES = 256 * 1024;
/** Beyond this many readers at once each gets small buffers: a thousand slow clients must not take a gigabyte. */
const MANY_READERS = 32;
const SMALL_CHUNK_BYTES = 32 * 1024;
const KEPT_BUFFERS = 2 * MANY_READERS;

/** Buffers that go from one reader to the next: fresh ones cost more than the reading itself. */
export class ReadBuffers {
  readonly #spare: Buffer[] = [];
  #readers = 0;

  /** A pair of buffers, to be given back. */
  take(): readonly [Buffer, Buffer] {
    this.#readers++;
    if (this.#readers > MANY_READERS) {
      return [Buffer.allocUnsafeSlow(SMALL_CHUNK_BYTES), Buffer.allocUnsafeSlow(SMALL_CHUNK_BYTES)];
    }
    const one = (): Buffer => this.#spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
    return [one(), one()];
  }

  giveBack(pair: readonly [Buffer, Buffer]): void {
    this.#readers--;
    for (const buffer of pair) {
      if (buffer.byteLength === CHUNK_BYTES && this.#spare.length < KEPT_BUFFERS) this.#spare.push(buffer);
    }
  }
}

/**
 * The file's bytes in that range, a chunk at a time, the next one being read while the last is used: a chunk is valid
 * until the next is asked for. The file is opened for the first chunk, so that chunks nobody asks for hold nothing, and
 * closed at the end, also when the reader leaves early.
 */
export async function* readChunks(
  path: string,
  range: ByteRange,
  buffers: ReadBuffers,
): AsyncGenerator<Uint8Array, void, undefined> {
  const file = await open(path, 'r');
  const pair = buffers.take();
  let position = range.start;
  const readInto = (buffer: Buffer): Promise<number> => {
    const length = Math.min(buffer.byteLength, range.end + 1 - position);
    const reading = file.read(buffer, 0, length, position).then(({ bytesRead }) => bytesRead);
    // The failure is thrown where it is awaited; this only keeps it from being "unhandled" until then.
    reading.catch(() => undefined);
    return reading;
  };
  let reading = Promise.resolve(0);
  try {
    let [current, other] = pair;
    if (position <= range.end) reading = readInto(current);
    while (position <= range.end) {
      const length = await reading;
      if (length === 0) throw new Error('a blob is shorter on disk than it should be');
      const chunk = current.subarray(0, length);
      position += length;
      [current, other] = [other, current];
      if (position <= range.end) reading = readInto(current);
      yield chunk;
    }
  } finally {
    // A read under way would write into a buffer that somebody else has by then.
    await reading.catch(() => undefined);
    buffers.giveBack(pair);
    await file.close();
  }
}
