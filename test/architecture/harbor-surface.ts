import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeenReply } from '#test/support/seen.ts';

/** What this module reads of Harbor's Swagger 2.0 schemas and of our OpenAPI 3.1 ones. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema?: Schema;
}

export interface HarborOperation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly schema?: Schema };
  readonly responses: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface HarborContract {
  readonly operations: readonly HarborOperation[];
  readonly definitions: Readonly<Record<string, Schema>>;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface OurOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Content>>;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OurOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** A documented status that no test can see of ours, with the reason: test/architecture/harbor-unreachable.json. */
export interface Unreachable {
  readonly status: number;
  /** `METHOD /path` of the contract, or `*` for every operation. */
  readonly operations: readonly string[];
  readonly reason: string;
}

/** A property of ours in bodies of Harbor's operations, with the reason: test/architecture/harbor-additions.json. */
export interface Addition {
  /** `METHOD /path` of the contract. */
  readonly operations: readonly string[];
  /** Its path in the request or reply, without list marks: `metadata.allow_sparse`. */
  readonly property: string;
  readonly reason: string;
}

export interface TableRow {
  readonly operation: string;
  readonly exists: boolean;
  /** A test saw a success and each documented refusal that can occur. */
  readonly proved: boolean;
  readonly unseen: readonly number[];
}

const prefix = '/api/v2.0';
const here = import.meta.dirname;

export function readContract(): HarborContract {
  return JSON.parse(readFileSync(join(here, '../fixtures/harbor-contract.json'), 'utf8')) as HarborContract;
}

/** Reads the reviewed table of statuses that cannot occur; throws when an entry has no reason. */
export function readUnreachable(): readonly Unreachable[] {
  const entries = JSON.parse(
    readFileSync(join(here, 'harbor-unreachable.json'), 'utf8'),
  ) as readonly Unreachable[];
  const bare = entries.find(({ reason }) => typeof reason !== 'string' || reason.length < 20);
  if (bare) throw new Error(`harbor-unreachable.json: an entry without a reason: ${JSON.stringify(bare)}`);
  return entries;
}

/** Reads the reviewed table of properties that are ours; throws when an entry has no reason. */
export function readAdditions(): readonly Addition[] {
  const entries = JSON.parse(
    readFileSync(join(here, 'harbor-additions.json'), 'utf8'),
  ) as readonly Addition[];
  const bare = entries.find(({ reason }) => typeof reason !== 'string' || reason.length < 20);
  if (bare) throw new Error(`harbor-additions.json: an entry without a reason: ${JSON.stringify(bare)}`);
  return entries;
}

/** The differences that no addition explains, and the additions that explain none: both have to go. */
export function judgeDifferences(
  differences: readonly string[],
  additions: readonly Addition[],
): { readonly unexplained: readonly string[]; readonly unused: readonly string[] } {
  const explained = new Set(
    additions.flatMap(({ operations, property }) =>
      operations.map((operation) => `${operation} ${property}`),
    ),
  );
  const used = new Set<string>();
  const unexplained = differences.filter((difference) => {
    const match = /^(\S+ \S+): (?:request|reply \d+)(?:\[\])?(\S*): unknown property (\S+)$/.exec(difference);
    if (!match) return true;
    const [, operation, parents = '', name] = match;
    const key = `${operation} ${`${parents}.${name}`.replaceAll('[]', '').slice(1)}`;
    if (!explained.has(key)) return true;
    used.add(key);
    return false;
  });
  return { unexplained, unused: [...explained].filter((key) => !used.has(key)) };
}

/** `METHOD /path` of each of our operations below /api/v2.0, with the contract's spelling of parameters. */
export function ourOperations(ours: OpenApi): ReadonlyMap<string, OurOperation> {
  const found = new Map<string, OurOperation>();
  for (const [path, methods] of Object.entries(ours.paths)) {
    if (!path.startsWith(`${prefix}/`)) continue;
    for (const [method, operation] of Object.entries(methods)) {
      found.set(`${method.toUpperCase()} ${path.slice(prefix.length)}`, operation);
    }
  }
  return found;
}

/**
 * Where our operations leave Harbor's contract: operations it has not, and names of parameters, request and
 * reply properties it does not know. Operations of `own` (`METHOD /path`) are ours on purpose.
 */
export function findDifferences(
  ours: OpenApi,
  contract: HarborContract,
  own: readonly string[],
): readonly string[] {
  const known = new Map(contract.operations.map((each) => [`${each.method} ${each.path}`, each]));
  return [...ourOperations(ours)].flatMap(([name, operation]) => {
    const harbor = known.get(name);
    if (harbor === undefined) return own.includes(name) ? [] : [`${name}: not an operation of Harbor`];
    return [
      ...unknownParameters(operation, harbor),
      ...unknownNames('request', bodySchema(operation.requestBody), harbor.requestBody?.schema, {
        ours,
        contract,
      }),
      ...Object.entries(operation.responses ?? {})
        .filter(([status]) => status.startsWith('2'))
        .flatMap(([status, reply]) =>
          unknownNames(`reply ${status}`, bodySchema(reply), harbor.responses[status]?.schema, {
            ours,
            contract,
          }),
        ),
    ].map((difference) => `${name}: ${difference}`);
  });
}

/** One row for each of the contract's operations: whether we have it, and whether tests proved it. */
export function proveOperations(
  ours: OpenApi,
  seen: readonly SeenReply[],
  unreachable: readonly Unreachable[],
): readonly TableRow[] {
  const contract = readContract();
  const have = ourOperations(ours);
  const statuses = new Map<string, Set<number>>();
  for (const { method, path, status } of seen) {
    const operation = matchOperation(contract, method, path);
    if (operation) statuses.set(operation, (statuses.get(operation) ?? new Set()).add(status));
  }
  return contract.operations.map((each) => {
    const operation = `${each.method} ${each.path}`;
    const got = statuses.get(operation) ?? new Set();
    const cannot = unreachable.filter(
      ({ operations }) => operations.includes('*') || operations.includes(operation),
    );
    const documented = Object.keys(each.responses).map(Number);
    const refusals = documented.filter(
      (status) => status >= 400 && !cannot.some((entry) => entry.status === status),
    );
    const succeeded = [...got].some((status) => status >= 200 && status < 300);
    const unseen = refusals.filter((status) => !got.has(status));
    if (!succeeded) unseen.unshift(documented.find((status) => status < 300) ?? 200);
    const exists = have.has(operation);
    return { operation, exists, proved: exists && unseen.length === 0, unseen };
  });
}

/** Entries of the table of unreachable statuses that a test did see: they are wrong and have to go. */
export function seenThoughUnreachable(
  seen: readonly SeenReply[],
  unreachable: readonly Unreachable[],
): readonly string[] {
  const contract = readContract();
  return seen.flatMap(({ method, path, status }) => {
    const operation = matchOperation(contract, method, path);
    const entry = unreachable.find(
      (each) => each.status === status && operation && each.operations.includes(operation),
    );
    return entry ? [`${operation} answered ${status}, which harbor-unreachable.json says cannot occur`] : [];
  });
}

/** The table as text: what exists, with what is not proved of it, and how many there are. */
export function printTable(rows: readonly TableRow[]): string {
  const exist = rows.filter((row) => row.exists);
  const lines = exist.map(({ operation, proved, unseen }) =>
    proved ? `  proved      ${operation}` : `  not proved  ${operation}  (not seen: ${unseen.join(', ')})`,
  );
  const proved = exist.filter((row) => row.proved).length;
  return [...lines, `${exist.length} of Harbor's ${rows.length} operations exist, ${proved} are proved`].join(
    '\n',
  );
}

/** The contract's operation for a request, by its concrete path or a route pattern; literal segments win. */
function matchOperation(contract: HarborContract, method: string, path: string): string | undefined {
  if (!path.startsWith(`${prefix}/`)) return undefined;
  const segments = path.slice(prefix.length).split('/');
  const isParameter = (segment: string): boolean => /^[{:]/.test(segment);
  const fits = contract.operations
    .filter((each) => each.method === method)
    .map((each) => ({ path: each.path, parts: each.path.split('/') }))
    .filter(({ parts }) => parts.length === segments.length)
    .filter(({ parts }) => parts.every((part, index) => isParameter(part) || part === segments[index]));
  const literal = (parts: readonly string[]): number => parts.filter((part) => !isParameter(part)).length;
  const best = fits.toSorted((a, b) => literal(b.parts) - literal(a.parts))[0];
  return best && `${method} ${best.path}`;
}

function unknownParameters(operation: OurOperation, harbor: HarborOperation): readonly string[] {
  const theirs = (harbor.parameters ?? []).map((parameter) =>
    `${parameter.in} ${parameter.name}`.toLowerCase(),
  );
  return (operation.parameters ?? [])
    .map((parameter) => `${parameter.in} ${parameter.name}`)
    .filter((name) => !theirs.includes(name.toLowerCase()))
    .map((name) => `unknown parameter ${name}`);
}

const bodySchema = (body: Content | undefined): Schema | undefined =>
  Object.values(body?.content ?? {})[0]?.schema;

interface Documents {
  readonly ours: OpenApi;
  readonly contract: HarborContract;
}

function unknownNames(
  at: string,
  mine: Schema | undefined,
  theirs: Schema | undefined,
  both: Documents,
): string[] {
  if (mine === undefined) return [];
  const left = flatten(mine, both.ours.components?.schemas ?? {});
  const right = theirs === undefined ? undefined : flatten(theirs, both.contract.definitions);
  if (left.items) return unknownNames(`${at}[]`, left.items, right?.items, both);
  // A map with free keys, in either document, has no names to compare.
  if (right?.properties === undefined)
    return left.properties && right === undefined ? [`${at}: Harbor has no such body`] : [];
  return Object.entries(left.properties ?? {}).flatMap(([name, schema]) => {
    const match = right.properties?.[name];
    if (match === undefined) return [`${at}: unknown property ${name}`];
    return unknownNames(`${at}.${name}`, schema, match, both);
  });
}

/** A schema with its reference followed and the parts of allOf and anyOf (less null) joined. */
function flatten(schema: Schema, named: Readonly<Record<string, Schema>>): Schema {
  if (schema.$ref !== undefined) return flatten(named[schema.$ref.split('/').at(-1) ?? ''] ?? {}, named);
  const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? [])].map((part) => flatten(part, named));
  if (parts.length === 0) return schema;
  const properties = Object.assign(
    {},
    schema.properties,
    ...parts.map((part) => part.properties),
  ) as Schema['properties'];
  const items = schema.items ?? parts.find((part) => part.items)?.items;
  const hasNames = Object.keys(properties ?? {}).length > 0;
  return { ...(hasNames && properties ? { properties } : {}), ...(items ? { items } : {}) };
}
