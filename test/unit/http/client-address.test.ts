import fc from 'fast-check';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { createClientAddresses } from '#server/http/client-address.ts';
import { clientAddressOf } from '#server/http/origin.ts';

interface Connection {
  readonly remoteAddress: string;
  readonly forwarded?: string;
}

const PROXIES = ['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '2001:db8::1'];

/** What the hot path says, and what Fastify's own reading of the same list of proxies says. */
async function both(
  proxies: readonly string[],
  { remoteAddress, forwarded }: Connection,
): Promise<[string, string]> {
  const addresses = createClientAddresses(proxies);
  const app = Fastify({ trustProxy: proxies.length > 0 && [...proxies] });
  let seen: [string, string] = ['', ''];
  app.get('/', (request, reply) => {
    seen = [addresses.addressOf(request.raw), clientAddressOf(request)];
    return reply.send('');
  });
  await app.inject({
    url: '/',
    remoteAddress,
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  });
  await app.close();
  return seen;
}

describe('where a request comes from', () => {
  it.each([
    ['is the connection itself', [], { remoteAddress: '203.0.113.9' }, '203.0.113.9'],
    [
      'of IPv4 on an IPv6 socket is the IPv4 address',
      [],
      { remoteAddress: '::ffff:203.0.113.9' },
      '203.0.113.9',
    ],
    [
      'is nothing that the client says',
      [],
      { remoteAddress: '203.0.113.9', forwarded: '1.2.3.4' },
      '203.0.113.9',
    ],
    [
      'is nothing that a stranger says',
      PROXIES,
      { remoteAddress: '203.0.113.9', forwarded: '1.2.3.4' },
      '203.0.113.9',
    ],
    [
      'is what a trusted proxy says',
      PROXIES,
      { remoteAddress: '10.1.2.3', forwarded: '203.0.113.9' },
      '203.0.113.9',
    ],
    [
      'is that also on an IPv6 socket',
      PROXIES,
      { remoteAddress: '::ffff:10.1.2.3', forwarded: '203.0.113.9' },
      '203.0.113.9',
    ],
    [
      'is what the first trusted one saw',
      PROXIES,
      { remoteAddress: '10.1.2.3', forwarded: '1.2.3.4, 203.0.113.9, 192.0.2.7' },
      '203.0.113.9',
    ],
    [
      'is the farthest where all are trusted',
      PROXIES,
      { remoteAddress: '10.1.2.3', forwarded: '10.9.9.9,192.0.2.7' },
      '10.9.9.9',
    ],
    [
      'may be an IPv6 address',
      PROXIES,
      { remoteAddress: 'fd00::5', forwarded: '2001:db8::9' },
      '2001:db8::9',
    ],
    [
      'is the proxy where it says no address',
      PROXIES,
      { remoteAddress: '10.1.2.3', forwarded: 'unknown' },
      '10.1.2.3',
    ],
    ['is the proxy where it says nothing', PROXIES, { remoteAddress: '10.1.2.3', forwarded: '' }, '10.1.2.3'],
  ] as const)('%s', async (_says, proxies, connection, address) => {
    expect(await both(proxies, connection)).toEqual([address, address]);
  });

  it('is read alike with the framework and without it', async () => {
    const address = fc.oneof(
      fc.constantFrom(
        '10.1.2.3',
        '192.0.2.7',
        '192.0.2.8',
        '::ffff:10.0.0.1',
        'fd00::1',
        '2001:db8::1',
        '::1',
      ),
      fc.ipV4(),
      fc.ipV6(),
    );
    const hop = fc.oneof(address, fc.constantFrom('', 'unknown', '10.1.2.3:80', ' '));
    const connections = fc.record({
      remoteAddress: address,
      forwarded: fc.array(hop, { maxLength: 4 }).map((hops) => hops.join(', ')),
    });
    await fc.assert(
      fc.asyncProperty(connections, async (connection) => {
        const [hot, framework] = await both(PROXIES, connection);
        expect(hot).toBe(framework);
      }),
      { numRuns: 200 },
    );
  });
});
