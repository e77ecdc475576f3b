import type { FastifyRouteSchemaDef } from 'fastify/types/schema.js';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import Value from 'typebox/value';
import { AppError } from '../lib/errors.ts';

type Checked = { readonly value: unknown } | { readonly error: Error };

/**
 * Compiles the schemas of requests. What comes in an address is text and is read as the number or flag that is asked
 * for; a body says its types itself and is taken as it is. A breach is `unprocessable`, as Harbor's own validator has it.
 */
export function compileValidator({
  schema,
  httpPart,
}: FastifyRouteSchemaDef<TSchema>): (value: unknown) => Checked {
  const compiled = Compile(schema);
  const isText = httpPart !== 'body';
  return (value) => {
    const read = isText ? Value.Default(schema, Value.Convert(schema, value)) : value;
    if (compiled.Check(read)) return { value: read };
    const [first] = compiled.Errors(read);
    const where = `${httpPart ?? 'request'}${(first?.instancePath ?? '').replaceAll('/', '.')}`;
    return {
      error: new AppError('unprocessable', `${where} ${first?.message ?? 'is not what is expected here'}`),
    };
  };
}
