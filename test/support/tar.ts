/** One entry of an archive; a file unless `type` says otherwise. */
export interface TarEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** The header's type flag: "2" a link, "5" a folder, "L" GNU's long name, "x" pax. */
  readonly type?: string;
  /** What the header says, where it lies. */
  readonly sizeBytes?: number;
  readonly prefix?: string;
}

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

function header({ name, type = '0', prefix = '' }: TarEntry, sizeBytes: number): Buffer {
  const block = Buffer.alloc(512);
  block.write(name.slice(0, 100), 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(sizeBytes, 12), 124);
  block.write(octal(0, 12), 136);
  block.fill(0x20, 148, 156);
  block.write(type, 156);
  block.write('ustar\0', 257);
  block.write('00', 263);
  block.write(prefix.slice(0, 155), 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** An archive of these entries, byte for byte as said: also such as no tar would write. */
export function makeTar(entries: readonly TarEntry[], options: { ended?: boolean } = {}): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = Buffer.from(entry.content ?? '');
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
    return [header(entry, entry.sizeBytes ?? content.length), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(options.ended === false ? 0 : 1024)]);
}

/** The bytes in pieces of that size, as storage gives them: each piece's buffer is used again for the next. */
export async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const length = bytes.copy(buffer, 0, at, at + size);
    yield buffer.subarray(0, length);
  }
}
