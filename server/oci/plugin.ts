import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { registry } from '../access/route-access.ts';
import { encodeError } from '../http/errors.ts';
import { AppError } from '../lib/errors.ts';
import { parseRepositoryName } from '../lib/reference.ts';
import { authorize, challenge, unauthorized } from './authorize.ts';
import { OPERATIONS } from './operations.ts';
import { matchOciPath, type OciPath } from './paths.ts';
import { pageSize, queryOf } from './request.ts';
import type { OciDeps, OciOperation } from './types.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const EVERY_REPLY = {
  'docker-distribution-api-version': 'registry/2.0',
  'x-content-type-options': 'nosniff',
} as const;
const MAX_CATALOG = 1000;
const CATALOG_SCOPE = 'registry:catalog:*';

/** The path after `/v2`, percent-decoded once. */
function restOf(request: FastifyRequest): string {
  const url = request.raw.url ?? '';
  const mark = url.indexOf('?');
  const path = (mark < 0 ? url : url.slice(0, mark)).slice('/v2'.length);
  try {
    return decodeURIComponent(path);
  } catch {
    throw new AppError('name_invalid', 'the path is not valid percent-encoding');
  }
}

const READS = ['GET', 'HEAD', 'OPTIONS'];

/** A 405 names what is served instead (RFC 9110, section 15.5.6). */
function methodNotServed(request: FastifyRequest, served: readonly string[]): AppError {
  const allow = served.join(', ');
  return new AppError('unsupported', `${request.method} is not served here: use ${allow}`, {
    headers: { allow },
  });
}

/** GET /v2/: 401 without credentials, also where public projects exist, since clients learn the scheme only here. */
async function ping(deps: OciDeps, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotServed(request, READS);
  if (request.headers.authorization === undefined)
    throw unauthorized(deps.originOf(request), 'sign in, or get an anonymous token');
  await deps.authenticate(request);
  await reply.header('content-type', 'application/json').send(Buffer.from('{}'));
}

/** GET /v2/_catalog: the repositories that the caller may pull. */
async function catalog(deps: OciDeps, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotServed(request, READS);
  if (request.headers.authorization === undefined) {
    throw unauthorized(deps.originOf(request), 'sign in, or get an anonymous token', {
      scope: CATALOG_SCOPE,
    });
  }
  const caller = await deps.authenticate(request);
  // A token that was issued for one repository does not tell the names of others.
  if (caller.grants && !caller.grants.some(({ type, name }) => type === 'registry' && name === 'catalog')) {
    const message = 'the token was not issued for the catalog';
    throw unauthorized(deps.originOf(request), message, {
      scope: CATALOG_SCOPE,
      error: 'insufficient_scope',
    });
  }
  const query = queryOf(request);
  const limit = Math.min(pageSize(query) ?? MAX_CATALOG, MAX_CATALOG);
  const projectIds = await deps.pullableProjects(caller.principal);
  const found = await deps.listings.catalog({ projectIds, last: query.get('last') ?? '', limit: limit + 1 });
  const repositories = found.slice(0, limit);
  const last = repositories.at(-1);
  if (found.length > limit && last !== undefined) {
    reply.header('link', `</v2/_catalog?n=${limit}&last=${encodeURIComponent(last)}>; rel="next"`);
  }
  await reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify({ repositories })));
}

async function serve(deps: OciDeps, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const path = matchOciPath(restOf(request));
  if (!path) throw new AppError('name_unknown', 'there is no such path below /v2');
  if (path.kind === 'base') return ping(deps, request, reply);
  if (path.kind === 'catalog') return catalog(deps, request, reply);
  const operations = OPERATIONS[path.kind] as Readonly<Partial<Record<string, OciOperation>>>;
  const operation = operations[request.method];
  if (!operation) throw methodNotServed(request, [...Object.keys(operations), 'OPTIONS']);
  const rights = deps.rights();
  const caller = await deps.authenticate(request);
  request.principal = caller.principal;
  const name = parseRepositoryName(path.name);
  const scope = await authorize(deps, { request, name, caller, operation });
  const content = deps.marks.of(scope.projectId, name.path);
  await operation.handle({
    path: path as OciPath & { kind: never },
    name,
    scope,
    caller,
    request,
    reply,
    deps,
    keep: (kept) =>
      deps.hotReplies.keep({ request, reply }, kept, { marks: [rights, content], untilMs: caller.untilMs }),
  });
}

/** Preflights need no account: a web page could not send one with them. */
async function preflight(reply: FastifyReply): Promise<void> {
  await reply
    .code(204)
    .header('access-control-allow-origin', '*')
    .header('access-control-allow-methods', METHODS.join(', '))
    .header(
      'access-control-allow-headers',
      'Authorization, Content-Type, Content-Range, Range, If-None-Match',
    )
    .header(
      'access-control-expose-headers',
      'Docker-Content-Digest, Link, Location, OCI-Subject, Range, WWW-Authenticate',
    )
    .send();
}

/** `/v2`: the OCI distribution API. Bodies arrive as raw streams, and nothing is ever compressed here. */
export function registerOci(root: FastifyInstance, deps: OciDeps): void {
  root.register((app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    app.addHook('onRequest', async (request, reply) => {
      const sent = request.headers['content-type'];
      request.sentContentType = sent === undefined || sent === '' ? undefined : sent;
      // Fastify answers 415 to an empty or malformed type, and its JSON parser 400 to an empty JSON body: clients send both.
      request.headers['content-type'] = 'application/octet-stream';
      reply.headers(EVERY_REPLY);
    });
    app.setErrorHandler((error, request, reply) => {
      const { status, body, headers, isBug } = encodeError(error, 'oci');
      // A client that went away in the middle of its upload is no fault of ours: it may come back and resume.
      const wentAway = request.raw.destroyed && !request.raw.complete;
      if (isBug && !wentAway) request.log.error(error);
      const isBearer = /^bearer /i.test(request.headers.authorization ?? '');
      const challenged = status === 401 && headers['www-authenticate'] === undefined;
      if (challenged)
        reply.header(
          'www-authenticate',
          challenge(deps.originOf(request), isBearer ? { error: 'invalid_token' } : {}),
        );
      // A refusal is not what was asked for: it must not be kept as that.
      reply.removeHeader('cache-control').removeHeader('etag');
      // A hook of the whole server refuses before the one above has run.
      reply
        .code(status)
        .headers({ ...EVERY_REPLY, ...headers })
        .header('content-type', 'application/json');
      const text = Buffer.from(JSON.stringify(body));
      return reply
        .header('content-length', text.byteLength)
        .send(request.method === 'HEAD' ? undefined : text);
    });
    for (const url of ['/v2', '/v2/*']) {
      app.route({
        method: [...METHODS],
        url,
        config: { access: registry },
        schema: { hide: true },
        handler: (request, reply) =>
          request.method === 'OPTIONS' ? preflight(reply) : serve(deps, request, reply),
      });
    }
    return Promise.resolve();
  });
}
