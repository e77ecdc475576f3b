import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeServer, type TestServer } from '#test/support/server.ts';

let local: TestServer;
let shared: TestServer;
beforeAll(async () => {
  local = await makeServer({ listenHost: '127.0.0.1', externalUrl: 'https://registry.example' });
  shared = await makeServer({ listenHost: '0.0.0.0' });
});
afterAll(() => Promise.all([local.close(), shared.close()]));

const status = async (server: TestServer, url: string, headers: Record<string, string>): Promise<number> =>
  (await server.app.inject({ url, headers })).statusCode;

describe('a server of this machine alone', () => {
  it('refuses a name that it does not have, where a browser would send its session', async () => {
    for (const [url, headers] of [
      ['/', {}],
      ['/c/log_out', {}],
      ['/api/v2.0/ping', { cookie: 'sid=x' }],
    ] as const) {
      expect(await status(local, url, { host: 'evil.example:5080', ...headers })).toBe(421);
    }
  });

  it.each([
    'localhost:5080',
    '127.0.0.1:5080',
    '[::1]:5080',
    '192.168.1.5',
    'registry.example',
    'berth.localhost',
  ])('answers to %s', async (host) => {
    expect(await status(local, '/api/v2.0/ping', { host, cookie: 'other=x' })).toBe(200);
  });

  it('lets clients with credentials of their own through', async () => {
    expect(await status(local, '/v2/', { host: 'evil.example' })).toBe(401);
    expect(await status(local, '/service/token', { host: 'evil.example' })).toBe(200);
    expect(await status(local, '/api/v2.0/ping', { host: 'evil.example' })).toBe(200);
  });
});

describe('a shared server', () => {
  it('answers to any name', async () => {
    expect(await status(shared, '/api/v2.0/ping', { host: 'registry.lan', cookie: 'sid=x' })).toBe(200);
  });
});
