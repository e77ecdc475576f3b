import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifySchema } from 'fastify';
import Type from 'typebox';
import { describeAccess, open } from '../access/route-access.ts';

const DESCRIPTION = `The REST API of Berth. Operations under /api/v2.0 are Harbor 2.16's; those under /api/berth/v1 are our own.
\`x-permission\` says what an operation needs: "none", "authenticated", "system RESOURCE:ACTION", or
"project RESOURCE:ACTION" in the project that the path names.`;

/** Of every route whose path names a project by name or id; the access hook reads it. */
const IS_RESOURCE_NAME = Type.Object({
  'X-Is-Resource-Name': Type.Optional(
    Type.String({ description: '"true" says that digits in the path are a name, not an id' }),
  ),
});

/** The headers that a route takes: its own, and the one that says how its path is to be read. */
function headersOf(schema: FastifySchema | undefined, url: string): object {
  const own = schema?.headers as { readonly properties?: object } | undefined;
  if (!url.includes(':project_name_or_id')) return own ? { headers: own } : {};
  const properties = { ...own?.properties, ...IS_RESOURCE_NAME.properties };
  return { headers: { ...own, ...IS_RESOURCE_NAME, properties } };
}

/** Collects every route that is registered in `app` from now on into one OpenAPI 3.1 document. */
export async function collectOpenapi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Berth',
        description: DESCRIPTION,
        version,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          basic: { type: 'http', scheme: 'basic' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'sid',
            description: 'From POST /c/login; unsafe methods also send X-Harbor-CSRF-Token',
          },
        },
      },
    },
    hideUntagged: false,
    transform: ({ schema, url, route }) => {
      const access = route.config?.access;
      if (!access) throw new Error(`route ${url} names no access`);
      const needsAccount = access.kind === 'signedIn' || access.kind === 'system';
      const security = needsAccount ? [{ basic: [] }, { session: [] }] : [{}, { basic: [] }, { session: [] }];
      return {
        schema: {
          ...schema,
          ...headersOf(schema, url),
          security,
          'x-permission': describeAccess(access),
        } as typeof schema,
        url,
      };
    },
  });
}

/** `GET /api/v2.0/openapi.json`. */
export function openapiRoute(app: FastifyInstance): void {
  let document: unknown;
  app.get(
    '/openapi.json',
    {
      config: { access: open },
      schema: {
        operationId: 'getOpenapi',
        tags: ['openapi'],
        description: 'This document',
        response: { 200: Type.Object({}, { additionalProperties: true }) },
      },
    },
    async () => (document ??= app.swagger()),
  );
}
