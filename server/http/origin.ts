import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';
import { plainAddress } from './client-address.ts';

/** Where clients reach this server. */
export interface PublicAddress {
  /** `https://registry.example`, when the administrator named it. */
  readonly externalUrl?: string | undefined;
  /** `127.0.0.1:5080`: for a request whose Host header is missing or odd. */
  readonly fallbackHost: string;
}

const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/;

/** The scheme that the client used. A trusted proxy's X-Forwarded-Proto counts if it is one of the two. */
function schemeOf(request: FastifyRequest): 'http' | 'https' {
  const told = request.protocol.toLowerCase();
  if (told === 'http' || told === 'https') return told;
  return request.raw.socket instanceof TLSSocket ? 'https' : 'http';
}

/**
 * Scheme and host as the client used them, without a trailing slash. `request.host` and `request.protocol` are Fastify's:
 * they heed X-Forwarded-Host and X-Forwarded-Proto only where the connection comes from a trusted proxy.
 */
export function originOf(request: FastifyRequest, address: PublicAddress): string {
  if (address.externalUrl !== undefined) return address.externalUrl;
  const host = [request.host, request.headers.host].find((each) => each !== undefined && HOST.test(each));
  return `${schemeOf(request)}://${host ?? address.fallbackHost}`;
}

/** Where the client connects from: behind trusted proxies, as they tell it in X-Forwarded-For. */
export function clientAddressOf(request: FastifyRequest): string {
  return plainAddress(isIP(request.ip) === 0 ? (request.raw.socket.remoteAddress ?? '') : request.ip);
}

/** Host name of a Host header, without port and brackets, in lower case. */
export function hostnameOf(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase();
}
