import type { FastifyRouteSchemaDef } from 'fastify/types/schema.js';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import Value from 'typebox/value';
import { AppError } from '../lib/errors.ts';
import { once } from '../lib/once.ts';

type Checked = { readonly value: unknown } | { readonly error: Error };

/** What Harbor's binding reads as a flag, in any case of its letters; another word is refused. */
const FLAGS: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['true', '1', 'yes', 'y', 'on', 't'].map((word) => [word, true] as const)),
  ...Object.fromEntries(['false', '0', 'no', 'n', 'off', 'f'].map((word) => [word, false] as const)),
};

/** The number or flag that the text stands for, by its schema; the text itself where it is neither. */
function readText(text: string, { type }: { readonly type?: unknown }): unknown {
  if (type === 'integer' && /^[+-]?\d{1,15}$/.test(text)) return Number(text);
  if (type === 'boolean') return FLAGS[text.toLowerCase()] ?? text;
  return text;
}

/** What came in an address, by the schema of its parts. An empty number or flag is as good as none, as in Harbor. */
function readTexts(schema: TSchema, value: unknown): unknown {
  const { properties } = schema as { readonly properties?: Readonly<Record<string, { type?: unknown }>> };
  if (typeof value !== 'object' || value === null || properties === undefined) return value;
  const read = Object.entries(value).flatMap(([name, given]): [string, unknown][] => {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property === undefined || typeof given !== 'string') return [[name, given]];
    return given === '' && property.type !== 'string' ? [] : [[name, readText(given, property)]];
  });
  return Object.fromEntries(read);
}

/**
 * Compiles the schemas of requests. What comes in an address is text and is read as the number or flag that is asked
 * for; a body says its types itself and is taken as it is. A breach is `unprocessable`, as Harbor's own validator has it.
 */
export function compileValidator({
  schema,
  httpPart,
}: FastifyRouteSchemaDef<TSchema>): (value: unknown) => Checked {
  // At the first request: hundreds of them at the start would be for nothing.
  const compiled = once(() => Compile(schema));
  const isText = httpPart !== 'body';
  return (value) => {
    const read = isText ? Value.Default(schema, readTexts(schema, value)) : value;
    if (compiled().Check(read)) return { value: read };
    const [first] = compiled().Errors(read);
    const where = `${httpPart ?? 'request'}${(first?.instancePath ?? '').replaceAll('/', '.')}`;
    return {
      error: new AppError('unprocessable', `${where} ${first?.message ?? 'is not what is expected here'}`),
    };
  };
}
