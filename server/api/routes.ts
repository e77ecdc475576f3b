import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ProjectDirectory } from '../access/port.ts';
import type { Principal } from '../access/principal.ts';
import type { Archives, Exports } from '../domain/archives/index.ts';
import { archiveRoutes, exportRoutes } from '../domain/archives/routes.ts';
import type { AuditLog } from '../domain/audit/index.ts';
import { auditOwnRoutes, auditRoutes } from '../domain/audit/routes.ts';
import { artifactApiRoutes, artifactOwnRoutes, type Records } from '../domain/artifacts/index.ts';
import type { Configuration } from '../domain/configuration/index.ts';
import { configurationRoutes } from '../domain/configuration/routes.ts';
import type { Labels } from '../domain/labels/index.ts';
import { labelOwnRoutes, labelRoutes } from '../domain/labels/routes.ts';
import type { Members } from '../domain/members/index.ts';
import { memberRoutes } from '../domain/members/routes.ts';
import type { ProjectMetadata, Projects } from '../domain/projects/index.ts';
import { projectKeysetRoutes, projectRoutes } from '../domain/projects/routes.ts';
import type { Search } from '../domain/search/index.ts';
import { searchOwnRoutes, searchRoutes } from '../domain/search/routes.ts';
import type { Overview } from '../domain/overview/index.ts';
import { overviewRoutes } from '../domain/overview/routes.ts';
import type { EventStreams, System } from '../domain/system/index.ts';
import { berthSystemRoutes, systemRoutes, versionRoute } from '../domain/system/routes.ts';
import type { Users } from '../domain/users/index.ts';
import { userKeysetRoutes, userRoutes } from '../domain/users/routes.ts';
import type { NetworkState } from '../http/network-state.ts';
import { methodsAt } from '../http/request-text.ts';
import { AppError } from '../lib/errors.ts';
import { sessionRoutes, type Session, type Sessions, type StrangerLimits } from '../login/index.ts';
import { collectOpenapi, openapiRoute } from './openapi.ts';
import { createSerializerCompiler } from './serialization.ts';
import { compileValidator } from './validation.ts';

/** What the REST API is made of. */
export interface ApiServices {
  readonly users: Users;
  readonly projects: Projects;
  readonly metadata: ProjectMetadata;
  readonly members: Members;
  readonly labels: Labels;
  /** Projects and roles as access decides by them. */
  readonly directory: ProjectDirectory;
  readonly records: Records;
  readonly archives: Archives;
  readonly exports: Exports;
  /** How long an unfinished upload waits, in milliseconds. */
  readonly uploadIdleMs: number;
  /** The projects whose repositories the caller may list. */
  readonly listableProjects: (principal: Principal) => Promise<readonly number[] | 'all'>;
  readonly auditLog: AuditLog;
  readonly search: Search;
  readonly overview: Overview;
  readonly isAdminPasswordSet: () => Promise<boolean>;
  readonly system: System;
  readonly configuration: Configuration;
  readonly streams: EventStreams;
  readonly sessions: Sessions;
  readonly sessionOf: (request: FastifyRequest) => Promise<Session | undefined>;
  /** Bounds how many accounts strangers make. */
  readonly registrations: StrangerLimits['registrations'];
  /** Who sends the request, found anew and not remembered from its start. */
  readonly identifyAgain: (request: FastifyRequest) => Promise<Principal>;
}

export interface ApiOptions {
  /** `scheme://host[:port]` that clients use. */
  readonly originOf: (request: FastifyRequest) => string;
  /** The certificate, in PEM, that clients have to trust before they reach this server; undefined where there is none. */
  readonly caRoot: () => string | undefined;
  /** What the process was started with to be reached, as it is now. */
  readonly network: () => NetworkState;
}

/** Of a path that leads nowhere, so much is repeated in the answer. */
const SHOWN_PATH_MAX = 200;

type Routes = (app: FastifyInstance) => void;

/** Every domain's routes: Harbor's operations, below /api/v2.0. */
function harborRoutes(services: ApiServices, options: ApiOptions): readonly Routes[] {
  return [
    openapiRoute,
    systemRoutes({ ...services, ...options }),
    configurationRoutes(services),
    userRoutes(services),
    projectRoutes(services),
    memberRoutes(services),
    labelRoutes(services),
    artifactApiRoutes(services),
    auditRoutes(services),
    searchRoutes(services),
  ];
}

/** Every domain's routes: our own operations, below /api/berth/v1. */
function berthRoutes(services: ApiServices, options: ApiOptions): readonly Routes[] {
  return [
    berthSystemRoutes({ ...services, ...options }),
    sessionRoutes(services),
    artifactOwnRoutes(services),
    archiveRoutes(services),
    exportRoutes({ ...services, ...options }),
    auditOwnRoutes(services),
    labelOwnRoutes(services),
    projectKeysetRoutes(services),
    userKeysetRoutes(services),
    searchOwnRoutes(services),
    overviewRoutes({ ...services, ...options }),
  ];
}

/**
 * Reads bodies of JSON. An empty one is none, whatever its type says: generated clients name the type with each request,
 * and Harbor's binding asks for a body (422) only where the operation needs it.
 */
function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, String(body), done);
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
      api.setSerializerCompiler(createSerializerCompiler());
      readJson(api);
      await collectOpenapi(api, services.system.identity.version);
      api.addHook('onRoute', (route) => {
        if (!route.schema?.response)
          throw new Error(`route ${String(route.method)} ${route.url} has no response schema`);
      });
      const methods = methodsAt(app);
      api.setNotFoundHandler((request) => {
        const asked = request.url.split('?', 1)[0] ?? '';
        const path = asked.slice(0, SHOWN_PATH_MAX);
        const others = methods(asked);
        if (others.length === 0)
          throw new AppError('not_found', `there is nothing at ${request.method} ${path}`);
        throw new AppError('unsupported', `${path} takes ${others.join(', ')}, not ${request.method}`, {
          headers: { Allow: others.join(', ') },
        });
      });
      const mount = (prefix: string, routes: readonly Routes[]): void => {
        api.register(async (scope) => routes.forEach((add) => add(scope)), { prefix });
      };
      versionRoute(api);
      mount('/v2.0', harborRoutes(services, options));
      mount('/berth/v1', berthRoutes(services, options));
    },
    { prefix: '/api' },
  );
}
