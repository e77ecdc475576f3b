import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../lib/errors.ts';
import { findUnkeepable } from '../lib/text.ts';
import './request-types.ts';

const NOT_KEPT = 'a NUL (U+0000) or half of a surrogate pair, which cannot be kept: leave it out';

/** Harbor merges "//" in a path. Not below /v2, whose names are compared as they come; and never in the query. */
export function mergeSlashes(url: string): string {
  const end = url.indexOf('?');
  const path = end < 0 ? url : url.slice(0, end);
  if (!path.includes('//') || /^\/+v2(?:\/|$)/.test(path)) return url;
  return path.replaceAll(/\/{2,}/g, '/') + (end < 0 ? '' : url.slice(end));
}

/** What is wrong with the address; undefined where nothing is. */
function judgeUrl(url: string): string | undefined {
  const query = url.slice(url.indexOf('?') + 1);
  const hasQuery = url.includes('?');
  // Go's parser of queries refuses these two.
  if (hasQuery && query.includes(';')) return 'the query has a ";": write %3B for it';
  if (hasQuery && /%(?![0-9a-f]{2})/i.test(query))
    return 'the query has a "%" that encodes nothing: write %25 for it';
  const path = url.split('?', 1)[0] ?? '';
  // In a path also encoded twice and more: names of repositories are decoded again, and no name has a "%".
  if (/%(?:25)*00/.test(path) || (hasQuery && query.includes('%00'))) return `the address has ${NOT_KEPT}`;
  return undefined;
}

/**
 * Refuses with 400 what no part of the server can do anything with: queries that Harbor refuses as well, and text that
 * the databases would refuse or change. Not on /v2, where grammars are narrower. Register it before the access hook,
 * which looks projects up by what the path says.
 */
export function refuseBrokenText(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const wrong = request.routeOptions.config.access?.kind === 'registry' ? undefined : judgeUrl(request.url);
    if (wrong !== undefined) return done(new AppError('bad_request', wrong));
    // The router takes `/users/` for `/users/{user_id}` with an empty id.
    const isShort = Object.entries((request.params ?? {}) as object).some(
      ([name, part]) => name !== '*' && part === '',
    );
    done(
      isShort
        ? new AppError('not_found', 'there is nothing at a path that ends so: leave out the "/"')
        : undefined,
    );
  });
  app.addHook('preValidation', (request, _reply, done) => {
    const { body } = request;
    // On /v2 the body is a stream, which nobody may look into before the route does.
    if (request.routeOptions.config.access?.kind === 'registry') return done();
    if (typeof body !== 'object' || body === null || body instanceof Uint8Array || body instanceof Readable)
      return done();
    // All values of a name: the check must not look at another one than the route does.
    const values =
      body instanceof URLSearchParams ? Object.fromEntries(Map.groupBy(body, ([name]) => name)) : body;
    const at = findUnkeepable(values);
    done(
      at === undefined
        ? undefined
        : new AppError('bad_request', `the body has, in ${at === '' ? 'itself' : `"${at}"`}, ${NOT_KEPT}`),
    );
  });
}

/** Finds the methods that a path is served with, where the asked one is not among them. */
export function methodsAt(app: FastifyInstance): (path: string) => readonly string[] {
  let routes: readonly { readonly pattern: RegExp; readonly method: string }[] | undefined;
  return (path) => {
    routes ??= app.guardedRoutes
      .filter(({ url }) => url.startsWith('/api/') && !url.includes('*'))
      .map(({ method, url }) => ({
        method,
        pattern: new RegExp(`^${url.replaceAll(/[.]/g, '\\$&').replaceAll(/:[a-z_]+/g, '[^/]+')}$`),
      }));
    return [
      ...new Set(routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)),
    ].toSorted();
  };
}
