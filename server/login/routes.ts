import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ANONYMOUS, type Principal } from '../access/principal.ts';
import { open } from '../access/route-access.ts';
import type { Database } from '../db/database.ts';
import type { AuditTrail } from '../events/audit.ts';
import { readCookie, setCookie } from '../http/cookies.ts';
import { clientAddressOf } from '../http/origin.ts';
import '../http/request-types.ts';
import { AppError } from '../lib/errors.ts';
import { NoBody, refusals } from '../lib/wire.ts';
import type { Login } from './chain.ts';
import { SESSION_COOKIE } from './identify.ts';
import { SESSION_SECONDS, type Sessions } from './sessions.ts';

const BODY_MAX_BYTES = 16 * 1024;
const SHOWN_NAME_MAX = 255;

export interface LoginRoutesDeps {
  readonly db: Database;
  readonly audit: AuditTrail;
  readonly login: Login;
  readonly sessions: Sessions;
  /** Whether the client reaches this server over TLS. */
  readonly isSecure: (request: FastifyRequest) => boolean;
}

interface Attempt {
  readonly principal: Principal;
  readonly operation: 'login' | 'logout';
  readonly username: string;
  readonly succeeded: boolean;
}

async function tell(deps: LoginRoutesDeps, request: FastifyRequest, attempt: Attempt): Promise<void> {
  const { principal, operation, succeeded } = attempt;
  const actor = { principal, requestId: request.id };
  const resource = attempt.username.slice(0, SHOWN_NAME_MAX);
  await deps.db.tx((tx) =>
    deps.audit.record(tx, { actor, operation, resourceType: 'user', resource, succeeded }),
  );
}

async function signIn(
  deps: LoginRoutesDeps,
  request: FastifyRequest,
): Promise<{ value: string; maxAgeSeconds: number }> {
  const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
  const username = form.get('principal') ?? '';
  const verdict = await deps.login.verify(username, form.get('password') ?? '');
  if (verdict.kind === 'rejected') {
    // One row for each password that was compared; what costs nothing to send writes nothing.
    if (verdict.checked)
      await tell(deps, request, { principal: ANONYMOUS, operation: 'login', username, succeeded: false });
    throw new AppError('unauthorized', 'wrong user name or password');
  }
  const { principal } = verdict;
  const session = await deps.sessions.mint({
    userId: principal.userId,
    via: 'password',
    maxAgeSeconds: SESSION_SECONDS,
    userAgent: request.headers['user-agent'] ?? '',
    address: clientAddressOf(request),
  });
  await tell(deps, request, { principal, operation: 'login', username: principal.username, succeeded: true });
  return session;
}

/** `POST /c/login` and `GET /c/log_out`, as Harbor's console and its clients use them. */
export function registerLogin(app: FastifyInstance, deps: LoginRoutesDeps): void {
  app.register(
    async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        'application/x-www-form-urlencoded',
        { parseAs: 'string', bodyLimit: BODY_MAX_BYTES },
        (_request, body, done) => done(null, new URLSearchParams(body.toString())),
      );

      scope.post(
        '/login',
        { config: { access: open }, schema: { response: { 200: NoBody, ...refusals(401, 403, 415, 429) } } },
        async (request, reply) => {
          const previous = readCookie(request, SESSION_COOKIE);
          const { value, maxAgeSeconds } = await signIn(deps, request);
          // Whoever knew the old session must not share the new one.
          if (previous !== undefined) await deps.sessions.end(previous);
          setCookie(reply, { name: SESSION_COOKIE, value, maxAgeSeconds, secure: deps.isSecure(request) });
          return reply.code(200).header('Cache-Control', 'no-store').send();
        },
      );

      scope.get(
        '/log_out',
        { exposeHeadRoute: false, config: { access: open }, schema: { response: { 200: NoBody } } },
        async (request, reply) => {
          const value = readCookie(request, SESSION_COOKIE);
          if (value !== undefined) {
            await deps.sessions.end(value);
            setCookie(reply, {
              name: SESSION_COOKIE,
              value: '',
              maxAgeSeconds: 0,
              secure: deps.isSecure(request),
            });
          }
          const { principal } = request;
          if (principal.kind === 'user' && principal.via === 'session') {
            await tell(deps, request, {
              principal,
              operation: 'logout',
              username: principal.username,
              succeeded: true,
            });
          }
          return reply.code(200).header('Cache-Control', 'no-store').send();
        },
      );
    },
    { prefix: '/c' },
  );
}
