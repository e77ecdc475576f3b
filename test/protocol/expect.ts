import { createHash } from 'node:crypto';
import { Mismatch } from './report.ts';
import { header, headers, type Reply } from './transport.ts';

/** Codes of the distribution spec ("Error Codes"), and three that registries have added. */
export const ERROR_CODES = [
  'BLOB_UNKNOWN',
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'DIGEST_INVALID',
  'MANIFEST_BLOB_UNKNOWN',
  'MANIFEST_INVALID',
  'MANIFEST_UNKNOWN',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'TAG_INVALID',
  'UNAUTHORIZED',
  'DENIED',
  'UNSUPPORTED',
  'TOOMANYREQUESTS',
  'RANGE_INVALID',
  'PAGINATION_NUMBER_INVALID',
  'UNAVAILABLE',
] as const;

/** The reply in one line, for a person who looks for what went wrong. */
export function describe(reply: Reply): string {
  const text = reply.body.subarray(0, 300).toString('utf8').replaceAll(/\s+/g, ' ');
  const body = text === '' ? '' : `, body ${JSON.stringify(text)}`;
  return `${reply.asked}: ${reply.status}${body}`;
}

export function expectStatus(reply: Reply, ...statuses: readonly number[]): Reply {
  if (!statuses.includes(reply.status))
    throw new Mismatch(`${describe(reply)} (expected ${statuses.join(' or ')})`);
  return reply;
}

/** The header is there once, with that value or of that form. */
export function expectHeader(reply: Reply, name: string, value: string | RegExp): string {
  const all = headers(reply, name);
  const [found] = all;
  const fits = typeof value === 'string' ? found === value : found !== undefined && value.test(found);
  if (all.length !== 1 || found === undefined || !fits) {
    const came = all.length === 0 ? 'none' : all.map((each) => JSON.stringify(each)).join(' and ');
    throw new Mismatch(
      `${reply.asked}: ${reply.status} with ${name}: ${came} (expected ${value.toString()})`,
    );
  }
  return found;
}

export function expectNoHeader(reply: Reply, name: string): void {
  const found = header(reply, name);
  if (found !== undefined)
    throw new Mismatch(`${reply.asked}: ${reply.status} with ${name}: ${found} (expected none)`);
}

export function expectBytes(reply: Reply, bytes: Buffer): void {
  if (reply.body.equals(bytes)) return;
  throw new Mismatch(
    `${reply.asked}: ${reply.status} with ${reply.body.length} other bytes than the ${bytes.length} expected`,
  );
}

/** The reply's body as JSON; throws when it is none. */
export function jsonOf(reply: Reply): unknown {
  try {
    return JSON.parse(reply.body.toString('utf8'));
  } catch {
    throw new Mismatch(`${describe(reply)} (expected JSON)`);
  }
}

export interface ErrorItem {
  readonly code: string;
  readonly message?: unknown;
  readonly detail?: unknown;
}

/** The spec's error envelope: `{"errors":[{"code","message","detail"}]}`, at least one with a code of the spec. */
export function errorsOf(reply: Reply): readonly ErrorItem[] {
  const { errors } = (jsonOf(reply) ?? {}) as { errors?: unknown };
  if (!Array.isArray(errors) || errors.length === 0)
    throw new Mismatch(`${describe(reply)} (expected an error envelope)`);
  for (const item of errors as ErrorItem[]) {
    if (!(ERROR_CODES as readonly string[]).includes(item.code))
      throw new Mismatch(`${describe(reply)} (${String(item.code)} is no code of the specification)`);
  }
  return errors as ErrorItem[];
}

/** One of these statuses, and the envelope with one of these codes (a HEAD has none). */
export function expectError(
  reply: Reply,
  statuses: number | readonly number[],
  ...codes: readonly string[]
): readonly ErrorItem[] {
  expectStatus(reply, ...[statuses].flat());
  if (reply.method === 'HEAD') return [];
  const errors = errorsOf(reply);
  if (codes.length > 0 && !errors.some(({ code }) => codes.includes(code)))
    throw new Mismatch(`${describe(reply)} (expected the code ${codes.join(' or ')})`);
  return errors;
}

export function expectEqual(found: unknown, wanted: unknown, what: string): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (a === b) return;
  const short = (text: string | undefined): string =>
    (text ?? 'undefined').length > 400 ? `${text?.slice(0, 400)}…` : (text ?? 'undefined');
  throw new Mismatch(`${what} ${short(a)} (expected ${short(b)})`);
}

/** The digest of the reply's body under an algorithm, as registries write it. */
export function bodyDigest(reply: Reply, algorithm: string): string {
  return `${algorithm}:${createHash(algorithm).update(reply.body).digest('hex')}`;
}
