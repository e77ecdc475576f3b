import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { ANONYMOUS } from '../access/principal.ts';
import { open } from '../access/route-access.ts';
import type { Users } from '../domain/users/index.ts';
import { actorOf } from '../http/actor.ts';
import { readCookie, setCookie } from '../http/cookies.ts';
import { clientAddressOf } from '../http/origin.ts';
import '../http/request-types.ts';
import { AppError } from '../lib/errors.ts';
import { NoBody, refusals } from '../lib/wire.ts';
import type { AuditedLogin } from './attempts.ts';
import { SESSION_COOKIE } from './identify.ts';
import { SESSION_SECONDS, type Sessions } from './sessions.ts';
import type { StrangerLimits } from './strangers.ts';

const BODY_MAX_BYTES = 16 * 1024;

export interface LoginRoutesDeps {
  readonly login: AuditedLogin;
  readonly sessions: Sessions;
  readonly users: Pick<Users, 'isTaken'>;
  /** Whether strangers may make themselves an account. */
  readonly mayRegister: () => boolean;
  readonly nameChecks: StrangerLimits['nameChecks'];
  /** Whether the client reaches this server over TLS. */
  readonly isSecure: (request: FastifyRequest) => boolean;
}

const formOf = (request: FastifyRequest): URLSearchParams =>
  request.body instanceof URLSearchParams ? request.body : new URLSearchParams();

async function signIn(
  deps: LoginRoutesDeps,
  request: FastifyRequest,
): Promise<{ value: string; maxAgeSeconds: number }> {
  const form = formOf(request);
  const username = form.get('principal') ?? '';
  const password = form.get('password') ?? '';
  const verdict = await deps.login.verify({ username, password }, actorOf(request, ANONYMOUS));
  if (verdict.kind === 'rejected') throw new AppError('unauthorized', 'wrong user name or password');
  return deps.sessions.mint({
    userId: verdict.principal.userId,
    storedHash: verdict.storedHash,
    via: 'password',
    maxAgeSeconds: SESSION_SECONDS,
    userAgent: request.headers['user-agent'] ?? '',
    address: clientAddressOf(request),
    requestId: request.id,
  });
}

/** Whether an account has the name or the address: what sign-up forms ask. */
async function isTaken(deps: LoginRoutesDeps, request: FastifyRequest): Promise<boolean> {
  const { principal } = request;
  const isAdmin = principal.kind === 'user' && principal.isAdmin;
  if (!isAdmin && !deps.mayRegister())
    throw new AppError('precondition', 'self-registration is off: only administrators may ask for names');
  if (!isAdmin) deps.nameChecks.admit(clientAddressOf(request));
  const form = formOf(request);
  const target = form.get('target');
  const value = form.get('value') ?? '';
  if (target !== 'username' && target !== 'email')
    throw new AppError('bad_request', 'target is "username" or "email"');
  return value !== '' && deps.users.isTaken(target, value);
}

/** `POST /c/login`, `GET /c/log_out` and `POST /c/userExists`, as Harbor's console and its clients use them. */
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
          if (previous !== undefined) await deps.sessions.end(previous, actorOf(request));
          setCookie(reply, { name: SESSION_COOKIE, value, maxAgeSeconds, secure: deps.isSecure(request) });
          return reply.code(200).header('Cache-Control', 'no-store').send();
        },
      );

      scope.post(
        '/userExists',
        {
          config: { access: open },
          schema: { response: { 200: Type.Boolean(), ...refusals(400, 403, 412, 415, 429) } },
        },
        async (request, reply) =>
          reply.type('application/json; charset=utf-8').send(await isTaken(deps, request)),
      );

      scope.get(
        '/log_out',
        { exposeHeadRoute: false, config: { access: open }, schema: { response: { 200: NoBody } } },
        async (request, reply) => {
          const value = readCookie(request, SESSION_COOKIE);
          if (value !== undefined) {
            await deps.sessions.end(value, actorOf(request));
            setCookie(reply, {
              name: SESSION_COOKIE,
              value: '',
              maxAgeSeconds: 0,
              secure: deps.isSecure(request),
            });
          }
          return reply.code(200).header('Cache-Control', 'no-store').send();
        },
      );
    },
    { prefix: '/c' },
  );
}
