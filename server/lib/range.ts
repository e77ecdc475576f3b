/** Bytes `start`..`end`, both included, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type RangeDecision =
  | { readonly kind: 'full' }
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  /** Two or more, in the order asked: one part each, none merged. */
  | { readonly kind: 'parts'; readonly ranges: readonly ByteRange[] };

/** Ranges in one request; containers/image asks for up to 1,024 at once (zstd:chunked). Beyond it the whole is sent. */
const MAX_RANGES = 2_000;
/** Bytes that overlapping ranges may repeat; beyond it the whole is less than what was asked. */
const MAX_REPEATED_BYTES = 64 * 1024;

/** One `first-last`, `first-` or `-length`; undefined when it is none, 'unsatisfiable' when it holds no byte. */
function readRange(text: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  const spec = /^(\d*)-(\d*)$/.exec(text);
  if (!spec) return undefined;
  const [first, last] = [spec[1] ?? '', spec[2] ?? ''];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Number(last);
    if (length === 0 || size === 0) return 'unsatisfiable';
    return { start: Math.max(0, size - length), end: size - 1 };
  }
  const start = Number(first);
  if (start >= size || (last !== '' && Number(last) < start)) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}

/**
 * Reads a Range header against a resource of `size` bytes (RFC 9110, section 14). Of several ranges those that hold no
 * byte are left out, and the rest are served as they were asked for; what is no range at all, or asks for too much, is
 * answered with the whole (section 14.2 allows it). `last < first` is 416 where nothing else is asked, as the OCI suite has it.
 */
export function decideRange(header: string | undefined, size: number): RangeDecision {
  const set = /^bytes=(.*)$/is.exec(header ?? '')?.[1];
  if (set === undefined) return { kind: 'full' };
  const texts = set
    .split(',')
    .map((text) => text.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((text) => text !== '');
  if (texts.length === 0 || texts.length > MAX_RANGES) return { kind: 'full' };
  const ranges: ByteRange[] = [];
  let bytes = 0;
  for (const text of texts) {
    const range = readRange(text, size);
    if (range === undefined) return { kind: 'full' };
    if (range === 'unsatisfiable') continue;
    ranges.push(range);
    bytes += range.end - range.start + 1;
  }
  const [first] = ranges;
  if (!first) return { kind: 'unsatisfiable' };
  if (ranges.length === 1) return { kind: 'part', range: first };
  return bytes > size + MAX_REPEATED_BYTES ? { kind: 'full' } : { kind: 'parts', ranges };
}

export interface ContentRange {
  readonly start: number;
  readonly end: number;
}

/** A chunk's `Content-Range: a-b` as the distribution spec writes it (without a unit; `bytes a-b/*` is taken too). */
export function parseContentRange(header: string): ContentRange | undefined {
  const match = /^(?:bytes\s+)?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim());
  if (!match) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2])];
  return end < start ? undefined : { start, end };
}
