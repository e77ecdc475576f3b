import { AppError } from '../../lib/errors.ts';

/**
 * Metadata whose engine does not exist yet, with the values that ask for nothing, as an empty one does. Anything else is
 * refused: a project that says "prevent_vul" and prevents nothing would be a lie. An engine that arrives takes its key out.
 */
const NOT_YET: Readonly<Record<string, readonly string[]>> = {
  enable_content_trust: ['false'],
  enable_content_trust_cosign: ['false'],
  prevent_vul: ['false'],
  auto_scan: ['false'],
  auto_sbom_generation: ['false'],
  reuse_sys_cve_allowlist: ['true'],
  retention_id: [],
  proxy_speed_kb: ['-1'],
  max_upstream_conn: ['-1'],
  proxy_cache_local_on_not_found: ['false'],
  proxy_referrer_api: ['false'],
  proxy_cache_filter_pattern: [],
  proxy_cache_filter_kind: [],
};

/** The least severity that prevent_vul keeps back: it may be said while nothing is kept back, and asks for nothing. */
const SEVERITIES: readonly string[] = ['none', 'low', 'medium', 'high', 'critical'];

/** Those that are "true" or "false". */
const FLAGS: ReadonlySet<string> = new Set([
  'public',
  'allow_sparse',
  'enable_content_trust',
  'enable_content_trust_cosign',
  'prevent_vul',
  'auto_scan',
  'auto_sbom_generation',
  'reuse_sys_cve_allowlist',
  'proxy_cache_local_on_not_found',
  'proxy_referrer_api',
]);

const KNOWN: readonly string[] = ['public', 'allow_sparse', 'severity', ...Object.keys(NOT_YET)];

/** What Go's strconv.ParseBool takes, which reads these values in Harbor. */
const SPELLINGS: ReadonlyMap<string, 'true' | 'false'> = new Map([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((text) => [text, 'true'] as const),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((text) => [text, 'false'] as const),
]);

const refuse = (message: string): AppError => new AppError('bad_request', message);
const quote = (text: string): string => JSON.stringify(text.slice(0, 80));

/** The refusal of what no engine keeps yet. */
export const notYet = (what: string): AppError =>
  refuse(`${what}: this version has no engine for it, so only the default is accepted`);

/** The severity as it is kept, in lower case. Throws `bad_request` for what is none of the five. */
export function readSeverity(value: string): string {
  const severity = value.toLowerCase();
  if (SEVERITIES.includes(severity)) return severity;
  throw refuse(`metadata.severity is one of ${SEVERITIES.join(', ')}, not ${quote(value)}`);
}

/** Throws `bad_request` for a value that asks for something that no engine does. */
export function refuseUnkept(key: string, value: string): void {
  const accepted = NOT_YET[key];
  if (value !== '' && accepted && !accepted.includes(value)) throw notYet(`metadata.${key} ${quote(value)}`);
}

/** One value of a project's metadata; `public` is one of them here. */
export interface MetadataEntry {
  readonly key: string;
  readonly value: string;
}

function normalize(key: string, value: string): string {
  if (FLAGS.has(key)) {
    const flag = SPELLINGS.get(value);
    if (flag === undefined) throw refuse(`metadata.${key} is "true" or "false", not ${quote(value)}`);
    return flag;
  }
  if (value === '') throw refuse(`metadata.${key}: DELETE takes it away, an empty value does not`);
  return key === 'severity' ? readSeverity(value) : value;
}

/**
 * The one entry that a request to the metadata of a project names, with flags written as "true" or "false". Throws
 * `bad_request` for none or several, for a key that nobody knows, and for a value that cannot be kept.
 */
export function readEntry(metadata: Readonly<Record<string, string>>): MetadataEntry {
  const [first, ...more] = Object.entries(metadata);
  if (!first || more.length > 0) throw refuse('name one key with its value, such as {"public": "true"}');
  const [key, given] = first;
  if (!KNOWN.includes(key)) throw refuse(`metadata has no ${quote(key)}; it knows ${KNOWN.join(', ')}`);
  const value = normalize(key, given);
  refuseUnkept(key, value);
  return { key, value };
}
