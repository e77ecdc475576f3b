import type { FastifyRequest } from 'fastify';

/** What Harbor's server reads as yes in a header (go-openapi/swag, `ConvertBool`), in any case; all else is no. */
const YES: ReadonlySet<string> = new Set([
  'true',
  '1',
  'yes',
  'ok',
  'y',
  'on',
  'selected',
  'checked',
  't',
  'enabled',
]);

/** Whether a header such as `X-Is-Resource-Name` says yes. */
export function readFlag(request: FastifyRequest, name: string): boolean {
  const value = request.headers[name];
  return typeof value === 'string' && YES.has(value.toLowerCase());
}
