/** Bytes `start`..`end`, both included, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type RangeDecision =
  | { readonly kind: 'full' }
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'part'; readonly range: ByteRange };

/**
 * Reads a Range header against a resource of `size` bytes (RFC 9110, section 14). One range is served;
 * several are answered with the whole, which the RFC allows. `last < first` is 416, as the OCI suite asks.
 */
export function decideRange(header: string | undefined, size: number): RangeDecision {
  if (header === undefined || header === '') return { kind: 'full' };
  const spec = /^bytes=\s*(\d*)-(\d*)\s*$/.exec(header);
  if (!spec) return { kind: 'full' };
  const [first, last] = [spec[1] ?? '', spec[2] ?? ''];
  if (first === '' && last === '') return { kind: 'full' };
  if (first === '') {
    const length = Number(last);
    if (length === 0 || size === 0) return { kind: 'unsatisfiable' };
    return { kind: 'part', range: { start: Math.max(0, size - length), end: size - 1 } };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size || (last !== '' && Number(last) < start)) return { kind: 'unsatisfiable' };
  return { kind: 'part', range: { start, end } };
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
