import { once } from 'node:events';
import type { Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '#server/config/schema.ts';
import { createListener, listenAtOtherAddresses } from '#server/http/listener.ts';
import { systemClock } from '#server/lib/clock.ts';

let server: Server;
let port: number;
beforeEach(async () => {
  server = createListener((request, response) => response.end(request.url), { limits: DEFAULT_LIMITS });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  port = typeof bound === 'object' && bound !== null ? bound.port : 0;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

const ask = async (host: string): Promise<string> => (await fetch(`http://${host}:${port}/here`)).text();

describe.skipIf(process.platform === 'darwin')('a name of several addresses', () => {
  it('is served at each of them that can be had, until it is ended', async () => {
    const end = await listenAtOtherAddresses(server, { host: 'localhost', clock: systemClock }, () =>
      Promise.resolve(['127.0.0.1', '127.0.0.2', '203.0.113.1']),
    );
    expect(await ask('127.0.0.1')).toBe('/here');
    expect(await ask('127.0.0.2')).toBe('/here');
    await end();
    await expect(fetch(`http://127.0.0.2:${port}/`, { headers: { connection: 'close' } })).rejects.toThrow();
    expect(await ask('127.0.0.1')).toBe('/here');
  });

  it('is not looked up when it is an address', async () => {
    const end = await listenAtOtherAddresses(server, { host: '127.0.0.1', clock: systemClock }, () =>
      Promise.reject(new Error('asked')),
    );
    await end();
  });
});
