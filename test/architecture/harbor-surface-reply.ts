import * as contract from './harbor-surface-contract.ts';
import type { HarborOperation, HarborResponse, Schema } from './harbor-surface-contract.ts';
import * as tables from './harbor-surface-tables.ts';

/** One reply of the server, as a test received it. */
export interface Reply {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** Undefined when the test reads it as a stream. */
  readonly body: string | undefined;
}

/** What the contract says to a reply. */
export interface Verdict {
  /** `METHOD /path` of the contract; undefined when the request is none of Harbor's. */
  readonly operation: string | undefined;
  /** Where the reply leaves the contract, and no reviewed table says why. */
  readonly problems: readonly string[];
  /** The properties and headers that were there: `reply metadata.public`, `reply header Link`. */
  readonly seen: readonly string[];
  /** The entries of the reviewed tables that were needed: `undocumented 422`, `addition metadata.allow_sparse`. */
  readonly needed: readonly string[];
}

interface Findings {
  readonly problems: string[];
  readonly seen: Set<string>;
  readonly needed: Set<string>;
  readonly operation: string;
}

const additions = tables.readAdditions();
const omissions = tables.readOmissions();
const undocumented = tables.readUndocumented();

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
// The query stands decoded in it, so that it may have spaces.
const LINK = /^<[^<>\r\n]+>; rel="(?:prev|next)"(?: , <[^<>\r\n]+>; rel="next")?$/;
const INT32 = 2 ** 31;

/** Judges a reply by the contract's definition: status, headers, and a body of exactly its properties and types. */
export function checkReply(reply: Reply): Verdict {
  const path = reply.url.split('?', 1)[0] ?? '';
  const operation =
    contract.matchOperation(reply.method, path) ??
    (reply.method === 'HEAD' ? contract.matchOperation('GET', path) : undefined);
  const findings: Findings = {
    problems: [],
    seen: new Set(),
    needed: new Set(),
    operation: operation ? contract.nameOf(operation) : '',
  };
  if (path.startsWith('/api/')) checkRefusal(reply, findings);
  if (operation) checkOperation(operation, reply, findings);
  return {
    operation: operation && findings.operation,
    problems: findings.problems,
    seen: [...findings.seen],
    needed: [...findings.needed],
  };
}

/** Every refusal below /api is Harbor's envelope, with a code and a sentence. */
function checkRefusal({ method, status, headers, body }: Reply, { problems }: Findings): void {
  if (!hasText(headers['x-request-id'])) problems.push('has no X-Request-Id');
  if (status >= 500) problems.push(`answers ${status}`);
  if (status < 400 || method === 'HEAD' || body === undefined) return;
  const value = parse(body) as { errors?: readonly Record<string, unknown>[] } | undefined;
  const [first, ...rest] = value?.errors ?? [];
  const isEnvelope =
    first !== undefined &&
    Object.keys(value ?? {}).length === 1 &&
    [first, ...rest].every((each) => Object.keys(each).toSorted().join() === 'code,message') &&
    [first, ...rest].every(({ code, message }) => hasText(code) && hasText(message));
  if (!isEnvelope) problems.push(`${status} is not the error envelope: ${body.slice(0, 200)}`);
}

const hasText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function checkOperation(operation: HarborOperation, reply: Reply, findings: Findings): void {
  const response = contract.responseOf(operation, reply.status);
  if (response === undefined) {
    const entry = undocumented.find(
      (each) => each.status === reply.status && tables.covers(each, findings.operation),
    );
    if (entry) findings.needed.add(`undocumented ${reply.status}`);
    else findings.problems.push(`answers ${reply.status}, which the contract does not document`);
    return;
  }
  checkHeaders(response, reply, findings);
  if (reply.status < 300 && reply.method !== 'HEAD' && reply.body !== undefined)
    checkBody(operation, response, { reply, findings });
}

function checkHeaders(response: HarborResponse, reply: Reply, findings: Findings): void {
  for (const name of Object.keys(response.headers ?? {})) {
    const value = reply.headers[name.toLowerCase()];
    if (value !== undefined) findings.seen.add(`reply header ${name}`);
    const wrong = judgeHeader(name, typeof value === 'string' ? value : undefined, reply);
    if (wrong !== undefined && !isOmitted('reply header', name, findings.operation))
      findings.problems.push(`${reply.status}: header ${name} ${wrong}`);
  }
}

function judgeHeader(name: string, value: string | undefined, reply: Reply): string | undefined {
  if (name === 'Link') return judgeLink(value, reply);
  if (value === undefined) return 'is missing';
  if (name === 'X-Total-Count' && !/^\d+$/.test(value)) return `is no count: ${value}`;
  if (name === 'Location' && !value.startsWith(`${contract.prefix}/`)) return `leads elsewhere: ${value}`;
  return value === '' ? 'is empty' : undefined;
}

/** A page that is not the last one links to the next. */
function judgeLink(value: string | undefined, { url, headers }: Reply): string | undefined {
  const query = new URLSearchParams(url.split('?')[1] ?? '');
  // An empty one is as one that is not given.
  const size = Number(query.get('page_size') || 10);
  const page = Math.max(1, Number(query.get('page') || 1));
  const goesOn = size > 0 && page * size < Number(headers['x-total-count'] ?? 0);
  if (goesOn !== (value?.includes('rel="next"') ?? false))
    return goesOn ? 'lacks the next page' : `leads to a page that is not there: ${value}`;
  return value === undefined || LINK.test(value) ? undefined : `is not as Harbor writes it: ${value}`;
}

interface Body {
  readonly reply: Reply;
  readonly findings: Findings;
}

function checkBody(operation: HarborOperation, response: HarborResponse, { reply, findings }: Body): void {
  const { problems } = findings;
  const { status, body = '' } = reply;
  const given = reply.headers['content-type'];
  const type = typeof given === 'string' ? given : '';
  if (response.schema === undefined) {
    if (body !== '') problems.push(`${status}: has a body, and Harbor's has none: ${body.slice(0, 100)}`);
    return;
  }
  const schema = contract.resolve(response.schema);
  if (schema.type === 'file') return;
  if (schema.type === 'string') {
    const isPlain = operation.produces?.includes('text/plain') ?? false;
    if (isPlain && !type.startsWith('text/plain')) problems.push(`${status}: is ${type}, not text/plain`);
    return;
  }
  if (!type.startsWith('application/json')) problems.push(`${status}: is ${type}, not application/json`);
  const value = parse(body);
  if (value === undefined) problems.push(`${status}: is no JSON: ${body.slice(0, 100)}`);
  else checkValue(value, schema, { at: '', findings });
}

interface Place {
  /** The path in the body, without list marks. */
  readonly at: string;
  readonly findings: Findings;
}

function checkValue(value: unknown, given: Schema, place: Place): void {
  const schema = contract.resolve(given);
  const { at, findings } = place;
  if (value === null && schema['x-nullable'] === true) return;
  // Go, and so Harbor, writes a list below the body that was never filled as null: scripts ask for `tags == null`.
  if (value === null && schema.type === 'array' && at !== '') return;
  const wrong = judgeType(value, schema);
  if (wrong !== undefined) {
    findings.problems.push(`${at === '' ? 'the body' : at} ${wrong}: ${JSON.stringify(value).slice(0, 100)}`);
  } else if (Array.isArray(value)) {
    for (const item of value) checkValue(item, schema.items ?? {}, place);
  } else if (typeof value === 'object' && value !== null) {
    checkProperties(value as Record<string, unknown>, schema, place);
  }
}

function checkProperties(value: Readonly<Record<string, unknown>>, schema: Schema, place: Place): void {
  const { findings } = place;
  const free = schema.additionalProperties;
  // An object without any named property is any value to Harbor's own client.
  if (schema.properties === undefined && free === undefined) return;
  for (const [name, item] of Object.entries(value)) {
    const known = schema.properties?.[name] ?? (typeof free === 'object' ? free : undefined);
    const key = schema.properties?.[name] ? name : known ? '*' : name;
    const at = place.at === '' ? key : `${place.at}.${key}`;
    if (known) {
      findings.seen.add(`reply ${at}`);
      checkValue(item, known, { at, findings });
    } else if (free === true) {
      continue;
    } else if (additions.some((each) => each.property === at && tables.covers(each, findings.operation))) {
      findings.needed.add(`addition ${at}`);
    } else {
      findings.problems.push(`${at} is no property of Harbor's`);
    }
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const at = place.at === '' ? name : `${place.at}.${name}`;
    const isThere = name in value || property['x-omitempty'] !== false;
    if (!isThere && !isOmitted('reply', at, findings.operation))
      findings.problems.push(`${at} is missing, which Harbor writes even when it is empty`);
  }
}

/** What is wrong with the kind of a value; undefined where nothing is. */
function judgeType(value: unknown, schema: Schema): string | undefined {
  switch (schema.type) {
    case 'string':
      return judgeString(value, schema);
    case 'integer':
      return judgeInteger(value, schema.format);
    case 'number':
      return typeof value === 'number' ? undefined : 'is no number';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'is neither true nor false';
    case 'array':
      return Array.isArray(value) ? undefined : 'is no list';
    case 'object': {
      const isAny = schema.properties === undefined && schema.additionalProperties === undefined;
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      return isAny || isObject ? undefined : 'is no object';
    }
    default:
      return undefined;
  }
}

function judgeString(value: unknown, { format, enum: choices }: Schema): string | undefined {
  if (typeof value !== 'string') return 'is no text';
  if (choices && !choices.includes(value)) return `is none of ${choices.join(', ')}`;
  if (format !== 'date-time') return undefined;
  return TIME.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : 'is no time in milliseconds, UTC';
}

function judgeInteger(value: unknown, format: string | undefined): string | undefined {
  if (!Number.isSafeInteger(value)) return 'is no whole number that a client can read';
  const number = value as number;
  if (format === 'int32' && (number < -INT32 || number >= INT32)) return 'does not fit in 32 bits';
  return format === 'uint64' && number < 0 ? 'is negative' : undefined;
}

function isOmitted(where: tables.Omission['where'], name: string, operation: string): boolean {
  return omissions.some(
    (each) => each.where === where && each.name === name && tables.covers(each, operation),
  );
}
