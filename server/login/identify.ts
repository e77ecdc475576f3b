import type { FastifyRequest } from 'fastify';
import { ANONYMOUS, type Principal } from '../access/principal.ts';
import { actorOf } from '../http/actor.ts';
import { parseBasic } from '../http/basic.ts';
import { readCookie } from '../http/cookies.ts';
import { AppError } from '../lib/errors.ts';
import type { AuditedLogin } from './attempts.ts';
import type { Session, Sessions } from './sessions.ts';

export const SESSION_COOKIE = 'sid';
/** On what a page asks by itself. */
const NO_RENEWAL = 'x-harbor-no-session-renewal';

/** Whether nobody need be there for the request to come: a page opens its stream of events again and again. */
const comesByItself = ({ headers }: FastifyRequest): boolean =>
  headers[NO_RENEWAL] !== undefined || headers.accept === 'text/event-stream';

type SessionOf = (request: FastifyRequest) => Promise<Session | undefined>;

export interface Identity {
  /**
   * The live session that the request's cookie names; looked up once a request, which is a use of it unless it carries
   * X-Harbor-No-Session-Renewal or opens a stream of events.
   */
  readonly sessionOf: SessionOf;
  /**
   * Who sends a request to /api or /c: by Basic, else by session. Throws `unauthorized` for wrong Basic credentials, also
   * where anybody may ask: a mistyped password must not look like an empty registry.
   */
  readonly identify: (request: FastifyRequest) => Promise<Principal>;
  /**
   * The same, but the session is looked up anew: for a stream, which outlives the answer at its start. That is no use of
   * the session: nobody need be there. Whose password is no longer right is nobody then.
   */
  readonly identifyAgain: (request: FastifyRequest) => Promise<Principal>;
}

/** Finds out who sends a request. */
export function createIdentity(deps: { login: AuditedLogin; sessions: Pick<Sessions, 'find'> }): Identity {
  const found = new WeakMap<FastifyRequest, Promise<Session | undefined>>();

  const lookUp = (request: FastifyRequest, renews: boolean): Promise<Session | undefined> => {
    const value = readCookie(request, SESSION_COOKIE);
    return value === undefined ? Promise.resolve(undefined) : deps.sessions.find(value, { renews });
  };

  const sessionOf: SessionOf = (request) => {
    const known = found.get(request) ?? lookUp(request, !comesByItself(request));
    found.set(request, known);
    return known;
  };

  const identifyBy =
    (session: SessionOf, wrong: { readonly isTold: boolean }) =>
    async (request: FastifyRequest): Promise<Principal> => {
      const { authorization } = request.headers;
      const basic = authorization === undefined ? undefined : parseBasic(authorization);
      if (basic) {
        const verdict = await deps.login.verify(basic, actorOf(request, ANONYMOUS));
        if (verdict.kind === 'accepted') return verdict.principal;
        if (wrong.isTold) throw new AppError('unauthorized', 'wrong user name or password');
        return ANONYMOUS;
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

  return {
    sessionOf,
    identify: identifyBy(sessionOf, { isTold: true }),
    identifyAgain: identifyBy((request) => lookUp(request, false), { isTold: false }),
  };
}
