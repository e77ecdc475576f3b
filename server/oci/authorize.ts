import type { FastifyRequest } from 'fastify';
import { decideProject } from '../access/decide.ts';
import { principalName } from '../access/principal.ts';
import { mintProjectScope, type ProjectScope } from '../access/scope.ts';
import { actorOf } from '../http/actor.ts';
import { AppError } from '../lib/errors.ts';
import type { RepositoryName } from '../lib/reference.ts';
import { TOKEN_SERVICE } from '../token/service.ts';
import type { OciDeps, OciOperation, RegistryCaller, TokenAction } from './types.ts';

/**
 * The Bearer challenge (distribution token specification). The realm is where the client reached us: go-containerregistry
 * refuses one on another private host. Every parameter is quoted and none is empty.
 */
export function challenge(origin: string, asked: Asked = {}): string {
  const parts = [`realm="${origin}/service/token"`, `service="${TOKEN_SERVICE}"`];
  if (asked.scope !== undefined) parts.push(`scope="${asked.scope}"`);
  if (asked.error !== undefined) parts.push(`error="${asked.error}"`);
  return `Bearer ${parts.join(',')}`;
}

/** What a challenge says beside where tokens are had. */
interface Asked {
  readonly scope?: string;
  /** What is wrong with the token that was sent (RFC 6750, section 3.1): podman asks for a wider one only when told. */
  readonly error?: 'invalid_token' | 'insufficient_scope';
}

export function unauthorized(origin: string, message: string, asked?: Asked): AppError {
  return new AppError('unauthorized', message, { headers: { 'www-authenticate': challenge(origin, asked) } });
}

/** Whether the caller's token was issued for these actions; Basic has no token, so roles alone decide. */
function tokenCovers(caller: RegistryCaller, name: string, actions: readonly TokenAction[]): boolean {
  if (caller.grants === undefined) return true;
  const granted = caller.grants
    .filter((grant) => grant.type === 'repository' && grant.name === name)
    .flatMap((grant) => grant.actions);
  return actions.every((action) => granted.includes(action));
}

function denied(
  caller: RegistryCaller,
  name: RepositoryName,
  operation: Pick<OciOperation, 'permission'>,
): AppError {
  const who = principalName(caller.principal);
  const isAdmin = caller.principal.kind === 'user' && caller.principal.isAdmin;
  // One text for a private and a missing project, so that it tells nobody which exist.
  const why = isAdmin
    ? `project "${name.project}" does not exist: create it first`
    : `project "${name.project}" does not exist or ${who} may not do this in it (${operation.permission}): create it, or ask one of its administrators for the role`;
  return new AppError('denied', why);
}

/**
 * Decides an operation on a repository: the live roles must allow it, and so must the token. A caller without rights
 * gets 403; one who may, but whose token was issued for less, is sent for another token.
 */
export async function authorize(
  deps: OciDeps,
  asked: {
    request: FastifyRequest;
    name: RepositoryName;
    caller: RegistryCaller;
    operation: Pick<OciOperation, 'permission' | 'actions'>;
  },
): Promise<ProjectScope> {
  const { request, name, caller, operation } = asked;
  const { principal } = caller;
  const scopeText = `repository:${name.full}:${operation.actions.join(',')}`;
  const origin = deps.originOf(request);
  const project = await deps.projects.findByName(name.project);
  const roles =
    project && principal.kind === 'user' ? await deps.projects.rolesOf(principal.userId, project.id) : [];
  const allowed = project !== undefined && decideProject(principal, operation.permission, { project, roles });
  if (!project || !allowed) {
    if (principal.kind === 'anonymous')
      throw unauthorized(origin, 'sign in first: this needs an account with the right', { scope: scopeText });
    // A HEAD carries no sentence, and clients that push ask by HEAD first and give up at 403: so they go on, to a POST or
    // GET whose 403 says why. It tells no more than 403 does: a foreign project and a missing one read alike.
    if (request.method === 'HEAD')
      throw new AppError('name_unknown', `${name.full} is not here for ${principal.username}`);
    throw denied(caller, name, operation);
  }
  // A client learns how to sign in only from a challenge, so the first request without Authorization gets one.
  if (request.headers.authorization === undefined)
    throw unauthorized(origin, 'get a token first (an anonymous one will do)', { scope: scopeText });
  if (!tokenCovers(caller, name.full, operation.actions)) {
    throw unauthorized(
      origin,
      `the token was not issued for ${operation.actions.join(' and ')} on ${name.full}`,
      { scope: scopeText, error: 'insufficient_scope' },
    );
  }
  return mintProjectScope({ ...actorOf(request, principal), project, roles });
}
