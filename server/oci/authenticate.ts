import type { FastifyRequest } from 'fastify';
import { ANONYMOUS, type Principal } from '../access/principal.ts';
import { actorOf } from '../http/actor.ts';
import { parseBasic } from '../http/basic.ts';
import type { VerifyPassword } from '../token/routes.ts';
import type { TokenService } from '../token/service.ts';
import { unauthorized } from './authorize.ts';
import type { RegistryCaller } from './types.ts';

export interface AuthenticateDeps {
  readonly tokens: TokenService;
  readonly login: { readonly verify: VerifyPassword };
  /** The account as it is now; undefined when it was removed. */
  readonly principalById: (userId: number) => Promise<Principal | undefined>;
}

/** Reads Authorization on /v2: Bearer with a token of ours, or Basic. Without one the caller is anonymous. */
export function createAuthenticate(deps: AuthenticateDeps, originOf: (request: FastifyRequest) => string) {
  return async function authenticate(request: FastifyRequest): Promise<RegistryCaller> {
    const header = request.headers.authorization;
    if (header === undefined) return { principal: ANONYMOUS, grants: undefined, untilMs: 0 };
    const bearer = /^bearer +(\S+) *$/i.exec(header)?.[1];
    if (bearer !== undefined) {
      const holder = await deps.tokens.verify(bearer);
      const principal = holder.userId === 0 ? ANONYMOUS : await deps.principalById(holder.userId);
      if (!principal)
        throw unauthorized(originOf(request), 'the account of this token is gone: sign in again');
      return { principal, grants: holder.grants, untilMs: holder.untilMs };
    }
    const basic = parseBasic(header);
    const verdict = basic ? await deps.login.verify(basic, actorOf(request, ANONYMOUS)) : undefined;
    if (verdict?.kind !== 'accepted') throw unauthorized(originOf(request), 'wrong user name or password');
    return { principal: verdict.principal, grants: undefined, untilMs: 0 };
  };
}
