import { afterEach, describe, expect, it } from 'vitest';
import SQLite from 'better-sqlite3';
import { join } from 'node:path';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { exchange, type RawReply } from '#test/support/raw-http.ts';

let berth: Berth;
afterEach(() => berth.dispose());

const FORWARDED = {
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'registry.example:8443',
  'X-Forwarded-For': '203.0.113.7',
};

/** Sends a request as a proxy on this machine would, and gives back the first reply. */
async function ask(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  options: { method?: string; body?: string } = {},
): Promise<RawReply> {
  const { method = 'GET', body = '' } = options;
  const all: Record<string, string> = {
    Host: berth.host,
    Connection: 'close',
    'Content-Length': String(body.length),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const { replies } = await exchange(
    berth.host,
    `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`,
  );
  if (!replies[0]) throw new Error(`${method} ${path}: no reply`);
  return replies[0];
}

const realm = async (headers: Readonly<Record<string, string>>): Promise<string> =>
  /realm="([^"]*)"/.exec((await ask('/v2/', headers)).headers['www-authenticate'] ?? '')?.[1] ?? '';

/** Signs in and gives back the cookie and the address that the session was made from. */
async function signIn(
  headers: Readonly<Record<string, string>>,
): Promise<{ cookie: string; address: string }> {
  const body = `principal=admin&password=${berth.adminPassword}`;
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const reply = await ask('/c/login', { ...type, ...headers }, { method: 'POST', body });
  expect(reply.status).toBe(200);
  const database = new SQLite(join(berth.data, 'berth.db'), { readonly: true });
  const row = database.prepare('select * from session order by rowid desc').get() as Record<string, unknown>;
  database.close();
  return { cookie: reply.headers['set-cookie'] ?? '', address: String(row['address']) };
}

describe('a server that trusts no proxy', () => {
  it('takes no word from X-Forwarded headers', async () => {
    berth = await startBerth();
    expect(await realm(FORWARDED)).toBe(`${berth.origin}/service/token`);
    const { cookie, address } = await signIn(FORWARDED);
    expect(cookie).not.toContain('Secure');
    expect(address).toBe('127.0.0.1');
  });

  it('is not talked into another Host by them', async () => {
    berth = await startBerth();
    expect((await ask('/', { Host: 'evil.example', 'X-Forwarded-Host': 'localhost' })).status).toBe(421);
  });
});

describe('a server behind a proxy that it trusts', () => {
  it('believes scheme, host and client address from there', async () => {
    berth = await startBerth({ args: ['--trusted-proxies', '10.0.0.0/8, 127.0.0.1'], listen: '0.0.0.0:0' });
    berth = { ...berth, host: `127.0.0.1:${new URL(berth.origin).port}` };
    expect(await realm(FORWARDED)).toBe('https://registry.example:8443/service/token');
    const { cookie, address } = await signIn(FORWARDED);
    expect(cookie).toContain('; Secure');
    expect(address).toBe('203.0.113.7');
  });

  it('looks no further back than the first address that is not a proxy', async () => {
    berth = await startBerth({ args: ['--trusted-proxies', '127.0.0.1,10.0.0.0/8'], listen: '0.0.0.0:0' });
    berth = { ...berth, host: `127.0.0.1:${new URL(berth.origin).port}` };
    const chain = { ...FORWARDED, 'X-Forwarded-For': '198.51.100.1, 203.0.113.7, 10.1.1.1' };
    expect((await signIn(chain)).address).toBe('203.0.113.7');
  });

  it('falls back to what it sees where the headers make no sense', async () => {
    berth = await startBerth({ args: ['--trusted-proxies', '127.0.0.1'], listen: '0.0.0.0:0' });
    berth = { ...berth, host: `127.0.0.1:${new URL(berth.origin).port}` };
    const odd = {
      'X-Forwarded-Proto': 'javascript',
      'X-Forwarded-Host': 'evil"/><script>',
      'X-Forwarded-For': 'unknown',
    };
    expect(await realm(odd)).toBe(`http://${berth.host}/service/token`);
    expect((await signIn(odd)).address).toBe('127.0.0.1');
  });

  it('believes nothing from another address', async () => {
    berth = await startBerth({ args: ['--trusted-proxies', '10.0.0.0/8,127.0.0.2'] });
    expect(await realm(FORWARDED)).toBe(`${berth.origin}/service/token`);
    expect((await signIn(FORWARDED)).address).toBe('127.0.0.1');
  });

  it('still refuses foreign names to a page of this machine, whichever header tells them', async () => {
    berth = await startBerth({
      args: ['--trusted-proxies', '127.0.0.1', '--external-url', 'https://registry.example'],
    });
    const status = async (host: string, forwarded: string): Promise<number> =>
      (await ask('/c/log_out', { Host: host, 'X-Forwarded-Host': forwarded })).status;
    expect(await status('evil.example', 'localhost')).toBe(421);
    expect(await status('localhost', 'evil.example')).toBe(421);
    expect(await status('localhost', 'registry.example')).toBe(200);
  });
});

describe('a server that knows its address', () => {
  it('names it in challenge, system info and console, whatever a request says', async () => {
    const url = 'https://registry.example';
    berth = await startBerth({ args: ['--external-url', `${url}/`, '--trusted-proxies', '127.0.0.1'] });
    expect(await realm(FORWARDED)).toBe(`${url}/service/token`);
    const pair = Buffer.from(`admin:${berth.adminPassword}`).toString('base64');
    const authorization = {
      ...FORWARDED,
      'X-Forwarded-Host': 'registry.example',
      Authorization: `Basic ${pair}`,
    };
    const info = JSON.parse((await ask('/api/v2.0/systeminfo', authorization)).body) as object;
    expect(info).toMatchObject({ external_url: url, registry_url: 'registry.example' });
    const boot = JSON.parse((await ask('/api/berth/v1/boot', authorization)).body) as object;
    expect(boot).toMatchObject({ registry_host: 'registry.example', registry_scheme: 'https' });
    expect((await signIn({})).cookie).toContain('; Secure');
  });
});
