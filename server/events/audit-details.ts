import { writeJson } from '../db/json.ts';

/** What of a thing is told in the audit log: plain JSON, by the names of the API. */
export type AuditDetails = Readonly<Record<string, unknown>>;

/** Characters of one text. */
const TEXT_MAX = 1_000;
/** Characters of one side of a change, as JSON. */
const TOTAL_MAX = 16_384;
/** Objects and lists inside each other. */
const DEPTH_MAX = 8;
/** The key, or the end of a text, that says that something was left out. */
const MARK = '…';
/** Names of what must never be kept, should it ever get here: `password`, `oidc_client_secret`, `password_hash`, `sid`. */
const SECRET =
  /(?:^|_)(?:pass(?:word|wd|phrase)?|secret|token|hash|cookie|credentials?|(?:private|api)_?key|auth_info|authorization|sid|salt)s?$/i;

function cutText(text: string): string {
  if (text.length <= TEXT_MAX) return text;
  // Not between the halves of one character.
  const kept = text.slice(0, TEXT_MAX).replace(/[\ud800-\udbff]$/, '');
  return `${kept}${MARK} (${text.length} characters)`;
}

function cut(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cutText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return MARK;
  if (Array.isArray(value)) return value.map((item) => cut(item, depth + 1));
  const kept = Object.entries(value).map(([key, inner]) => [
    cutText(key),
    isSecret(key) ? '***' : cut(inner, depth + 1),
  ]);
  return Object.fromEntries(kept) as unknown;
}

const isSecret = (key: string): boolean => SECRET.test(key.replaceAll(/([a-z])([A-Z])/g, '$1_$2'));

/**
 * The details as JSON text of at most 16 KiB: long texts are cut with a mark, then whole keys, and what is named like a
 * secret is masked. Pure.
 */
export function writeDetails(details: AuditDetails): string {
  const whole = cut(details, 0) as AuditDetails;
  const text = writeJson(whole);
  if (text.length <= TOTAL_MAX) return text;
  const kept: Record<string, unknown> = {};
  const entries = Object.entries(whole);
  let left = TOTAL_MAX - 100;
  let dropped = 0;
  for (const [key, value] of entries) {
    const cost = writeJson({ [key]: value }).length;
    if (cost > left) {
      dropped++;
      continue;
    }
    kept[key] = value;
    left -= cost;
  }
  return writeJson({ ...kept, [MARK]: `${dropped} of ${entries.length} properties were too long to keep` });
}
