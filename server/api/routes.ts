import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.ts';
import type { AuditLog } from '../domain/audit/index.ts';
import { auditRoutes } from '../domain/audit/routes.ts';
import { artifactApiRoutes, artifactOwnRoutes, type Records } from '../domain/artifacts/index.ts';
import type { Members } from '../domain/members/index.ts';
import { memberRoutes } from '../domain/members/routes.ts';
import type { Projects } from '../domain/projects/index.ts';
import { projectRoutes } from '../domain/projects/routes.ts';
import type { EventStreams, System } from '../domain/system/index.ts';
import { berthSystemRoutes, systemRoutes } from '../domain/system/routes.ts';
import type { Users } from '../domain/users/index.ts';
import { userRoutes } from '../domain/users/routes.ts';
import { AppError } from '../lib/errors.ts';
import { collectOpenapi, openapiRoute } from './openapi.ts';
import { compileValidator } from './validation.ts';

/** What the REST API is made of. */
export interface ApiServices {
  readonly users: Users;
  readonly projects: Projects;
  readonly members: Members;
  readonly records: Records;
  readonly auditLog: AuditLog;
  readonly system: System;
  readonly streams: EventStreams;
  readonly sessionOf: (
    request: FastifyRequest,
  ) => Promise<{ readonly via: 'password' | 'shell' } | undefined>;
  /** Who sends the request, found anew and not remembered from its start. */
  readonly identifyAgain: (request: FastifyRequest) => Promise<Principal>;
}

export interface ApiOptions {
  /** `scheme://host[:port]` that clients use. */
  readonly originOf: (request: FastifyRequest) => string;
}

type Routes = (app: FastifyInstance) => void;

/** Every domain's routes: Harbor's operations, below /api/v2.0. */
function harborRoutes(services: ApiServices, options: ApiOptions): readonly Routes[] {
  return [
    openapiRoute,
    systemRoutes({ ...services, ...options }),
    userRoutes(services),
    projectRoutes(services),
    memberRoutes(services),
    artifactApiRoutes(services),
    auditRoutes(services),
  ];
}

/** Every domain's routes: our own operations, below /api/berth/v1. */
function berthRoutes(services: ApiServices, options: ApiOptions): readonly Routes[] {
  return [berthSystemRoutes({ ...services, ...options }), artifactOwnRoutes(services)];
}

/** Harbor answers 400 to a query that Go's parser refuses, of which ";" is the usual case. */
function refuseBrokenQueries(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const query = request.url.split('?', 2)[1] ?? '';
    done(
      query.includes(';') ? new AppError('bad_request', 'the query has a ";": write %3B for it') : undefined,
    );
  });
}

/** Mounts the REST API. Every route has a schema for its reply, so that no column leaks that nobody meant to show. */
export async function registerApi(
  app: FastifyInstance,
  services: ApiServices,
  options: ApiOptions,
): Promise<void> {
  await app.register(
    async (api) => {
      api.setValidatorCompiler(compileValidator);
      await collectOpenapi(api, services.system.identity.version);
      refuseBrokenQueries(api);
      api.addHook('onRoute', (route) => {
        if (!route.schema?.response)
          throw new Error(`route ${String(route.method)} ${route.url} has no response schema`);
      });
      api.setNotFoundHandler((request) => {
        throw new AppError(
          'not_found',
          `there is nothing at ${request.method} ${request.url.split('?', 1)[0]}`,
        );
      });
      const mount = (prefix: string, routes: readonly Routes[]): void => {
        api.register(async (scope) => routes.forEach((add) => add(scope)), { prefix });
      };
      mount('/v2.0', harborRoutes(services, options));
      mount('/berth/v1', berthRoutes(services, options));
    },
    { prefix: '/api' },
  );
}
