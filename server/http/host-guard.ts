import { hostname } from 'node:os';
import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../lib/errors.ts';
import { hostnameOf } from './origin.ts';

export interface HostGuardOptions {
  /** Address that the server listens at. */
  readonly listenHost: string;
  readonly externalUrl?: string | undefined;
}

/** Whether an address to listen at is reached from this machine alone. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.');

/**
 * Refuses foreign host names while only this machine is served (DNS rebinding: a page on the web whose name suddenly
 * points at 127.0.0.1 would act with this machine's session). Not on /v2 and /service/token, where clients bring their
 * own credentials, and never for addresses, which cannot be re-pointed.
 */
export function guardHost(app: FastifyInstance, options: HostGuardOptions): void {
  if (!isLoopback(options.listenHost)) return;
  const own = new Set(['localhost', hostname().toLowerCase()]);
  if (options.externalUrl !== undefined) own.add(new URL(options.externalUrl).hostname.toLowerCase());
  const isOwn = (host: string): boolean =>
    host === '' || isIP(host) !== 0 || host.endsWith('.localhost') || own.has(host);
  app.addHook('onRequest', (request, _reply, done) => {
    const url = request.raw.url ?? '';
    const isApi = url.startsWith('/api/') && request.headers.cookie === undefined;
    const isRegistry = url.startsWith('/v2') || url.startsWith('/service/token');
    // Also the name that a trusted proxy tells; alone it would not do, since a page can send that header as well.
    const foreign = [request.headers.host, request.host]
      .map((host) => hostnameOf(host ?? ''))
      .find((host) => !isOwn(host));
    if (isApi || isRegistry || foreign === undefined) return done();
    done(
      new AppError(
        'misdirected',
        `this registry is not known as "${foreign}": use its address, or set --external-url`,
      ),
    );
  });
}
