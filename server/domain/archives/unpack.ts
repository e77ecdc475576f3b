import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { AppError } from '../../lib/errors.ts';

/** What unpacks to more than that, and to more than {@link MAX_RATIO} times what came, is taken for a bomb. */
const FREE_BYTES = 1024 * 1024 * 1024;
const MAX_RATIO = 100;
/** Enough to tell every form below. */
const HEAD_BYTES = 6;

const FORMS: readonly { readonly name: 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'zip'; readonly head: string }[] = [
  { name: 'gzip', head: '1f8b' },
  { name: 'zstd', head: '28b52ffd' },
  { name: 'xz', head: 'fd377a585a00' },
  { name: 'bzip2', head: '425a68' },
  { name: 'zip', head: '504b0304' },
];
export type PackedForm = (typeof FORMS)[number]['name'] | 'plain';

/** How bytes that begin like this are packed. */
export function tellForm(head: Uint8Array): PackedForm {
  const hex = Buffer.from(head.subarray(0, HEAD_BYTES)).toString('hex');
  return FORMS.find((form) => hex.startsWith(form.head))?.name ?? 'plain';
}

const refuse = (sentence: string, cause?: unknown): AppError =>
  new AppError('unprocessable', sentence, cause === undefined ? {} : { cause });

async function* decompress(
  packed: AsyncIterable<Uint8Array>,
  form: 'gzip' | 'zstd',
): AsyncGenerator<Uint8Array, void, undefined> {
  let received = 0;
  // Whoever sends a chunk uses its buffer again, and the streams between hold some.
  async function* copied() {
    for await (const chunk of packed) {
      received += chunk.byteLength;
      yield Buffer.from(chunk);
    }
  }
  const unpacked = form === 'gzip' ? createGunzip() : createZstdDecompress();
  // What fails is told to the reader by the stream itself; whoever stops reading closes the source as well.
  const done = pipeline(Readable.from(copied()), unpacked).catch(() => undefined);
  let given = 0;
  try {
    for await (const chunk of unpacked as AsyncIterable<Uint8Array>) {
      given += chunk.byteLength;
      if (given > FREE_BYTES && given > received * MAX_RATIO)
        throw refuse(`the archive unpacks to more than ${MAX_RATIO} times its size: it is not taken`);
      yield chunk;
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const code = String((cause as NodeJS.ErrnoException | null)?.code);
    // What zlib says is about the archive; anything else, such as a client that left, is not.
    if (!/^Z(?:STD)?_/.test(code)) throw cause;
    throw refuse(`the archive is no intact ${form}: it was cut short or damaged on its way`, cause);
  } finally {
    unpacked.destroy();
    await done;
  }
}

/**
 * The archive's bytes, unpacked where they are packed with gzip or zstd, told by how they begin. Throws `unprocessable`
 * for another form, for what is damaged, and for what unpacks to very much more than came.
 */
export async function* unpackArchive(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    let head: Uint8Array = new Uint8Array();
    while (head.length < HEAD_BYTES) {
      const next = await chunks.next();
      if (next.done === true) break;
      head = Buffer.concat([head, next.value]);
    }
    async function* whole() {
      if (head.length > 0) yield head;
      for (;;) {
        const next = await chunks.next();
        if (next.done === true) return;
        yield next.value;
      }
    }
    const form = tellForm(head);
    if (form === 'gzip' || form === 'zstd') yield* decompress(whole(), form);
    else if (form === 'plain') yield* whole();
    else throw refuse(`the file is packed with ${form}: unpack it first, or pack it with gzip or zstd`);
  } finally {
    await chunks.return?.();
  }
}
