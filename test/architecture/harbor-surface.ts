import type { Seen } from '#test/support/seen.ts';
import {
  nameOf,
  prefix,
  readContract,
  resolve,
  responseOf,
  type HarborContract,
  type HarborOperation,
  type Parameter,
  type Schema,
} from './harbor-surface-contract.ts';
import {
  covers,
  type Addition,
  type Omission,
  type Undocumented,
  type Unreachable,
} from './harbor-surface-tables.ts';

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

export interface TableRow {
  readonly operation: string;
  readonly exists: boolean;
  /** A test saw a success and each documented refusal that can occur. */
  readonly proved: boolean;
  readonly unseen: readonly number[];
}

/** What the reviewed tables say, by their files. */
export interface Reviewed {
  readonly unreachable: readonly Unreachable[];
  readonly undocumented: readonly Undocumented[];
  readonly additions: readonly Addition[];
  readonly omissions: readonly Omission[];
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
  const known = new Map(contract.operations.map((each) => [nameOf(each), each]));
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

/**
 * What our operations do not take of Harbor's requests: `METHOD /path parameter query sort`, and
 * `METHOD /path request metadata.severity`. The request id is read for all of them at once.
 */
export function findIgnored(ours: OpenApi): readonly string[] {
  const have = ourOperations(ours);
  return readContract().operations.flatMap((harbor) => {
    const mine = have.get(nameOf(harbor));
    if (mine === undefined) return [];
    const taken = new Set((mine.parameters ?? []).map((each) => `${each.in} ${each.name}`.toLowerCase()));
    const parameters = (harbor.parameters ?? [])
      .filter((each) => each.name !== 'X-Request-Id')
      .map((each) => `${each.in} ${each.name}`)
      .filter((name) => !taken.has(name.toLowerCase()))
      .map((name) => `parameter ${name}`);
    const schema = bodySchema(mine.requestBody);
    const known = schema && flatten(schema, ours.components?.schemas ?? {});
    const body = ignoredNames(known, harbor.requestBody?.schema, ours);
    return [...parameters, ...body.map((name) => `request ${name}`)].map(
      (what) => `${nameOf(harbor)} ${what}`,
    );
  });
}

/** Names of a request's properties that our schema does not list. A map with free keys takes all of them. */
function ignoredNames(
  mine: Schema | undefined,
  theirs: Schema | undefined,
  ours: OpenApi,
): readonly string[] {
  if (theirs === undefined) return [];
  const schema = resolve(theirs);
  if (schema.items) return ignoredNames(mine?.items && flatten(mine.items, {}), schema.items, ours);
  if (mine !== undefined && mine.properties === undefined && mine.additionalProperties !== undefined)
    return [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const match = mine?.properties?.[name];
    if (match === undefined) return [name];
    const below = flatten(match, ours.components?.schemas ?? {});
    // A value that is only passed on, or compared as a whole, has no names of its own.
    if (below.properties === undefined && below.items === undefined) return [];
    return ignoredNames(below, property, ours).map((each) => `${name}.${each}`);
  });
}

/** One row for each of the contract's operations: whether we have it, and whether tests proved it. */
export function proveOperations(
  ours: OpenApi,
  seen: readonly Seen[],
  unreachable: readonly Unreachable[],
): readonly TableRow[] {
  const have = ourOperations(ours);
  const statuses = new Map<string, Set<number>>();
  for (const { operation, status } of seen) {
    if (status !== undefined) statuses.set(operation, (statuses.get(operation) ?? new Set()).add(status));
  }
  return readContract().operations.map((each) => {
    const operation = nameOf(each);
    const got = statuses.get(operation) ?? new Set();
    const cannot = unreachable.filter((entry) => covers(entry, operation));
    const documented = Object.keys(each.responses).map(Number);
    const refusals = documented.filter(
      (status) => status >= 400 && !cannot.some((entry) => entry.status === status),
    );
    const succeeded = [...got].some((status) => status >= 200 && status < 300);
    const unseen = refusals.filter((status) => !got.has(status));
    const success = documented.find((status) => status < 300) ?? 200;
    if (!succeeded && !cannot.some((entry) => entry.status === success)) unseen.unshift(success);
    const exists = have.has(operation);
    return { operation, exists, proved: exists && unseen.length === 0, unseen };
  });
}

/**
 * Properties and headers of the contract's successes that no reply of the run carried though the operation exists and
 * no omission explains them, as `METHOD /path reply metadata.severity`.
 */
export function findUncarried(
  ours: OpenApi,
  seen: readonly Seen[],
  omissions: readonly Omission[],
): readonly string[] {
  const have = ourOperations(ours);
  const carried = new Set(seen.map((each) => `${each.operation} ${each.carried}`));
  return readContract()
    .operations.filter((each) => have.has(nameOf(each)))
    .flatMap((operation) => {
      const name = nameOf(operation);
      const isMissing = (where: string, what: string): boolean =>
        !carried.has(`${name} ${where} ${what}`) &&
        !omissions.some((each) => each.where === where && each.name === what && covers(each, name));
      const headers = successes(operation).flatMap((response) => Object.keys(response.headers ?? {}));
      const properties = successes(operation).flatMap(({ schema }) =>
        schema ? missingProperties(schema, '', (at) => isMissing('reply', at)) : [],
      );
      return [
        ...headers
          .filter((header) => isMissing('reply header', header))
          .map((each) => `${name} reply header ${each}`),
        ...properties
          .filter((each) => !isBelowOmission(each, name, omissions))
          .map((each) => `${name} reply ${each}`),
      ];
    });
}

const successes = (operation: HarborOperation) =>
  Object.keys(operation.responses)
    .filter((status) => status.startsWith('2'))
    .flatMap((status) => responseOf(operation, Number(status)) ?? []);

const isBelowOmission = (name: string, operation: string, omissions: readonly Omission[]): boolean =>
  omissions.some(
    (each) => each.where === 'reply' && name.startsWith(`${each.name}.`) && covers(each, operation),
  );

/** The paths of a schema's properties that are missing; below a missing one there is nothing to look for. */
function missingProperties(
  given: Schema,
  above: string,
  isMissing: (at: string) => boolean,
): readonly string[] {
  const schema = resolve(given);
  if (schema.items) return missingProperties(schema.items, above, isMissing);
  const free = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  return Object.entries({ ...schema.properties, ...(free ? { '*': free } : {}) }).flatMap(
    ([name, property]) => {
      const at = above === '' ? name : `${above}.${name}`;
      return isMissing(at) ? [at] : missingProperties(property, at, isMissing);
    },
  );
}

/** Lines of the reviewed tables that are wrong by what the run saw: what they say does not occur did, or nothing needs them. */
export function findUnneeded(ours: OpenApi, seen: readonly Seen[], reviewed: Reviewed): readonly string[] {
  const have = new Set(ourOperations(ours).keys());
  const has = (what: Partial<Seen>, operation: string): boolean =>
    seen.some(
      (each) =>
        (operation === '*' || each.operation === operation) &&
        Object.entries(what).every(([key, value]) => each[key as keyof Seen] === value),
    );
  const lines: string[] = [];
  const judge = (
    file: string,
    entries: readonly { readonly operations: readonly string[] }[],
    isWrong: (entry: never, operation: string) => string | undefined,
  ): void => {
    for (const entry of entries) {
      for (const operation of entry.operations) {
        const why =
          operation !== '*' && !have.has(operation)
            ? 'is not served here'
            : isWrong(entry as never, operation);
        if (why !== undefined) lines.push(`${file}: ${operation} ${why}`);
      }
    }
  };
  judge('harbor-unreachable.json', reviewed.unreachable, ({ status }: Unreachable, operation) =>
    has({ status }, operation) ? `answered ${status}, which is said to be impossible` : undefined,
  );
  judge('harbor-undocumented.json', reviewed.undocumented, ({ status }: Undocumented, operation) =>
    has({ needed: `undocumented ${status}` }, operation) ? undefined : `never answered ${status}`,
  );
  judge('harbor-omissions.json', reviewed.omissions, ({ where, name }: Omission, operation) =>
    where.startsWith('reply') && has({ carried: `${where} ${name}` }, operation)
      ? `carried ${where} ${name}, which is said to be left out`
      : undefined,
  );
  return lines;
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
