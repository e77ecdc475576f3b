import { AppError } from './errors.ts';

/** What may be read of an archive that somebody pushed: beyond it reading ends with a refusal. */
export interface TarLimits {
  /** Bytes of the whole archive, unpacked. */
  readonly totalBytes: number;
  /** Bytes of one file that is wanted. */
  readonly fileBytes: number;
  readonly entries: number;
}

export interface TarFile {
  /** As the archive writes it: of no use as a path. */
  readonly name: string;
  readonly bytes: Buffer;
}

const BLOCK = 512;
/** A name that stands in an entry of its own. */
const MAX_NAME = 64 * 1024;

const broken = (what: string): AppError =>
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
      if (this.#read > this.#totalBytes) throw broken(`it unpacks to more than ${this.#totalBytes} bytes`);
      this.#chunk = next.value;
    }
    return true;
  }

  /** Passes `length` bytes to `take`; false where the archive ends before. */
  async #each(length: number, take: (part: Uint8Array) => void): Promise<boolean> {
    for (let left = length; left > 0;) {
      if (!(await this.#fill())) return false;
      const part = this.#chunk.subarray(0, left);
      take(part);
      this.#chunk = this.#chunk.subarray(part.length);
      left -= part.length;
    }
    return true;
  }

  /** The next bytes, copied; undefined where the archive ends before. */
  async take(length: number): Promise<Buffer | undefined> {
    const bytes = Buffer.alloc(length);
    let at = 0;
    const whole = await this.#each(length, (part) => {
      bytes.set(part, at);
      at += part.length;
    });
    return whole ? bytes : undefined;
  }

  skip(length: number): Promise<boolean> {
    return this.#each(length, () => undefined);
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

/** A number in octal digits. The other form, for 8 GiB and more, is beyond what is read here. */
function readOctal(header: Buffer, from: number, length: number): number {
  const text = readText(header, from, length).trim();
  if (!/^[0-7]+$/.test(text)) throw broken('a header has no size');
  return Number.parseInt(text, 8);
}

function checkSum(header: Buffer): void {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i] ?? 0;
  if (sum !== readOctal(header, 148, 8)) throw broken('a header has a wrong checksum');
}

/** `path` of a pax header, whose records are `length key=value\n`; undefined where it has none. */
function readPaxPath(bytes: Buffer): string | undefined {
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(bytes.subarray(at, space).toString());
    if (!Number.isSafeInteger(length) || length < 1) return undefined;
    const record = bytes.subarray(space + 1, at + length - 1).toString();
    if (record.startsWith('path=')) return record.slice('path='.length);
    at += length;
  }
  return undefined;
}

function nameIn(header: Buffer): string {
  const name = readText(header, 0, 100);
  const isUstar = readText(header, 257, 5) === 'ustar' && header[262] === 0;
  const prefix = isUstar ? readText(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

interface Entry {
  readonly type: string;
  readonly name: string;
  readonly sizeBytes: number;
}

/** The next header; undefined at the archive's end, which is a block of zeros or none at all. */
async function nextEntry(reader: Reader): Promise<Entry | undefined> {
  const header = await reader.take(BLOCK);
  if (!header || header.every((byte) => byte === 0)) return undefined;
  checkSum(header);
  return { type: readText(header, 156, 1), name: nameIn(header), sizeBytes: readOctal(header, 124, 12) };
}

const padded = (sizeBytes: number): number => Math.ceil(sizeBytes / BLOCK) * BLOCK;

/**
 * The regular files of a tar archive (POSIX ustar and pax, GNU's long names) that `isWanted` picks by their names, in order.
 * Links and devices are passed over, nothing is written anywhere. Memory holds one wanted file at a time. Throws
 * `unprocessable` for what is no archive, and beyond the limits; the source is closed whenever reading ends.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  { limits, isWanted }: { limits: TarLimits; isWanted: (name: string) => boolean },
): AsyncGenerator<TarFile, void, undefined> {
  const reader = new Reader(source, limits.totalBytes);
  try {
    let longName: string | undefined;
    for (let count = 0; ; count++) {
      const entry = await nextEntry(reader);
      if (!entry) return;
      if (count >= limits.entries) throw broken(`it has more than ${limits.entries} entries`);
      const { type, sizeBytes } = entry;
      if (type === 'L' || type === 'x') {
        if (sizeBytes > MAX_NAME) throw broken('a name is too long');
        const bytes = await reader.take(padded(sizeBytes));
        if (!bytes) throw broken('it ends in the middle of a name');
        const held = bytes.subarray(0, sizeBytes);
        longName = (type === 'L' ? readText(held, 0, sizeBytes) : readPaxPath(held)) ?? longName;
        continue;
      }
      const name = longName ?? entry.name;
      // A global pax header names nothing.
      if (type !== 'g') longName = undefined;
      const isFile = type === '' || type === '0' || type === '7';
      if (!isFile || !isWanted(name)) {
        if (!(await reader.skip(padded(sizeBytes)))) throw broken('it ends in the middle of a file');
        continue;
      }
      if (sizeBytes > limits.fileBytes)
        throw broken(`${JSON.stringify(name.slice(-100))} is larger than ${limits.fileBytes} bytes`);
      const bytes = await reader.take(padded(sizeBytes));
      if (!bytes) throw broken('it ends in the middle of a file');
      yield { name, bytes: bytes.subarray(0, sizeBytes) };
    }
  } finally {
    await reader.close();
  }
}
