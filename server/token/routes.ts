import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { open } from '../access/route-access.ts';
import { ANONYMOUS, type Principal, type UserPrincipal } from '../access/principal.ts';
import type { Actor } from '../access/scope.ts';
import { AppError } from '../lib/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { actorOf } from '../http/actor.ts';
import { parseBasic } from '../http/basic.ts';
import { parseScopes, writeScopes } from './scopes.ts';
import type { SignIns } from './sign-ins.ts';
import { TOKEN_SERVICE, type TokenService } from './service.ts';

export type VerifyPassword = (
  credentials: { readonly username: string; readonly password: string },
  from: Actor,
) => Promise<
  | {
      readonly kind: 'accepted';
      readonly principal: UserPrincipal;
      /** What the password was right for: a token for it ends when it changes. */
      readonly storedHash: string;
    }
  | { readonly kind: 'rejected' }
>;

export interface TokenRouteDeps {
  readonly tokens: TokenService;
  readonly verifyPassword: VerifyPassword;
  /** Told when somebody signed in for a token, before it is given; must not reject. */
  readonly onSignIn: SignIns['note'];
  readonly clock: Clock;
}

/** By what the caller proves who it is: nothing, a password, or a token that it got for one. */
type Proof =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'password';
      readonly username: string;
      readonly password: string;
      /** Whether a refresh token is asked for. */
      readonly offline: boolean;
    }
  | { readonly kind: 'refresh'; readonly token: string };

interface TokenRequest {
  readonly proof: Proof;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  /** Whether the reply names the scopes that were granted: the OAuth2 form's does. */
  readonly tellsScope: boolean;
}

interface Proved {
  readonly principal: Principal;
  readonly refreshToken?: string;
}

const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];

/** Who asks, and the refresh token if one was asked for. Throws `unauthorized` for a wrong password or an ended token. */
async function prove(deps: TokenRouteDeps, proof: Proof, request: FastifyRequest): Promise<Proved> {
  const { refresh } = deps.tokens;
  const from = actorOf(request, ANONYMOUS);
  const userAgent = request.headers['user-agent'] ?? '';
  if (proof.kind === 'none') return { principal: ANONYMOUS };
  // It gives no other refresh token: who has one cannot make many of it.
  if (proof.kind === 'refresh') {
    const principal = await refresh.redeem(proof.token, TOKEN_SERVICE);
    await deps.onSignIn({ actor: { ...from, principal }, userAgent, by: 'refresh token' });
    return { principal };
  }
  const verdict = await deps.verifyPassword(proof, from);
  // Harbor answers 200 with anonymous rights here, so that a mistyped password looks like a missing image.
  if (verdict.kind === 'rejected') throw new AppError('unauthorized', 'wrong user name or password');
  const { principal, storedHash } = verdict;
  const actor = { ...from, principal };
  await deps.onSignIn({ actor, userAgent, by: 'password' });
  if (!proof.offline) return { principal };
  return { principal, refreshToken: await refresh.mint({ actor, storedHash, service: TOKEN_SERVICE }) };
}

async function answer(
  deps: TokenRouteDeps,
  asked: TokenRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (asked.service !== undefined && asked.service !== TOKEN_SERVICE) {
    throw new AppError(
      'bad_request',
      `this registry's service is "${TOKEN_SERVICE}", not "${asked.service.slice(0, 100)}"`,
    );
  }
  const { principal, refreshToken } = await prove(deps, asked.proof, request);
  const { token, issuedAtMs, ttlSeconds, granted } = await deps.tokens.issue(
    principal,
    parseScopes(asked.scopes),
  );
  await reply.header('cache-control', 'no-store').send({
    token,
    access_token: token,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(asked.tellsScope ? { scope: writeScopes(granted) } : {}),
    expires_in: ttlSeconds,
    issued_at: new Date(issuedAtMs).toISOString(),
  });
}

function readQuery(request: FastifyRequest): TokenRequest {
  const query = request.query as Record<string, unknown>;
  const header = request.headers.authorization;
  const basic = header === undefined ? undefined : parseBasic(header);
  if (header !== undefined && !basic)
    throw new AppError('unauthorized', 'send the user name and password as Basic');
  // A HEAD could not carry the token.
  const offline = listOf(query.offline_token)[0] === 'true' && request.method === 'GET';
  return {
    proof: basic ? { kind: 'password', ...basic, offline } : { kind: 'none' },
    service: listOf(query.service)[0],
    scopes: listOf(query.scope),
    tellsScope: false,
  };
}

function readFormProof(form: URLSearchParams): Proof {
  const grant = form.get('grant_type');
  if (grant === 'password') {
    return {
      kind: 'password',
      username: form.get('username') ?? '',
      password: form.get('password') ?? '',
      offline: form.get('access_type') === 'offline',
    };
  }
  const token = form.get('refresh_token') ?? '';
  if (grant !== 'refresh_token')
    throw new AppError('bad_request', 'grant_type is "password" or "refresh_token"');
  if (token === '') throw new AppError('bad_request', 'grant_type=refresh_token needs a refresh_token');
  return { kind: 'refresh', token };
}

function readForm(form: unknown): TokenRequest {
  if (!(form instanceof URLSearchParams))
    throw new AppError(
      'bad_request',
      'send a form with grant_type, and username and password or refresh_token',
    );
  return {
    proof: readFormProof(form),
    service: form.get('service') ?? undefined,
    scopes: form.getAll('scope'),
    tellsScope: true,
  };
}

/**
 * `/service/token`: GET as docker asks it, POST as containerd does (the OAuth2 form of the token specification). What else
 * they send, such as `account` and `client_id`, decides nothing.
 */
export function registerTokenRoutes(app: FastifyInstance, deps: TokenRouteDeps): void {
  app.get('/service/token', { config: { access: open } }, (request, reply) =>
    answer(deps, readQuery(request), request, reply),
  );

  app.register((form) => {
    form.removeAllContentTypeParsers();
    form.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 64 * 1024 },
      (_request, body, done) => {
        done(null, new URLSearchParams(body as string));
      },
    );
    form.post('/service/token', { config: { access: open } }, (request, reply) =>
      answer(deps, readForm(request.body), request, reply),
    );
    return Promise.resolve();
  });
}
