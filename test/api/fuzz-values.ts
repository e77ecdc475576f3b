import fc from 'fast-check';
import { resolve, type Parameter, type Schema } from '#test/architecture/harbor-surface-contract.ts';
import { hostileText } from './fuzz-texts.ts';

/** Numbers as JSON text, among them such as no number of JavaScript's is and such as JSON has not. */
const numberText: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: -2, max: 12 }).map(String),
  fc.constantFrom(
    '-0',
    '1.5',
    '2147483647',
    '2147483648',
    '-2147483649',
    '9007199254740993',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775809',
    '1e400',
    '-1e400',
    '1e-400',
    '4e15',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);

/** A text as JSON; lone surrogates are escaped, as a careless client writes them. */
const textAsJson = (text: string): string => JSON.stringify(text);

const scalar: fc.Arbitrary<string> = fc.oneof(
  hostileText.map(textAsJson),
  numberText,
  fc.constantFrom('null', 'true', 'false', '{}', '[]', '[[]]', '{"":""}'),
);

const extraMember: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '"__proto__":{"sysadmin_flag":true}',
    '"constructor":{"prototype":{"isAdmin":true}}',
    '"toString":null',
    '"user_id":1',
    '"id":1',
    '"project_id":1',
    '"role_id":1',
    '"sysadmin_flag":true',
    '"isAdmin":true',
  ),
  fc.tuple(hostileText.map(textAsJson), scalar).map(([name, value]) => `${name}:${value}`),
);

const deep: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom('[]', '{}'), fc.constantFrom(10, 1_000, 30_000))
  .map(([kind, depth]) =>
    kind === '[]' ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
  );

/** JSON of any shape. */
const wildJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(scalar, { maxLength: 4 }).map((items) => `[${items.join(',')}]`) },
  { weight: 3, arbitrary: fc.array(extraMember, { maxLength: 5 }).map((items) => `{${items.join(',')}}`) },
  { weight: 1, arbitrary: deep },
);

/** Values that mean something to this server, by the name of what they are given for. */
export type Pools = Readonly<Record<string, readonly (string | number | boolean)[]>>;

interface Property {
  readonly name: string;
  readonly schema: Schema;
}

function textOf(name: string, pools: Pools): fc.Arbitrary<string> {
  const known = pools[name];
  if (known === undefined || known.length === 0) return hostileText;
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...known.map(String)) },
    { weight: 2, arbitrary: hostileText },
  );
}

function rightOf({ name, schema }: Property, pools: Pools, depth: number): fc.Arbitrary<string> {
  switch (schema.type) {
    case 'string':
      return textOf(name, pools).map(textAsJson);
    case 'integer':
    case 'number': {
      const known = (pools[name] ?? []).filter((each) => typeof each === 'number');
      return known.length === 0 ? numberText : fc.oneof(fc.constantFrom(...known.map(String)), numberText);
    }
    case 'boolean':
      return fc.constantFrom('true', 'false');
    case 'array':
      return fc
        .array(jsonOf({ name, schema: schema.items ?? {} }, pools, depth + 1), { maxLength: 3 })
        .map((items) => `[${items.join(',')}]`);
    default:
      return schema.properties || schema.additionalProperties ? objectOf(schema, pools, depth) : wildJson;
  }
}

function objectOf(schema: Schema, pools: Pools, depth: number): fc.Arbitrary<string> {
  const free = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
  const members = Object.entries(schema.properties ?? {}).map(([name, property]) =>
    fc.option(
      jsonOf({ name, schema: property }, pools, depth + 1).map((value) => `${textAsJson(name)}:${value}`),
      { freq: 4 },
    ),
  );
  const named = (pools['meta_name'] ?? ['public']).map(String);
  const keyed = fc
    .array(
      fc.tuple(
        fc.oneof(fc.constantFrom(...named), hostileText),
        jsonOf({ name: 'value', schema: free ?? {} }, pools, depth + 1),
      ),
      { maxLength: 2 },
    )
    .map((pairs) => pairs.map(([key, value]) => `${textAsJson(key)}:${value}`));
  return fc
    .tuple(fc.tuple(...members), free ? keyed : fc.constant([]), fc.option(extraMember, { freq: 5 }))
    .map(([some, more, extra]) => `{${[...some, ...more, extra].filter((each) => each !== null).join(',')}}`);
}

/** JSON text that mostly has the types of the schema, with contents that mostly hurt. */
function jsonOf(property: Property, pools: Pools, depth = 0): fc.Arbitrary<string> {
  const schema = resolve(property.schema);
  if (depth > 5) return scalar;
  return fc.oneof(
    { weight: 7, arbitrary: rightOf({ name: property.name, schema }, pools, depth) },
    { weight: 1, arbitrary: scalar },
  );
}

export interface Body {
  readonly type: string | undefined;
  readonly text: string;
}

/** The body of a request: what the schema asks for, mostly. */
export function bodyOf(schema: Schema | undefined, pools: Pools): fc.Arbitrary<Body> {
  const json = (text: string): Body => ({ type: 'application/json', text });
  return fc.oneof(
    { weight: 8, arbitrary: jsonOf({ name: 'body', schema: schema ?? {} }, pools).map(json) },
    { weight: 2, arbitrary: wildJson.map(json) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('', '{', '{"a":1,}', 'NaN', '\ufeff{}', 'null', '"', '{}{}').map(json),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            undefined,
            'text/plain',
            'application/x-www-form-urlencoded',
            'multipart/form-data; boundary=x',
            'application/json; charset=utf-16',
            'application/merge-patch+json',
            ';;',
          ),
          hostileText,
        )
        .map(([type, text]) => ({ type, text })),
    },
  );
}

/** A text in a path or query, encoded once, twice or not at all. */
function encoded(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const once = (value: string): string => encodeURIComponent(value.toWellFormed());
  return fc.tuple(text, fc.constantFrom(1, 1, 1, 1, 2, 2, 3, 0)).map(([value, times]) => {
    // What no client can put on a request line as it is.
    if (times === 0) return value.replaceAll(/[^!-~]|[?#]/g, '');
    let result = value;
    for (let round = 0; round < times; round += 1) result = once(result);
    return result.slice(0, 12_000);
  });
}

/** One part of a path. It is never empty, and never a step to another folder: another path would be meant. */
const partOf = (name: string, pools: Pools): fc.Arbitrary<string> =>
  encoded(textOf(name, pools)).map((text) =>
    /^(?:\.|%2e){0,2}$/i.test(text) ? '%20' : text.replaceAll('/', '%2F'),
  );

/** The path of an operation, `{name}` by `{name}`. */
export function pathOf(template: string, pools: Pools): fc.Arbitrary<string> {
  const pieces = template.split(/(\{[^}]+\})/);
  return fc
    .tuple(
      ...pieces.map((piece) =>
        piece.startsWith('{') ? partOf(piece.slice(1, -1), pools) : fc.constant(piece),
      ),
    )
    .map((parts) => parts.join(''));
}

const Q_PIECES = [
  '=',
  '=~',
  '[',
  '~',
  ']',
  '{',
  '}',
  '(',
  ')',
  ' ',
  ',',
  "'",
  '"',
  '\\',
  '*',
  'nil',
  '1',
  '2026-01-01T00:00:00',
  '%25',
  '+',
];

/** A filter of lists: its grammar in any order, over keys that are known and keys that are not. */
function filterOf(pools: Pools): fc.Arbitrary<string> {
  const key = fc.oneof(fc.constantFrom(...(pools['key'] ?? ['name']).map(String)), hostileText);
  const operator = fc.constantFrom('=', '=~', '=[1~', '={', '=(', '__in=', '__gt=', '__icontains=', '__lte=');
  const simple = fc
    .tuple(key, operator, fc.oneof(hostileText, textOf('name', pools)), fc.constantFrom('', ']', '}', ')'))
    .map((parts) => parts.join(''));
  return fc.oneof(
    fc.array(simple, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(',')),
    fc.array(fc.oneof(fc.constantFrom(...Q_PIECES), key), { maxLength: 12 }).map((parts) => parts.join('')),
  );
}

function queryValueOf(parameter: Parameter, pools: Pools): fc.Arbitrary<string> {
  const { name } = parameter;
  if (name === 'q') return encoded(filterOf(pools));
  if (name === 'sort') {
    const key = fc.constantFrom(...(pools['key'] ?? ['name']).map(String), '-', '');
    const keys = fc.array(fc.tuple(fc.constantFrom('', '-'), key), { maxLength: 40 });
    return encoded(
      fc.oneof(
        keys.map((pairs) => pairs.map((pair) => pair.join('')).join(',')),
        hostileText,
      ),
    );
  }
  const type = parameter.type ?? parameter.schema?.type;
  if (type === 'integer') return encoded(fc.oneof(numberText, textOf(name, pools)));
  if (type === 'boolean')
    return encoded(fc.oneof(fc.constantFrom('true', 'false', '1', '0', 'TRUE'), hostileText));
  return encoded(textOf(name, pools));
}

/** The query of a request with "?" before it, or nothing: known keys, some of them twice, and unknown ones. */
export function queryOf(parameters: readonly Parameter[], pools: Pools): fc.Arbitrary<string> {
  const known = parameters.filter((each) => each.in === 'query');
  // Few at a time: what is refused for one of them says nothing of the others.
  const pairs = known.map((parameter) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(null) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(queryValueOf(parameter, pools), fc.integer({ min: 0, max: 14 }))
          .map(([value, times]) =>
            Array.from({ length: times === 14 ? 2 : 1 }, () => `${parameter.name}=${value}`).join('&'),
          ),
      },
    ),
  );
  const extra = fc.option(
    fc.constantFrom(
      '__proto__=1',
      '__proto__[a]=1',
      'constructor=x',
      'a[]=1',
      '&&&',
      '=',
      'project_id=1',
      '%',
      ';',
    ),
    { freq: 6 },
  );
  return fc.tuple(fc.tuple(...pairs), extra).map(([some, more]) => {
    const parts = [...some, more].filter((each) => each !== null);
    return parts.length === 0 ? '' : `?${parts.join('&')}`;
  });
}

/** What can stand in a header: Node's parser lets nothing else through. */
const headerText = hostileText.map((text) =>
  text
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '')
    .trim()
    .slice(0, 8_000),
);

/** Headers that the server reads, with what it does not expect in them. */
export const headersOf: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .record(
    {
      'x-request-id': headerText,
      'x-is-resource-name': fc.oneof(fc.constantFrom('true', 'false'), headerText),
      'x-resource-name-in-location': fc.oneof(fc.constantFrom('true', 'false'), headerText),
      'x-accept-vulnerabilities': headerText,
      'x-forwarded-for': headerText,
      'x-forwarded-host': headerText,
      'x-forwarded-proto': headerText,
      'user-agent': headerText,
      accept: fc.oneof(fc.constantFrom('text/html', 'application/xml', '*/*'), headerText),
      'accept-language': headerText,
      'if-none-match': fc.constantFrom('*', '""', 'W/"x"'),
      range: fc.constantFrom('bytes=0-0', 'bytes=-1', 'bytes=9223372036854775808-'),
      cookie: fc.oneof(
        fc.constantFrom('sid=', 'sid=x', 'sid=__proto__', '_gorilla_csrf=x', 'sid=a; sid=b'),
        headerText,
      ),
    },
    { requiredKeys: [] },
  )
  .map((headers) => ({ ...headers }));

/** Every way of choosing one of each, at most so many of them, spread over all. */
function choices<T>(lists: readonly (readonly T[])[], most: number): readonly (readonly T[])[] {
  const all = lists.reduce<readonly (readonly T[])[]>(
    (found, list) => found.flatMap((each) => list.map((item) => [...each, item])),
    [[]],
  );
  const step = Math.max(1, all.length / most);
  return Array.from(
    { length: Math.min(most, all.length) },
    (_, index) => all[Math.floor(index * step)] ?? [],
  );
}

/** Addresses of a reading operation with nothing hostile in them: what means something here, in all its combinations. */
export function plainUrls(
  template: string,
  parameters: readonly Parameter[],
  pools: Pools,
): readonly string[] {
  const path = template.split(/(\{[^}]+\})/).map((piece) => {
    if (!piece.startsWith('{')) return [piece];
    const known = pools[piece.slice(1, -1)] ?? [1];
    return known.map((value) => encodeURIComponent(String(value)));
  });
  const query = parameters
    .filter((each) => each.in === 'query' && pools[each.name] !== undefined)
    .map(({ name }) => [
      '',
      ...(pools[name] ?? []).map((value) => `${name}=${encodeURIComponent(String(value))}`),
    ]);
  const queries = choices(query, 60).map((parts) => parts.filter((part) => part !== '').join('&'));
  return choices([choices(path, 60).map((parts) => parts.join('')), queries], 48).map(
    ([url = '', asked = '']) => (asked === '' ? url : `${url}?${asked}`),
  );
}
