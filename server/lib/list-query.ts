import { AppError } from './errors.ts';
import { isKeepable } from './text.ts';

/** One `key=value` of a list's `q`, with its values still as text: the column's type decides how they are read. */
export type Filter =
  | {
      readonly key: string;
      readonly op: 'equals' | 'contains' | 'gt' | 'gte' | 'lt' | 'lte';
      readonly value: string;
    }
  | { readonly key: string; readonly op: 'range'; readonly from?: string; readonly to?: string }
  | { readonly key: string; readonly op: 'any' | 'all'; readonly values: readonly string[] };

export interface SortKey {
  readonly key: string;
  readonly descending: boolean;
}

/** What a list is asked for; limit and offset are counts of rows. */
export interface ListRequest {
  readonly filters: readonly Filter[];
  readonly sort: readonly SortKey[];
  readonly limit: number;
  readonly offset: number;
}

export interface ResultPage<T> {
  readonly items: readonly T[];
  /** Rows that match, on all pages. */
  readonly total: number;
}

/** What a list is asked for from a position on. */
export interface KeysetRequest {
  readonly filters: readonly Filter[];
  readonly sort: SortKey | undefined;
  /** Rows at most. */
  readonly limit: number;
  /** {@link KeysetPage.next} of the page before; undefined for the first. */
  readonly after: string | undefined;
  /** Whether it is also asked how many rows match in all. */
  readonly counts?: boolean;
}

export interface KeysetPage<T> {
  readonly items: readonly T[];
  /** Leads to the page after this one; null at the end. */
  readonly next: string | null;
  /** Rows that match in all, where it was asked; null for more than are counted. */
  readonly total?: number | null;
}

const SUFFIXES = {
  icontains: 'contains',
  exact: 'equals',
  gt: 'gt',
  gte: 'gte',
  lt: 'lt',
  lte: 'lte',
} as const;

// What one request may ask of the database.
const MAX_LENGTH = 8_000;
const MAX_PARTS = 30;
const MAX_VALUES = 200;
const MAX_SORT_KEYS = 10;

function invalid(part: string, why: string): AppError {
  return new AppError('bad_request', `q: ${JSON.stringify(part.slice(0, 200))} cannot be read: ${why}`);
}

/**
 * Harbor decodes the whole of `q` once more than the query itself is decoded, "+" included: its own console encodes it
 * twice. What is no encoding is taken as it is.
 */
function decodeAgain(text: string): string {
  try {
    const decoded = decodeURIComponent(text.replaceAll('+', ' '));
    // What would become a NUL was one "%00" more than people mean, and is no name that a database could have.
    return isKeepable(decoded) ? decoded : text;
  } catch {
    return text;
  }
}

function unquote(text: string): string {
  const quoted = /^'(.*)'$|^"(.*)"$/s.exec(text);
  return quoted ? (quoted[1] ?? quoted[2] ?? '') : text;
}

/** The inside of `{a b}`, `(a b)` or `[a~b]`; undefined when the text does not begin so. */
function enclosed(text: string, brackets: string, part: string): string | undefined {
  if (!text.startsWith(brackets.charAt(0))) return undefined;
  if (text.length >= 2 && text.endsWith(brackets.charAt(1))) return text.slice(1, -1).trim();
  throw invalid(
    part,
    `what begins with ${brackets.charAt(0)} ends with ${brackets.charAt(1)}; a value that begins so is written with \\ before it`,
  );
}

/** The values of a list: words, or quoted texts that may hold spaces. */
function readWords(text: string, part: string): string[] {
  const words = (text.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map(unquote).filter((word) => word !== '');
  if (words.length === 0) throw invalid(part, 'the list is empty');
  if (words.length > MAX_VALUES) throw invalid(part, `a list has at most ${MAX_VALUES} values`);
  return words;
}

function readRange(key: string, inside: string, part: string): Filter {
  const [from = '', to = '', ...more] = inside.split('~').map((end) => unquote(end.trim()));
  if (!inside.includes('~') || more.length > 0) throw invalid(part, 'a range has one ~ between its ends');
  if (from === '' && to === '') throw invalid(part, 'a range has one end at least');
  return { key, op: 'range', ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

function parsePattern(key: string, text: string, part: string): Filter {
  if (text.startsWith('~')) {
    if (text.length === 1) throw invalid(part, 'a text follows the ~');
    return { key, op: 'contains', value: text.slice(1) };
  }
  if (text.startsWith('\\')) return { key, op: 'equals', value: text.slice(1) };
  const range = enclosed(text, '[]', part);
  if (range !== undefined) return readRange(key, range, part);
  const any = enclosed(text, '{}', part);
  if (any !== undefined) return { key, op: 'any', values: readWords(any, part) };
  const all = enclosed(text, '()', part);
  if (all !== undefined) return { key, op: 'all', values: readWords(all, part) };
  return { key, op: 'equals', value: text };
}

function parsePart(part: string): Filter {
  const split = part.indexOf('=');
  const name = part.slice(0, Math.max(split, 0)).trim();
  const value = part.slice(split + 1).trim();
  if (name === '' || value === '')
    throw invalid(part, 'write key=value, with several of them joined by commas');
  const [, key = name, suffix] = /^(.+)__([a-z]+)$/.exec(name) ?? [];
  if (suffix === 'in')
    return { key, op: 'any', values: readWords(enclosed(value, '{}', part) ?? value, part) };
  const op = SUFFIXES[suffix as keyof typeof SUFFIXES] as
    | (typeof SUFFIXES)[keyof typeof SUFFIXES]
    | undefined;
  return op ? { key, op, value } : parsePattern(name, value, part);
}

/**
 * Harbor's `q`: `k=v` exact, `k=~v` contains, `k=[a~b]` range, `k={a b}` any of, `k=(a b)` all of, joined by commas.
 * Throws `bad_request` naming the part that cannot be read.
 */
export function parseFilters(q: string | undefined): Filter[] {
  if (q === undefined || q === '') return [];
  if (q.length > MAX_LENGTH) throw new AppError('bad_request', `q has more than ${MAX_LENGTH} characters`);
  const text = decodeAgain(q);
  // PostgreSQL takes none in a text, so that no row has one.
  if (text.includes('\0')) throw new AppError('bad_request', 'q holds a NUL, which nothing here does');
  const parts = text.split(',');
  if (parts.length > MAX_PARTS) throw new AppError('bad_request', `q has more than ${MAX_PARTS} parts`);
  return parts.map(parsePart);
}

/** Harbor's `sort`: `a,-b`, a minus for descending. Throws `bad_request` for more keys than any list has. */
export function parseSort(sort: string | undefined): SortKey[] {
  const keys = (sort ?? '')
    .split(',', MAX_SORT_KEYS + 1)
    .map((key) => key.trim())
    .filter((key) => key !== '' && key !== '-')
    .map((key) =>
      key.startsWith('-') ? { key: key.slice(1), descending: true } : { key, descending: false },
    );
  if (keys.length > MAX_SORT_KEYS)
    throw new AppError('bad_request', `sort has more than ${MAX_SORT_KEYS} keys`);
  return keys;
}
