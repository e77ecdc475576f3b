import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTlsPair } from '#server/http/tls-files.ts';
import { startBerth, type Berth } from '#test/support/berth.ts';
import { eventually, missingCommands, temporaryFolder } from '#test/support/process.ts';
import { makeAuthority, type Authority } from '#test/support/tls.ts';

let authority: Authority;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let berth: Berth | undefined;

const files = () => ({ certFile: join(folder.path, 'tls.crt'), keyFile: join(folder.path, 'tls.key') });

/** Puts a certificate of the authority into place, with what is to follow it in the same file. */
async function put(...after: readonly string[]): Promise<void> {
  const { certificate, key } = await authority.issue('127.0.0.1');
  const { certFile, keyFile } = files();
  await writeFile(keyFile, await readFile(key));
  await writeFile(certFile, [await readFile(certificate, 'utf8'), ...after].join(''));
}

function getCert(at: Berth): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const url = new URL('/api/v2.0/systeminfo/getcert', at.origin);
    const sent = request(url, { ca: authority.pem, agent: false }, (reply) => {
      let body = '';
      reply.setEncoding('utf8').on('data', (piece: string) => (body += piece));
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe.skipIf(missingCommands('openssl').length > 0)("the server's own authority", () => {
  beforeAll(async () => {
    authority = await makeAuthority();
  });
  afterAll(() => authority.dispose());
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await berth?.dispose();
    berth = undefined;
    await folder.dispose();
  });

  it('is the certificate at the end of the file, if it signed itself', async () => {
    await put();
    expect((await readTlsPair(files())).ownRoot).toBeUndefined();
    await put(authority.pem, await readFile((await authority.issue('127.0.0.1')).certificate, 'utf8'));
    expect((await readTlsPair(files())).ownRoot).toBeUndefined();
    await put(authority.pem);
    expect((await readTlsPair(files())).ownRoot?.trim()).toBe(authority.pem.trim());
  });

  it('is given to clients, and follows a renewed certificate', async () => {
    await put();
    const { certFile, keyFile } = files();
    berth = await startBerth({ args: ['--tls-cert', certFile, '--tls-key', keyFile] });
    expect((await getCert(berth)).status).toBe(404);
    await put(authority.pem);
    const at = berth;
    await eventually(
      "the authority's certificate",
      async () => {
        const { status, body } = await getCert(at);
        return status === 200 && body.trim() === authority.pem.trim();
      },
      10_000,
    );
  });
});
