import type { FastifyRequest } from 'fastify';
import { ANONYMOUS, type Principal } from '../access/principal.ts';
import { parseBasic } from '../http/basic.ts';
import { readCookie } from '../http/cookies.ts';
import type { Login } from './chain.ts';
import type { Session, Sessions } from './sessions.ts';

export const SESSION_COOKIE = 'sid';

type SessionOf = (request: FastifyRequest) => Promise<Session | undefined>;

export interface Identity {
  /** The live session that the request's cookie names; looked up once a request. */
  readonly sessionOf: SessionOf;
  /**
   * Who sends a request to /api or /c: by Basic, else by session. Wrong Basic credentials are no refusal there: the
   * request goes on as anonymous (Harbor's rule), and is refused where anonymous is.
   */
  readonly identify: (request: FastifyRequest) => Promise<Principal>;
  /** The same, but the session is looked up anew: for a stream, which outlives the answer at its start. */
  readonly identifyAgain: (request: FastifyRequest) => Promise<Principal>;
}

/** Finds out who sends a request. */
export function createIdentity(deps: { login: Login; sessions: Pick<Sessions, 'find'> }): Identity {
  const found = new WeakMap<FastifyRequest, Promise<Session | undefined>>();

  const lookUp: SessionOf = (request) => {
    const value = readCookie(request, SESSION_COOKIE);
    return value === undefined ? Promise.resolve(undefined) : deps.sessions.find(value);
  };

  const sessionOf: SessionOf = (request) => {
    const known = found.get(request) ?? lookUp(request);
    found.set(request, known);
    return known;
  };

  const identifyBy =
    (session: SessionOf) =>
    async (request: FastifyRequest): Promise<Principal> => {
      const { authorization } = request.headers;
      const basic = authorization === undefined ? undefined : parseBasic(authorization);
      if (basic) {
        const verdict = await deps.login.verify(basic.username, basic.password);
        return verdict.kind === 'accepted' ? verdict.principal : ANONYMOUS;
      }
      const live = await session(request);
      if (!live) return ANONYMOUS;
      return {
        kind: 'user',
        userId: live.userId,
        username: live.username,
        isAdmin: live.isAdmin,
        via: 'session',
      };
    };

  return { sessionOf, identify: identifyBy(sessionOf), identifyAgain: identifyBy(lookUp) };
}
