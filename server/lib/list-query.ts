import { AppError } from './errors.ts';

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

const SUFFIXES = {
  icontains: 'contains',
  exact: 'equals',
  gt: 'gt',
  gte: 'gte',
  lt: 'lt',
  lte: 'lte',
} as const;

function invalid(part: string): AppError {
  return new AppError('bad_request', `q=${part}: write key=value, with several of them joined by commas`);
}

/** Harbor decodes a value once more than the query itself is decoded, "+" included. */
function decodeAgain(text: string, part: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalid(part);
  }
}

function unquote(text: string): string {
  const quoted = /^'(.*)'$|^"(.*)"$/s.exec(text);
  return quoted ? (quoted[1] ?? quoted[2] ?? '') : text;
}

/** The inside of `{a b}`, `(a b)` or `[a~b]`; undefined when the text is not so enclosed. */
function enclosed(text: string, brackets: string): string | undefined {
  return text.length >= 2 && text.startsWith(brackets.charAt(0)) && text.endsWith(brackets.charAt(1))
    ? text.slice(1, -1).trim()
    : undefined;
}

const words = (text: string): string[] => (text.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map(unquote);

function parsePattern(key: string, text: string, part: string): Filter {
  if (text.startsWith('~')) return { key, op: 'contains', value: text.slice(1) };
  if (text.startsWith('\\')) return { key, op: 'equals', value: text.slice(1) };
  const range = enclosed(text, '[]');
  if (range !== undefined) {
    const [from = '', to = '', ...more] = range.split('~').map((end) => unquote(end.trim()));
    if (!range.includes('~') || more.length > 0) throw invalid(part);
    return { key, op: 'range', ...(from ? { from } : {}), ...(to ? { to } : {}) };
  }
  const any = enclosed(text, '{}');
  if (any !== undefined) return { key, op: 'any', values: words(any) };
  const all = enclosed(text, '()');
  if (all !== undefined) return { key, op: 'all', values: words(all) };
  return { key, op: 'equals', value: text };
}

function parsePart(part: string): Filter {
  const split = part.indexOf('=');
  const name = part.slice(0, split).trim();
  const raw = part.slice(split + 1).trim();
  if (split < 0 || name === '' || raw === '') throw invalid(part);
  const value = decodeAgain(raw, part);
  const [, key = name, suffix] = /^(.+)__([a-z]+)$/.exec(name) ?? [];
  if (suffix === 'in') return { key, op: 'any', values: words(enclosed(value, '{}') ?? value) };
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
  return q === undefined || q === '' ? [] : q.split(',').map(parsePart);
}

/** Harbor's `sort`: `a,-b`, a minus for descending. */
export function parseSort(sort: string | undefined): SortKey[] {
  return (sort ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '' && key !== '-')
    .map((key) =>
      key.startsWith('-') ? { key: key.slice(1), descending: true } : { key, descending: false },
    );
}
