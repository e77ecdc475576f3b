/**
 * Turns Harbor's contract, which is kept in a compact form (test/fixtures/harbor-contract.json), into a Swagger 2.0
 * document that a client generator reads. Nothing of our own OpenAPI goes into it.
 */

type Json = Readonly<Record<string, unknown>>;

export interface CompactParameter extends Json {
  readonly name: string;
  readonly in: string;
  /** The shared parameter that it is; its other fields then repeat that one. */
  readonly $ref?: string;
}

export interface CompactResponse extends Json {
  readonly $ref?: string;
  readonly headers?: Json;
  readonly schema?: Json;
}

export interface CompactOperation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters: readonly CompactParameter[];
  readonly requestBody?: { readonly name: string; readonly required?: boolean; readonly schema: Json };
  readonly responses: Readonly<Record<string, CompactResponse>>;
  readonly produces?: readonly string[];
  readonly deprecated?: boolean;
}

export interface CompactContract {
  readonly basePath: string;
  readonly consumes: readonly string[];
  readonly produces: readonly string[];
  readonly securityDefinitions: Json;
  readonly parameters: Readonly<Record<string, Json>>;
  readonly responses: Readonly<Record<string, CompactResponse>>;
  readonly definitions: Readonly<Record<string, Json>>;
  readonly operations: readonly CompactOperation[];
}

export interface Swagger {
  readonly swagger: '2.0';
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly [section: string]: unknown;
}

/**
 * The whole contract as Swagger 2.0. Throws where the contract contradicts itself: two operations of one method and
 * path or of one id, a parameter that differs from the shared one it names, a reference to nothing.
 */
export function toSwagger(contract: CompactContract): Swagger {
  const paths: Record<string, Record<string, Json>> = {};
  const ids = new Set<string>();
  for (const operation of contract.operations) {
    const place = (paths[operation.path] ??= {});
    const method = operation.method.toLowerCase();
    const name = `${operation.method} ${operation.path}`;
    if (place[method]) throw new Error(`${name} is there twice`);
    if (ids.has(operation.operationId))
      throw new Error(`${name}: ${operation.operationId} names two operations`);
    ids.add(operation.operationId);
    place[method] = writeOperation(operation, contract);
  }
  const document: Swagger = {
    swagger: '2.0',
    info: { title: 'Harbor', version: '2.0' },
    basePath: contract.basePath,
    schemes: ['http', 'https'],
    consumes: contract.consumes,
    produces: contract.produces,
    securityDefinitions: contract.securityDefinitions,
    // Some operations are open to everybody: credentials are an offer, as in Harbor's own document.
    security: [...Object.keys(contract.securityDefinitions).map((name) => ({ [name]: [] })), {}],
    parameters: contract.parameters,
    responses: mapValues(contract.responses, writeResponse),
    paths,
    definitions: contract.definitions,
  };
  requireTargets(document);
  return document;
}

function writeOperation(operation: CompactOperation, contract: CompactContract): Json {
  const { operationId, tags, produces, deprecated, requestBody } = operation;
  const parameters: Json[] = operation.parameters.map((parameter) =>
    writeParameter(parameter, contract, `${operation.method} ${operation.path}`),
  );
  if (requestBody) {
    const { name, required = false, schema } = requestBody;
    parameters.push({ name, in: 'body', required, schema });
  }
  return {
    operationId,
    tags,
    ...(produces ? { produces } : {}),
    ...(deprecated ? { deprecated } : {}),
    parameters,
    responses: mapValues(operation.responses, writeResponse),
  };
}

/** A reference alone: Swagger 2.0 ignores what stands beside one, so what stands there must say nothing else. */
function writeParameter({ $ref, ...own }: CompactParameter, contract: CompactContract, where: string): Json {
  if ($ref === undefined) return own;
  const shared = contract.parameters[$ref.replace('#/parameters/', '')];
  const differing = Object.entries(own).find(
    ([key, value]) => JSON.stringify(shared?.[key]) !== JSON.stringify(value),
  );
  if (differing) throw new Error(`${where}: ${own.name} has another ${differing[0]} than ${$ref}`);
  return { $ref };
}

const phrases: Readonly<Record<string, string>> = {
  200: 'Done.',
  201: 'Created.',
  202: 'Accepted.',
  207: 'Done in part.',
  400: 'The request is not valid.',
  401: 'Nobody is signed in.',
  403: 'Not allowed.',
  404: 'There is no such thing.',
  405: 'Not possible here.',
  409: 'It is there already.',
  412: 'Something stands in the way.',
  415: 'The body is of another type.',
  422: 'A value is out of bounds.',
  424: 'Something it depends on failed.',
  500: 'The server failed.',
};

/** The compact form has no descriptions, which Swagger 2.0 asks for. */
function writeResponse({ $ref, headers, schema }: CompactResponse, status: string): Json {
  if ($ref !== undefined) return { $ref };
  return {
    description: phrases[status] ?? `Status ${status}.`,
    ...(headers ? { headers } : {}),
    ...(schema ? { schema } : {}),
  };
}

function mapValues<Value>(
  record: Readonly<Record<string, Value>>,
  write: (value: Value, key: string) => Json,
): Readonly<Record<string, Json>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, write(value, key)]));
}

function requireTargets(document: Swagger): void {
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === '$ref' && typeof child === 'string') requireTarget(document, child);
      else visit(child);
    }
  };
  visit(document);
}

function requireTarget(document: Swagger, reference: string): void {
  const [root, section = '', name = '', ...more] = reference.split('/');
  const found = root === '#' && more.length === 0 && Object.hasOwn((document[section] ?? {}) as Json, name);
  if (!found) throw new Error(`${reference} is not in the contract`);
}
