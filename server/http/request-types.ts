import type { RouteAccess } from '../access/route-access.ts';
import type { Principal } from '../access/principal.ts';
import type { AnyScope, ProjectScope, SystemScope } from '../access/scope.ts';

/** A route with what it needs, as the access hook saw it registered. */
export interface GuardedRoute {
  readonly method: string;
  readonly url: string;
  readonly access: RouteAccess;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route of the server, in the order of their registration. */
    readonly guardedRoutes: readonly GuardedRoute[];
  }
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
  interface FastifyRequest {
    principal: Principal;
    /** Set by the access hook on routes whose access is a project's; read it with {@link scopeOf}. */
    projectScope: ProjectScope | undefined;
    /** Set by the access hook where access is the whole registry's. */
    systemScope: SystemScope | undefined;
    /** Without an account, but with the token that only a page of ours can read: set by the CSRF guard. */
    isVisitor: boolean;
    /** On /v2: the Content-Type as sent, since Fastify is shown another (it refuses empty and odd ones). */
    sentContentType: string | undefined;
  }
}

/** The proof that the access hook left on the request; a route that reads it without asking for it is a bug. */
export function scopeOf(request: { projectScope: ProjectScope | undefined }): ProjectScope {
  if (!request.projectScope)
    throw new Error('the route reads a project scope, but its access is not a project');
  return request.projectScope;
}

/** The same where a row may lie in a project or belong to the whole registry: the proof for where it does lie. */
export function anyScopeOf(request: {
  projectScope: ProjectScope | undefined;
  systemScope: SystemScope | undefined;
}): AnyScope {
  return request.systemScope ?? scopeOf(request);
}
