import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { open } from '../access/route-access.ts';
import { AppError } from '../lib/errors.ts';

/** Where the built console lies. */
export interface ConsoleSource {
  /** The folder, once it is there and current; throws with a sentence when it could not be built. */
  ready(): Promise<string>;
}

const ASSET_CACHE_SECONDS = 365 * 24 * 3600;

/** The page's policy: our own files only. Mantine writes its variables into one style element, which has the nonce. */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

async function sendPage(source: ConsoleSource, reply: FastifyReply): Promise<void> {
  const folder = await source.ready();
  const nonce = randomBytes(16).toString('base64');
  const html = (await readFile(join(folder, 'index.html'), 'utf8')).replaceAll('__BERTH_NONCE__', nonce);
  await reply
    .header('content-security-policy', contentSecurityPolicy(nonce))
    .header('cache-control', 'no-cache')
    .type('text/html; charset=utf-8')
    .send(html);
}

/** Serves the console: its assets, and for every other path that is a page of it the page itself. */
export function registerConsole(app: FastifyInstance, source: ConsoleSource): void {
  // The build puts what is compressed beside the files (build/console.ts).
  app.register(fastifyStatic, { serve: false, root: process.cwd(), preCompressed: true });
  app.get('/assets/*', { config: { access: open }, schema: { hide: true } }, async (request, reply) => {
    const name = (request.params as { '*': string })['*'];
    if (!/^[\w-]+(?:\.[\w-]+)+$/.test(name)) throw new AppError('not_found', 'there is no such file');
    const folder = await source.ready();
    // Names carry a hash of the content, so a name never means anything else.
    return reply.sendFile(`assets/${name}`, folder, { maxAge: ASSET_CACHE_SECONDS * 1000, immutable: true });
  });
  app.get('/*', { config: { access: open }, schema: { hide: true } }, async (request, reply) => {
    const path = (request.raw.url ?? '').split('?', 1)[0] ?? '';
    if (/^\/(?:api|c|service|assets)(?:\/|$)/.test(path))
      throw new AppError('not_found', `there is nothing at ${path.slice(0, 200)}`);
    await sendPage(source, reply);
  });
}
