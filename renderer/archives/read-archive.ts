import { annotatedName } from './names.ts';

/** What can be told of a file before it is sent. */
export type Glance =
  /** The names of each image in it, in its own order; none for an image without. */
  | { kind: 'images'; images: string[][] }
  /** Packed: its names are known once it was sent. */
  | { kind: 'packed' }
  /** No archive that can be imported; `form` names another kind of packing. */
  | { kind: 'unfit'; form?: 'xz' | 'bzip2' | 'zip' };

const block = 512;
const windowBytes = 64 * 1024;
const maxEntries = 20_000;
/** An index of images is never larger than that. */
const maxJsonBytes = 8 * 1024 * 1024;
const maxNameBytes = 64 * 1024;

const forms = [
  { form: 'gzip', head: [0x1f, 0x8b] },
  { form: 'zstd', head: [0x28, 0xb5, 0x2f, 0xfd] },
  { form: 'xz', head: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0] },
  { form: 'bzip2', head: [0x42, 0x5a, 0x68] },
  { form: 'zip', head: [0x50, 0x4b, 3, 4] },
] as const;

/** Reads a file in windows, so that many small steps are few reads. */
class FileReader {
  private at = 0;
  private held = new Uint8Array();
  private readonly file: Blob;

  constructor(file: Blob) {
    this.file = file;
  }

  /** The bytes from there on, fewer at the file's end. */
  async read(from: number, length: number): Promise<Uint8Array> {
    const isHeld = from >= this.at && from + length <= this.at + this.held.length;
    if (!isHeld) {
      const size = Math.max(length, windowBytes);
      this.held = new Uint8Array(await this.file.slice(from, from + size).arrayBuffer());
      this.at = from;
    }
    return this.held.subarray(from - this.at, from - this.at + length);
  }
}

const decoder = new TextDecoder();

function text(bytes: Uint8Array, from: number, length: number): string {
  const field = bytes.subarray(from, from + length);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
}

function sizeIn(header: Uint8Array): number {
  if (header[124] === 0x80) return header.subarray(125, 136).reduce((sum, byte) => sum * 256 + byte, 0);
  return Number.parseInt(text(header, 124, 12).trim(), 8);
}

interface Found {
  name: string;
  at: number;
  size: number;
}

/** `path` and `size` of a pax header, whose records are `length key=value\n`. */
function readPax(bytes: Uint8Array): { name?: string; size?: number } {
  const found: { name?: string; size?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? Number.NaN : Number(decoder.decode(bytes.subarray(at, space)));
    if (!Number.isSafeInteger(length) || length < 1) return found;
    const record = decoder.decode(bytes.subarray(space + 1, at + length - 1));
    if (record.startsWith('path=')) found.name = record.slice(5);
    else if (record.startsWith('size=')) found.size = Number(record.slice(5));
    at += length;
  }
  return found;
}

/** The files that tell of the images, found by the archive's headers alone. */
async function findFiles(reader: FileReader, wanted: readonly string[]): Promise<Map<string, Found>> {
  const found = new Map<string, Found>();
  let extras: { name?: string; size?: number } = {};
  for (let at = 0, count = 0; count < maxEntries && found.size < wanted.length; count++) {
    const header = await reader.read(at, block);
    if (header.length < block || header.every((byte) => byte === 0)) break;
    const type = text(header, 156, 1);
    const size = extras.size ?? sizeIn(header);
    if (!Number.isSafeInteger(size) || size < 0) break;
    const own = { name: extras.name ?? text(header, 0, 100), at: at + block, size };
    at += block + Math.ceil(size / block) * block;
    if (type === 'x' || type === 'L') {
      if (size > maxNameBytes) break;
      const bytes = await reader.read(own.at, size);
      extras = type === 'x' ? { ...extras, ...readPax(bytes) } : { ...extras, name: text(bytes, 0, size) };
      continue;
    }
    extras = {};
    const name = own.name.replace(/^\.\//, '');
    if (wanted.includes(name)) found.set(name, { ...own, name });
  }
  return found;
}

async function readJson(reader: FileReader, found: Found): Promise<unknown> {
  if (found.size > maxJsonBytes) return undefined;
  try {
    return JSON.parse(decoder.decode(await reader.read(found.at, found.size))) as unknown;
  } catch {
    return undefined;
  }
}

interface IndexEntry {
  digest?: unknown;
  annotations?: Record<string, unknown> | null;
}

/** Names by image, as index.json of an OCI layout has them. */
function namesInIndex(index: unknown): string[][] | undefined {
  const entries = (index as { manifests?: IndexEntry[] | null } | null)?.manifests;
  if (!Array.isArray(entries)) return undefined;
  const images = new Map<string, Set<string>>();
  for (const { digest, annotations } of entries) {
    const names = images.get(String(digest)) ?? new Set<string>();
    const name = annotatedName(annotations);
    if (name !== undefined) names.add(name);
    images.set(String(digest), names);
  }
  return [...images.values()].map((names) => [...names]);
}

/** Names by image, as docker save's manifest.json has them. */
function namesInList(list: unknown): string[][] | undefined {
  if (!Array.isArray(list)) return undefined;
  return (list as { RepoTags?: unknown[] | null }[]).map((image) => (image.RepoTags ?? []).map(String));
}

/** Looks into a file without sending it: at its headers and its list of images, however large it is. */
export async function glanceAt(file: Blob): Promise<Glance> {
  const reader = new FileReader(file);
  const head = await reader.read(0, block);
  const packed = forms.find((form) => form.head.every((byte, i) => head[i] === byte));
  if (packed?.form === 'gzip' || packed?.form === 'zstd') return { kind: 'packed' };
  if (packed) return { kind: 'unfit', form: packed.form };
  const found = await findFiles(reader, ['index.json', 'manifest.json']);
  const index = found.get('index.json');
  const list = found.get('manifest.json');
  const images =
    (index && namesInIndex(await readJson(reader, index))) ??
    (list && namesInList(await readJson(reader, list)));
  return images && images.length > 0 ? { kind: 'images', images } : { kind: 'unfit' };
}
