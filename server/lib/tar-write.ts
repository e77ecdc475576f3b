const BLOCK = 512;
/** What the octal digits of a header hold. */
const MAX_OCTAL = 8 ** 11 - 1;
const NAME_BYTES = 100;

/** A file to be written into an archive. */
export interface TarItem {
  readonly name: string;
  readonly sizeBytes: number;
}

const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;

function block({ name, sizeBytes, type }: TarItem & { type: string }): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name.slice(0, NAME_BYTES), 0);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(Math.min(sizeBytes, MAX_OCTAL), 12), 124);
  // No time: the same content gives the same archive.
  header.write(octal(0, 12), 136);
  header.fill(0x20, 148, 156);
  header.write(type, 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** `length key=value\n`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
}

/** Zeros that fill up the last block of a file. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((BLOCK - (sizeBytes % BLOCK)) % BLOCK);
}

/** What stands before the file's bytes; in pax where a name or a size is beyond the plain header (POSIX.1-2001). Names are ASCII. */
export function tarHeader(item: TarItem): Buffer {
  const records = [
    ...(item.name.length > NAME_BYTES ? [record('path', item.name)] : []),
    ...(item.sizeBytes > MAX_OCTAL ? [record('size', String(item.sizeBytes))] : []),
  ].join('');
  if (records === '') return block({ ...item, type: '0' });
  const extra = Buffer.from(records);
  return Buffer.concat([
    block({ name: 'pax', sizeBytes: extra.length, type: 'x' }),
    extra,
    tarPadding(extra.length),
    block({ ...item, type: '0' }),
  ]);
}

/** What stands after the last file. */
export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK);

/** Bytes of an archive of these files. */
export function tarBytes(items: readonly TarItem[]): number {
  return items.reduce(
    (sum, item) => sum + tarHeader(item).length + item.sizeBytes + tarPadding(item.sizeBytes).length,
    TAR_END.length,
  );
}
