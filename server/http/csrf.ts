import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../lib/errors.ts';
import { readCookie, setCookie } from './cookies.ts';
import './request-types.ts';

const COOKIE = '_gorilla_csrf';
const HEADER = 'X-Harbor-CSRF-Token';
const TOKEN_BYTES = 32;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

export interface CsrfDeps {
  /** The live session that the request's cookie names. */
  readonly sessionOf: (request: FastifyRequest) => Promise<{ readonly csrfSecret: string } | undefined>;
  /** Whether the client reaches this server over TLS. */
  readonly isSecure: (request: FastifyRequest) => boolean;
  /** Whether strangers may register, for which they need a token too; never where it is left out. */
  readonly mayRegister?: () => boolean;
}

const derive = (secret: string, what: 'cookie' | 'token' | 'visitor'): Buffer =>
  createHmac('sha256', secret).update(`berth csrf ${what}`).digest();

function xor(left: Buffer, right: Buffer): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
}

/** Another text each time, so that a compressed reply does not give the token away (BREACH). */
function mask(token: Buffer): string {
  const pad = randomBytes(TOKEN_BYTES);
  return Buffer.concat([pad, xor(token, pad)]).toString('base64');
}

function isToken(sent: string | undefined, token: Buffer): boolean {
  const bytes = Buffer.from(sent ?? '', 'base64');
  if (bytes.length !== 2 * TOKEN_BYTES) return false;
  return timingSafeEqual(xor(bytes.subarray(TOKEN_BYTES), bytes.subarray(0, TOKEN_BYTES)), token);
}

function isCookie(sent: string | undefined, value: Buffer): boolean {
  const bytes = Buffer.from(sent ?? '', 'base64url');
  return bytes.length === value.length && timingSafeEqual(bytes, value);
}

/**
 * A token for whoever has no session: it belongs to a random cookie, and nothing of it is kept here. Its lack is no
 * refusal; registering asks for it.
 */
function greetVisitor(deps: CsrfDeps, request: FastifyRequest, reply: FastifyReply): void {
  const known = readCookie(request, COOKIE) ?? '';
  const isKnown = /^[\w-]{43}$/.test(known);
  const value = isKnown ? known : randomBytes(TOKEN_BYTES).toString('base64url');
  const token = derive(value, 'visitor');
  reply.header(HEADER, mask(token));
  if (!isKnown) setCookie(reply, { name: COOKIE, value, secure: deps.isSecure(request) });
  const sent = request.headers[HEADER.toLowerCase()];
  request.isVisitor = isKnown && isToken(typeof sent === 'string' ? sent : undefined, token);
}

const invalid = (): AppError => new AppError('forbidden', 'CSRF token invalid');

async function check(deps: CsrfDeps, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const isSafe = SAFE_METHODS.has(request.method);
  // Where there is no session yet, another site could still sign its visitor in as somebody else.
  const site = request.headers['sec-fetch-site'];
  if (!isSafe && (site === 'cross-site' || site === 'same-site')) throw invalid();
  const session = await deps.sessionOf(request);
  if (!session) {
    const isAsked = /^\/(?:api|c)\//.test(request.routeOptions.url ?? '');
    if (isAsked && request.headers.authorization === undefined && deps.mayRegister?.())
      greetVisitor(deps, request, reply);
    return;
  }
  const cookie = derive(session.csrfSecret, 'cookie');
  const token = derive(session.csrfSecret, 'token');
  const hasCookie = isCookie(readCookie(request, COOKIE), cookie);
  reply.header(HEADER, mask(token));
  if (!hasCookie)
    setCookie(reply, { name: COOKIE, value: cookie.toString('base64url'), secure: deps.isSecure(request) });
  if (isSafe) return;
  const sent = request.headers[HEADER.toLowerCase()];
  if (!hasCookie || !isToken(typeof sent === 'string' ? sent : undefined, token)) throw invalid();
}

/**
 * Cross-site request forgery, refused as Harbor does: a request that carries a session needs, unless its
 * method is safe, the token that earlier replies carried in X-Harbor-CSRF-Token. The token belongs to the session.
 * Register it before the access hook, so that refusals carry a token as well.
 */
export function guardCsrf(app: FastifyInstance, deps: CsrfDeps): void {
  app.decorateRequest('isVisitor', false);
  app.addHook('onRequest', async (request, reply) => {
    // By the route that was matched, not by the path as it was written: `/%61pi` is `/api` to the router.
    const route = request.routeOptions.url ?? '';
    const bringsOwnCredentials =
      request.routeOptions.config.access?.kind === 'registry' || route === '/service/token';
    if (!bringsOwnCredentials) await check(deps, request, reply);
  });
}
