import { AppError } from './errors.ts';

const BLOCK = 512;
/** A name that stands in an entry of its own, and what a pax header may hold beside it. */
const MAX_NAME = 64 * 1024;

export const brokenTar = (what: string): AppError =>
  new AppError('unprocessable', `the archive cannot be read: ${what}`);

/** Gives bytes of a stream in the pieces that are asked for, and counts them. */
class Reader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #totalBytes: number;
  #chunk: Uint8Array = new Uint8Array();
  #read = 0;

  constructor(source: AsyncIterable<Uint8Array>, totalBytes: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#totalBytes = totalBytes;
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#source.next();
      if (next.done) return false;
      this.#read += next.value.length;
      if (this.#read > this.#totalBytes) throw brokenTar(`it unpacks to more than ${this.#totalBytes} bytes`);
      this.#chunk = next.value;
    }
    return true;
  }

  /** The next bytes, at most so many; undefined at the end. They are the reader's until it asks for more. */
  async part(most: number): Promise<Uint8Array | undefined> {
    if (!(await this.#fill())) return undefined;
    const part = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(part.length);
    return part;
  }

  /** The next bytes, copied; undefined where the archive ends before. */
  async take(length: number): Promise<Buffer | undefined> {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length;) {
      const part = await this.part(length - at);
      if (!part) return undefined;
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** False where the archive ends before. */
  async skip(length: number): Promise<boolean> {
    for (let left = length; left > 0;) {
      const part = await this.part(left);
      if (!part) return false;
      left -= part.length;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

function readText(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? length : end).toString();
}

/** A number in octal digits, or in GNU's other form, which begins with the byte 0x80, for 8 GiB and more. */
function readNumber(header: Buffer, from: number, length: number): number {
  if (header[from] === 0x80) {
    let value = 0;
    for (const byte of header.subarray(from + 1, from + length)) value = value * 256 + byte;
    if (!Number.isSafeInteger(value)) throw brokenTar('a header has no size');
    return value;
  }
  const text = readText(header, from, length).trim();
  if (!/^[0-7]+$/.test(text)) throw brokenTar('a header has no size');
  return Number.parseInt(text, 8);
}

function checkSum(header: Buffer): void {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i] ?? 0;
  if (sum !== readNumber(header, 148, 8)) throw brokenTar('a header has a wrong checksum');
}

function nameIn(header: Buffer): string {
  const name = readText(header, 0, 100);
  const isUstar = readText(header, 257, 5) === 'ustar' && header[262] === 0;
  const prefix = isUstar ? readText(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** What stands in entries of their own before the one that they belong to. */
interface Extras {
  name?: string;
  linkName?: string;
  sizeBytes?: number;
  isSparse?: boolean;
}

/** The records of a pax header, `length key=value\n`; the rest is left where one cannot be read. */
function readPax(bytes: Buffer): Extras {
  const extras: Extras = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(bytes.subarray(at, space).toString());
    if (!Number.isSafeInteger(length) || length < 1) return extras;
    const record = bytes.subarray(space + 1, at + length - 1).toString();
    const mark = record.indexOf('=');
    const [key, value] = [record.slice(0, mark), record.slice(mark + 1)];
    if (key === 'path') extras.name = value;
    else if (key === 'linkpath') extras.linkName = value;
    else if (key === 'size') extras.sizeBytes = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    else if (key.startsWith('GNU.sparse.')) extras.isSparse = true;
    at += length;
  }
  return extras;
}

export type TarEntryKind = 'file' | 'link' | 'sparse' | 'other';

export interface TarEntry {
  readonly kind: TarEntryKind;
  /** As the archive writes it: of no use as a path. */
  readonly name: string;
  /** Where a hard or symbolic link points to, as the archive writes it. */
  readonly linkName: string;
  readonly isSymbolic: boolean;
  readonly sizeBytes: number;
  /**
   * The bytes of a file, once; what is not read of them is passed over. A chunk is the reader's until it asks for the
   * next one.
   */
  readonly content: AsyncIterable<Uint8Array>;
}

const padding = (sizeBytes: number): number => (BLOCK - (sizeBytes % BLOCK)) % BLOCK;

function kindOf(type: string, extras: Extras): TarEntryKind {
  if (type === 'S' || extras.isSparse) return 'sparse';
  if (type === '' || type === '0' || type === '7') return 'file';
  return type === '1' || type === '2' ? 'link' : 'other';
}

/** Reads the entries that only describe the next one; false for any other. */
async function readExtras(
  reader: Reader,
  { type, sizeBytes, extras }: { type: string; sizeBytes: number; extras: Extras },
): Promise<boolean> {
  if (!['L', 'K', 'x'].includes(type)) return false;
  if (sizeBytes > MAX_NAME) throw brokenTar('a name is too long');
  const bytes = await reader.take(sizeBytes + padding(sizeBytes));
  if (!bytes) throw brokenTar('it ends in the middle of a name');
  const held = bytes.subarray(0, sizeBytes);
  if (type === 'L') extras.name = readText(held, 0, sizeBytes);
  else if (type === 'K') extras.linkName = readText(held, 0, sizeBytes);
  else Object.assign(extras, readPax(held));
  if (Number.isNaN(extras.sizeBytes)) throw brokenTar('a header has no size');
  return true;
}

/**
 * The entries of a tar archive (POSIX ustar and pax, GNU's long names and large sizes), in order, as they come. Nothing is
 * written anywhere, and memory holds headers only. Throws `unprocessable` for what is no archive, and beyond the limits; the
 * source is closed whenever reading ends.
 */
export async function* readTarEntries(
  source: AsyncIterable<Uint8Array>,
  limits: { readonly totalBytes: number; readonly entries: number },
): AsyncGenerator<TarEntry, void, undefined> {
  const reader = new Reader(source, limits.totalBytes);
  try {
    let extras: Extras = {};
    for (let count = 0; ; count++) {
      const header = await reader.take(BLOCK);
      // A block of zeros is the end; some leave it out.
      if (!header || header.every((byte) => byte === 0)) return;
      checkSum(header);
      if (count >= limits.entries) throw brokenTar(`it has more than ${limits.entries} entries`);
      const type = readText(header, 156, 1);
      const said = readNumber(header, 124, 12);
      if (await readExtras(reader, { type, sizeBytes: said, extras })) continue;
      const sizeBytes = extras.sizeBytes ?? said;
      let left = sizeBytes;
      const content = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
        while (left > 0) {
          const part = await reader.part(left);
          if (!part) throw brokenTar('it ends in the middle of a file');
          left -= part.length;
          yield part;
        }
      };
      yield {
        kind: kindOf(type, extras),
        name: extras.name ?? nameIn(header),
        linkName: extras.linkName ?? readText(header, 157, 100),
        isSymbolic: type === '2',
        sizeBytes,
        content: content(),
      };
      // A global pax header names nothing.
      if (type !== 'g') extras = {};
      if (!(await reader.skip(left + padding(sizeBytes)))) throw brokenTar('it ends in the middle of a file');
    }
  } finally {
    await reader.close();
  }
}
