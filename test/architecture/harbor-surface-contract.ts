import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What these modules read of Harbor's Swagger 2.0 schemas and of our OpenAPI 3.1 ones. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly maxLength?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly 'x-nullable'?: boolean;
  /** `false`: Go writes the property even when it is empty, so that it is in every reply. */
  readonly 'x-omitempty'?: boolean;
}

export interface Parameter extends Schema {
  readonly name: string;
  readonly in: string;
  /** In OpenAPI 3 the type is in here; in Swagger 2.0 beside the name. */
  readonly schema?: Schema;
}

export interface HarborResponse {
  readonly $ref?: string;
  readonly schema?: Schema;
  readonly headers?: Readonly<Record<string, Schema>>;
}

export interface HarborOperation {
  readonly method: string;
  readonly path: string;
  readonly operationId: string;
  readonly produces?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly schema?: Schema };
  readonly responses: Readonly<Record<string, HarborResponse>>;
}

export interface HarborContract {
  readonly operations: readonly HarborOperation[];
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly responses: Readonly<Record<string, HarborResponse>>;
}

/** Where Harbor's operations are. */
export const prefix = '/api/v2.0';

let contract: HarborContract | undefined;

/** Harbor's definition, test/fixtures/harbor-contract.json; read once. */
export function readContract(): HarborContract {
  contract ??= JSON.parse(
    readFileSync(join(import.meta.dirname, '../fixtures/harbor-contract.json'), 'utf8'),
  ) as HarborContract;
  return contract;
}

/** `METHOD /path` as the contract spells it. */
export const nameOf = ({ method, path }: Pick<HarborOperation, 'method' | 'path'>): string =>
  `${method} ${path}`;

const lastPart = (reference: string): string => reference.split('/').at(-1) ?? '';

/** What an operation says of a status, with the reference to a shared response followed. */
export function responseOf(operation: HarborOperation, status: number): HarborResponse | undefined {
  const response = operation.responses[String(status)];
  return response?.$ref === undefined ? response : readContract().responses[lastPart(response.$ref)];
}

/** A schema of the contract with its reference followed; what stands beside the reference counts as well. */
export function resolve(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...beside } = schema;
  const named = readContract().definitions[lastPart($ref)];
  if (named === undefined) throw new Error(`the contract has no definition ${$ref}`);
  return { ...resolve(named), ...beside };
}

const isParameter = (segment: string): boolean => /^[{:]/.test(segment);

/** The contract's operation for a request, by its concrete path or a route pattern; literal segments win. */
export function matchOperation(method: string, path: string): HarborOperation | undefined {
  if (!path.startsWith(`${prefix}/`)) return undefined;
  const segments = path.slice(prefix.length).split('/');
  const literal = (parts: readonly string[]): number => parts.filter((part) => !isParameter(part)).length;
  return readContract()
    .operations.filter((each) => each.method === method)
    .map((operation) => ({ operation, parts: operation.path.split('/') }))
    .filter(({ parts }) => parts.length === segments.length)
    .filter(({ parts }) => parts.every((part, index) => fits(part, segments[index] ?? '')))
    .toSorted((a, b) => literal(b.parts) - literal(a.parts))[0]?.operation;
}

const fits = (part: string, segment: string): boolean =>
  part === segment || (isParameter(part) && segment !== '');
