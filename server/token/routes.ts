import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { open } from '../access/route-access.ts';
import { ANONYMOUS, type Principal } from '../access/principal.ts';
import { AppError } from '../lib/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { parseBasic } from '../http/basic.ts';
import { parseScopes } from './scopes.ts';
import { TOKEN_SERVICE, TOKEN_TTL_SECONDS, type TokenService } from './service.ts';

export type VerifyPassword = (
  username: string,
  password: string,
) => Promise<{ kind: 'accepted'; principal: Principal } | { kind: 'rejected' }>;

export interface TokenRouteDeps {
  readonly tokens: TokenService;
  readonly verifyPassword: VerifyPassword;
  /** Told when somebody signed in for a token; must not throw. */
  readonly onSignIn: (signIn: { principal: Principal; userAgent: string }) => void;
  readonly clock: Clock;
}

interface TokenRequest {
  readonly credentials: { username: string; password: string } | undefined;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
}

const listOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];

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
  let principal: Principal = ANONYMOUS;
  if (asked.credentials) {
    const verdict = await deps.verifyPassword(asked.credentials.username, asked.credentials.password);
    // Harbor answers 200 with anonymous rights here, so that a mistyped password looks like a missing image.
    if (verdict.kind === 'rejected') throw new AppError('unauthorized', 'wrong user name or password');
    principal = verdict.principal;
    deps.onSignIn({ principal, userAgent: request.headers['user-agent'] ?? '' });
  }
  const { token, issuedAtMs } = await deps.tokens.issue(principal, parseScopes(asked.scopes));
  await reply.header('cache-control', 'no-store').send({
    token,
    access_token: token,
    expires_in: TOKEN_TTL_SECONDS,
    issued_at: new Date(issuedAtMs).toISOString(),
  });
}

/** `/service/token`: GET as docker asks it, POST as containerd does (the OAuth2 form of the token specification). */
export function registerTokenRoutes(app: FastifyInstance, deps: TokenRouteDeps): void {
  app.get('/service/token', { config: { access: open } }, async (request, reply) => {
    const query = request.query as Record<string, unknown>;
    const header = request.headers.authorization;
    const credentials = header === undefined ? undefined : parseBasic(header);
    if (header !== undefined && !credentials)
      throw new AppError('unauthorized', 'send the user name and password as Basic');
    return answer(
      deps,
      { credentials, service: listOf(query.service)[0], scopes: listOf(query.scope) },
      request,
      reply,
    );
  });

  app.register((form) => {
    form.removeAllContentTypeParsers();
    form.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 64 * 1024 },
      (_request, body, done) => {
        done(null, new URLSearchParams(body as string));
      },
    );
    form.post('/service/token', { config: { access: open } }, async (request, reply) => {
      const body = request.body;
      if (!(body instanceof URLSearchParams))
        throw new AppError('bad_request', 'send a form with grant_type, username and password');
      if (body.get('grant_type') !== 'password')
        throw new AppError('bad_request', 'only grant_type=password is taken');
      const credentials = { username: body.get('username') ?? '', password: body.get('password') ?? '' };
      return answer(
        deps,
        { credentials, service: body.get('service') ?? undefined, scopes: body.getAll('scope') },
        request,
        reply,
      );
    });
    return Promise.resolve();
  });
}
