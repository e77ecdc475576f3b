import type { FastifyInstance, FastifyRequest } from 'fastify';
import { decideProject, decideSystem, type ProjectFacts } from '../access/decide.ts';
import { enterFound, enterSystem, refuse } from '../access/enter.ts';
import type { ProjectDirectory } from '../access/port.ts';
import type { Principal } from '../access/principal.ts';
import { OWNED_ROWS, type OwnedRows, type RouteAccess } from '../access/route-access.ts';
import { mintProjectScope } from '../access/scope.ts';
import { AppError, notFound } from '../lib/errors.ts';
import { actorOf } from './actor.ts';
import { readFlag } from './flag-header.ts';
import type { GuardedRoute } from './request-types.ts';

export interface AccessDeps {
  readonly projects: ProjectDirectory;
  /** Where the row of this id lies, a null project being the whole registry; undefined where there is none. */
  readonly owners: Readonly<
    Record<OwnedRows, (id: number) => Promise<{ readonly projectId: number | null } | undefined>>
  >;
  /** Who sends this request. Throws `unauthorized` only where a wrong password must be told. */
  readonly identify: (request: FastifyRequest) => Promise<Principal>;
  /** Whether strangers may make themselves an account; nobody may where it is left out. */
  readonly mayRegister?: () => boolean;
}

type ProjectAccess = Extract<RouteAccess, { kind: 'project' }>;
type OwnedAccess = Extract<RouteAccess, { kind: 'owned' }>;

async function findProject(
  deps: AccessDeps,
  request: FastifyRequest,
  access: ProjectAccess,
): Promise<ProjectFacts | undefined> {
  const text = (request.params as Record<string, string | undefined>)[access.param] ?? '';
  const byName =
    access.param === 'project_name' || readFlag(request, 'x-is-resource-name') || !/^\d+$/.test(text);
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
  const name = (request.params as Record<string, string | undefined>)[access.param] ?? '';
  const project = await findProject(deps, request, access);
  const { permission } = access;
  request.projectScope = await enterFound(deps.projects, actorOf(request), { name, project, permission });
}

/** Decides where a row lies that the path names by its id. Whoever may not even read it learns nothing of it. */
async function decideOwnedRoute(
  deps: AccessDeps,
  request: FastifyRequest,
  access: OwnedAccess,
): Promise<void> {
  const { principal } = request;
  const { idParam, read } = OWNED_ROWS[access.rows];
  const text = (request.params as Record<string, string | undefined>)[idParam] ?? '';
  const isId = /^\d{1,15}$/.test(text);
  const row = isId ? await deps.owners[access.rows](Number(text)) : undefined;
  if (row?.projectId === null) {
    request.systemScope = enterSystem(actorOf(request), access.permission);
    return;
  }
  const project = row && (await deps.projects.findById(row.projectId));
  if (project) {
    const roles = principal.kind === 'user' ? await deps.projects.rolesOf(principal.userId, project.id) : [];
    const at = { project, roles };
    if (decideProject(principal, access.permission, at)) {
      request.projectScope = mintProjectScope({ ...actorOf(request), ...at });
      return;
    }
    if (decideProject(principal, read, at))
      throw refuse(principal, `it needs ${access.permission} in the project`);
  }
  if (principal.kind === 'anonymous') throw refuse(principal, `it needs ${access.permission}`);
  if (!isId) throw new AppError('unprocessable', `params.${idParam} must be a whole number`);
  throw notFound(access.rows, text);
}

/** By the path alone, before the account is looked up: whether somebody else's exists is nobody's business. */
function isOwnAccount({ principal, params }: FastifyRequest): boolean {
  const { user_id: text = '' } = params as Record<string, string | undefined>;
  return principal.kind === 'user' && /^\d{1,15}$/.test(text) && Number(text) === principal.userId;
}

function decideRegistration(deps: AccessDeps, request: FastifyRequest): void {
  const { principal } = request;
  if (decideSystem(principal, 'user:create')) return;
  // Anonymous with credentials: they were wrong, and who sends them means to be somebody.
  const isStranger = principal.kind === 'anonymous' && request.headers.authorization === undefined;
  if (!isStranger || !deps.mayRegister?.())
    throw refuse(principal, 'accounts are made by system administrators (user:create)');
  // Harbor's rule too: a page of ours can send the token, another site's cannot.
  if (!request.isVisitor)
    throw new AppError(
      'forbidden',
      'to register without an account, send the X-Harbor-CSRF-Token and the cookie of an earlier reply',
    );
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
      request.systemScope = enterSystem(actorOf(request), access.permission);
      return;
    case 'named':
      if (!access.isOpen && request.principal.kind === 'anonymous')
        throw refuse(request.principal, `it needs ${access.permission}`);
      return;
    case 'owned':
      return decideOwnedRoute(deps, request, access);
    case 'ownAccount':
      if (isOwnAccount(request) || decideSystem(request.principal, access.permission)) return;
      throw refuse(request.principal, `the account is not yours, and ${access.permission} is needed`);
    case 'registration':
      return decideRegistration(deps, request);
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
  app.decorateRequest('systemScope', undefined);
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
