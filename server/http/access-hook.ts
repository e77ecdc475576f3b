import type { FastifyInstance, FastifyRequest } from 'fastify';
import { decideProject, decideSystem, type ProjectFacts } from '../access/decide.ts';
import type { ProjectDirectory } from '../access/port.ts';
import type { Principal } from '../access/principal.ts';
import type { RouteAccess } from '../access/route-access.ts';
import { mintProjectScope } from '../access/scope.ts';
import { AppError, notFound } from '../lib/errors.ts';
import type { GuardedRoute } from './request-types.ts';

export interface AccessDeps {
  readonly projects: ProjectDirectory;
  /** Who sends this request. Throws `unauthorized` only where a wrong password must be told. */
  readonly identify: (request: FastifyRequest) => Promise<Principal>;
}

type ProjectAccess = Extract<RouteAccess, { kind: 'project' }>;

function refuse(principal: Principal, what: string): AppError {
  return principal.kind === 'anonymous'
    ? new AppError('unauthorized', `sign in first: ${what}`)
    : new AppError('forbidden', `${principal.username} may not do this: ${what}`);
}

async function findProject(
  deps: AccessDeps,
  request: FastifyRequest,
  access: ProjectAccess,
): Promise<ProjectFacts | undefined> {
  const text = (request.params as Record<string, string | undefined>)[access.param] ?? '';
  const byName =
    access.param === 'project_name' ||
    request.headers['x-is-resource-name'] === 'true' ||
    !/^\d+$/.test(text);
  if (byName) return deps.projects.findByName(text);
  const id = Number(text);
  return Number.isSafeInteger(id) ? deps.projects.findById(id) : undefined;
}

/** Decides a project route, and leaves the proof on the request. */
async function decideProjectRoute(
  deps: AccessDeps,
  request: FastifyRequest,
  access: ProjectAccess,
): Promise<void> {
  const { principal } = request;
  const project = await findProject(deps, request, access);
  if (!project) {
    const name = (request.params as Record<string, string>)[access.param] ?? '';
    // Whether a project exists is told to administrators only; to others a missing one reads like a foreign one.
    if (principal.kind === 'user' && principal.isAdmin) throw notFound('project', name);
    throw refuse(principal, `it needs ${access.permission} in the project`);
  }
  const roles = principal.kind === 'user' ? await deps.projects.rolesOf(principal.userId, project.id) : [];
  if (!decideProject(principal, access.permission, { project, roles })) {
    throw refuse(principal, `it needs ${access.permission} in the project`);
  }
  request.projectScope = mintProjectScope({ project, principal, roles, requestId: request.id });
}

async function decideRoute(deps: AccessDeps, request: FastifyRequest, access: RouteAccess): Promise<void> {
  switch (access.kind) {
    case 'open':
    case 'registry':
      return;
    case 'signedIn':
      if (request.principal.kind === 'anonymous') throw refuse(request.principal, 'this needs an account');
      return;
    case 'system':
      if (!decideSystem(request.principal, access.permission))
        throw refuse(request.principal, `it needs ${access.permission}, which system administrators have`);
      return;
    case 'project':
      return decideProjectRoute(deps, request, access);
  }
}

/**
 * Guards every route below `app`. A route without `config.access` stops the server from starting (this covers routes of
 * plugins and the HEAD routes that Fastify adds); a request is decided before its body is read.
 */
export function guardRoutes(app: FastifyInstance, deps: AccessDeps): void {
  app.decorateRequest('principal');
  app.decorateRequest('projectScope', undefined);
  const guarded: GuardedRoute[] = [];
  app.decorate('guardedRoutes', guarded);
  app.addHook('onRoute', (route) => {
    const access = route.config?.access;
    if (!access) throw new Error(`route ${String(route.method)} ${route.url} names no access`);
    for (const method of [route.method].flat()) guarded.push({ method, url: route.url, access });
  });
  app.addHook('onRequest', async (request) => {
    const access = request.routeOptions.config.access;
    if (access?.kind === 'registry') return;
    request.principal = await deps.identify(request);
    if (access) await decideRoute(deps, request, access);
  });
}
