import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeCertificate, describeListen } from '#server/http/network-state.ts';
import { run } from '#test/support/process.ts';
import { makeAuthority, type Authority } from '#test/support/tls.ts';

let authority: Authority;
beforeAll(async () => {
  authority = await makeAuthority();
});
afterAll(() => authority.dispose());

describe('a certificate, for people to compare', () => {
  it('shows the names it is for, who issued it, and the fingerprint that openssl shows', async () => {
    const { certificate: file } = await authority.issue('registry.example', '10.0.0.7');
    const facts = describeCertificate(file, await readFile(file));
    expect(facts.names).toEqual(['registry.example', '10.0.0.7']);
    expect(facts.issuer).toBe('Berth test authority');
    expect(facts.validUntilMs - facts.validFromMs).toBe(24 * 3600 * 1000);
    const shown = await run('openssl', ['x509', '-in', file, '-noout', '-fingerprint', '-sha256']);
    expect(shown.trim().split('=')[1]).toBe(facts.fingerprint);
  });

  it('has no names where the certificate has none', async () => {
    const facts = describeCertificate(authority.file, await readFile(authority.file));
    expect(facts.names).toEqual([]);
    expect(facts.subject).toBe('Berth test authority');
  });
});

describe('where a server listens', () => {
  it.each([
    ['127.0.0.1', { address: '127.0.0.1', family: 'IPv4', port: 5080 }, ['127.0.0.1:5080']],
    ['::', { address: '::', family: 'IPv6', port: 443 }, ['[::]:443']],
    ['127.0.0.1', null, []],
  ])('%s bound to %j is %j', (host, bound, shown) => {
    expect(describeListen(host, bound)).toEqual(shown);
  });
});
