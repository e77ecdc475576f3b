import type { FastifyRequest } from 'fastify';

/** Where clients reach this server. */
export interface PublicAddress {
  /** `https://registry.example`, when the administrator named it. */
  readonly externalUrl?: string | undefined;
  /** `127.0.0.1:5080`: for a request whose Host header is missing or odd. */
  readonly fallbackHost: string;
}

const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/;

/** Scheme and host as the client used them, without a trailing slash. */
export function originOf(request: FastifyRequest, address: PublicAddress): string {
  if (address.externalUrl !== undefined) return address.externalUrl;
  const host = request.headers.host;
  return `${request.protocol}://${host !== undefined && HOST.test(host) ? host : address.fallbackHost}`;
}

/** Host name of a Host header, without port and brackets, in lower case. */
export function hostnameOf(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
}
