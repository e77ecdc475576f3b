import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** From where a request comes, behind proxies that are believed and without them. */
export interface ClientAddresses {
  /** Whether the address is one of the trusted proxies: for Fastify, which asks the same of `X-Forwarded-*`. */
  readonly isTrusted: (address: string | undefined) => boolean;
  /** The client's IP address, without the framework; empty when the connection is gone. */
  readonly addressOf: (request: IncomingMessage) => string;
}

const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** An address as people write it: of an IPv4 client its IPv4 address, also where the socket is an IPv6 one. */
export const plainAddress = (address: string): string => address.replace(MAPPED, '');

/** `proxies` are addresses and networks, checked before. */
export function createClientAddresses(proxies: readonly string[]): ClientAddresses {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(bits), family);
  }
  const isTrusted = (text: string | undefined): boolean => {
    const address = plainAddress(text ?? '').replace(/%.*$/, '');
    const version = isIP(address);
    return version !== 0 && trusted.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
  return {
    isTrusted,
    addressOf(request) {
      const direct = request.socket.remoteAddress ?? '';
      const told = request.headers['x-forwarded-for'];
      if (proxies.length === 0 || typeof told !== 'string') return plainAddress(direct);
      let client = direct;
      // From the last proxy backwards: what stands before the first address that is not trusted, anybody may have written.
      for (const hop of told.split(',').toReversed()) {
        if (!isTrusted(client)) break;
        if (hop.trim() !== '') client = hop.trim();
      }
      return plainAddress(isIP(client) === 0 ? direct : client);
    },
  };
}
