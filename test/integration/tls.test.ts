import { X509Certificate } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTlsPair, watchTlsFiles } from '#server/http/tls-files.ts';
import { manualClock } from '#server/lib/clock.ts';
import { attemptBerth, startBerth, type Berth } from '#test/support/berth.ts';
import { eventually, missingCommands, pause, run, temporaryFolder } from '#test/support/process.ts';
import { makeAuthority, type Authority, type CertificateFiles } from '#test/support/tls.ts';

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

let authority: Authority;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let running: Berth[] = [];

const files = (name = '') => ({
  certificate: join(folder.path, name, 'tls.crt'),
  key: join(folder.path, name, 'tls.key'),
});

async function put(pair: CertificateFiles, at: CertificateFiles): Promise<void> {
  await copyFile(pair.certificate, at.certificate);
  await copyFile(pair.key, at.key);
}

async function serve(pair: CertificateFiles, args: readonly string[] = []): Promise<Berth> {
  const berth = await startBerth({
    args: ['--tls-cert', pair.certificate, '--tls-key', pair.key, ...args],
  });
  running.push(berth);
  return berth;
}

function ask(
  berth: Berth,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { body, ...rest } = options;
    const sent = request(
      new URL(path, berth.origin),
      { ...rest, ca: authority.pem, agent: false },
      (reply) => {
        let text = '';
        reply.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: text }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Shakes hands and gives back the connection, checked against our authority. */
function shake(berth: Berth, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const { hostname, port } = new URL(berth.origin);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca: authority.pem, ...options });
    socket.once('error', reject);
    socket.once('secureConnect', () => resolve(socket));
  });
}

/** The names in the certificate that new connections get. */
async function servedNames(berth: Berth): Promise<string> {
  const socket = await shake(berth);
  const names = socket.getPeerCertificate().subjectaltname ?? '';
  socket.destroy();
  return names;
}

const readPair = ({ certificate, key }: CertificateFiles) =>
  readTlsPair({ certFile: certificate, keyFile: key });

const basic = (berth: Berth): string =>
  `Basic ${Buffer.from(`admin:${berth.adminPassword}`).toString('base64')}`;

const isMissing = missingCommands('openssl').length > 0;

describe.skipIf(isMissing)('TLS', () => {
  beforeAll(async () => {
    authority = await makeAuthority();
  });
  afterAll(() => authority.dispose());
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    await Promise.all(running.map((berth) => berth.dispose()));
    running = [];
    await folder.dispose();
  });

  describe('a server with a certificate', () => {
    let berth: Berth;
    beforeEach(async () => {
      await put(await authority.issue('127.0.0.1', 'registry.example'), files());
      berth = await serve(files());
    });

    it('says https in its ready line, its challenge and its realm', async () => {
      expect(berth.server.stdout()).toMatch(/^berth ready at https:\/\/127\.0\.0\.1:\d+\n$/);
      const challenged = await ask(berth, '/v2/');
      expect(challenged.status).toBe(401);
      expect(challenged.headers['www-authenticate']).toContain(`realm="https://${berth.host}/service/token"`);
      const info = await ask(berth, '/api/v2.0/systeminfo', { headers: { authorization: basic(berth) } });
      expect(JSON.parse(info.body)).toMatchObject({ external_url: `https://${berth.host}` });
    });

    it('marks its cookies as secure', async () => {
      const reply = await ask(berth, '/c/login', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ principal: 'admin', password: berth.adminPassword }).toString(),
      });
      expect(reply.status).toBe(200);
      const cookies = [reply.headers['set-cookie']].flat();
      expect(cookies.length).toBeGreaterThan(0);
      for (const cookie of cookies) expect(cookie).toMatch(/; Secure/);
    });

    it('speaks HTTP/1.1 over TLS 1.2 and 1.3, and nothing older', async () => {
      for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
        const socket = await shake(berth, {
          minVersion: version,
          maxVersion: version,
          ALPNProtocols: ['h2', 'http/1.1'],
        });
        expect(socket.getProtocol()).toBe(version);
        expect(socket.alpnProtocol).toBe('http/1.1');
        socket.destroy();
      }
      await expect(
        shake(berth, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
      ).rejects.toThrow();
    });

    it('takes up a session again by its ticket', async () => {
      const first = await shake(berth);
      const ticket = new Promise<Buffer>((resolve) => first.once('session', resolve));
      first.write('GET /api/v2.0/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      const second = await shake(berth, { session: await ticket });
      expect(second.isSessionReused()).toBe(true);
      first.destroy();
      second.destroy();
    });

    it('tells a client that speaks plain HTTP to use https, and closes', async () => {
      const { hostname, port } = new URL(berth.origin);
      const answer = await new Promise<string>((resolve, reject) => {
        let text = '';
        const socket = connectPlain(Number(port), hostname);
        socket.on('data', (piece: Buffer) => (text += piece.toString()));
        socket.on('error', reject);
        socket.on('close', () => resolve(text));
        socket.write('GET /v2/ HTTP/1.1\r\nHost: registry.example\r\n\r\n');
      });
      expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
      expect(answer).toContain('use https://');
      expect((await ask(berth, '/api/v2.0/ping')).status).toBe(200);
    });

    it('stops on SIGTERM within 5 s, with a client that is idle and one that never shakes hands', async () => {
      const idle = await shake(berth);
      idle.on('error', () => {});
      const { hostname, port } = new URL(berth.origin);
      const silent = connectPlain(Number(port), hostname);
      silent.on('error', () => {});
      await new Promise((resolve) => silent.once('connect', resolve));
      const { code, milliseconds } = await berth.stop();
      expect(code).toBe(0);
      expect(milliseconds).toBeLessThan(5_000);
      idle.destroy();
      silent.destroy();
    });
  });

  it('serves the certificates between its own and the authority', async () => {
    const [at, pair] = [(name: string) => join(folder.path, name), files()];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const openssl = (...args: readonly string[]): Promise<string> => run('openssl', args);
    const caKey = authority.file.replace(/\.crt$/, '.key');
    const sign = (name: string, ca: string, signKey: string): Promise<string> => {
      const input = ['-req', '-in', at(`${name}.csr`), '-extfile', at(`${name}.ext`), '-days', '1'];
      const signer = ['-CA', ca, '-CAkey', signKey, '-set_serial', '77'];
      return openssl('x509', ...input, ...signer, '-out', at(`${name}.crt`));
    };
    await writeFile(at('middle.ext'), 'basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n');
    await writeFile(at('leaf.ext'), 'subjectAltName=IP:127.0.0.1\n');
    for (const name of ['middle', 'leaf'])
      await openssl(
        'req',
        '-new',
        ...key,
        '-keyout',
        at(`${name}.key`),
        '-out',
        at(`${name}.csr`),
        '-subj',
        `/CN=${name}`,
      );
    await sign('middle', authority.file, caKey);
    await sign('leaf', at('middle.crt'), at('middle.key'));
    await writeFile(
      pair.certificate,
      (await readFile(at('leaf.crt'), 'utf8')) + (await readFile(at('middle.crt'), 'utf8')),
    );
    await copyFile(at('leaf.key'), pair.key);
    const berth = await serve(pair);
    expect((await ask(berth, '/api/v2.0/ping')).status).toBe(200);
  });

  describe('a renewed certificate', () => {
    const serves = (berth: Berth, name: string): Promise<void> =>
      eventually(`a certificate for ${name}`, async () => (await servedNames(berth)).includes(name), 10_000);

    it('is served when the files are written anew, and open connections go on', async () => {
      await put(await authority.issue('127.0.0.1', 'old.example'), files());
      const berth = await serve(files());
      expect(await servedNames(berth)).toContain('old.example');
      const open = await shake(berth);
      const [renewed, fresh] = [await authority.issue('127.0.0.1', 'new.example'), files()];
      await put(renewed, fresh);
      await serves(berth, 'new.example');
      const answered = new Promise<string>((resolve) =>
        open.once('data', (piece: Buffer) => resolve(piece.toString())),
      );
      open.write('GET /api/v2.0/ping HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      expect(await answered).toMatch(/^HTTP\/1\.1 200 /);
      open.destroy();
    });

    it('is served when it is renamed into its place', async () => {
      await put(await authority.issue('127.0.0.1', 'old.example'), files());
      const berth = await serve(files());
      const renewed = await authority.issue('127.0.0.1', 'new.example');
      await rename(renewed.key, files().key);
      await rename(renewed.certificate, files().certificate);
      await serves(berth, 'new.example');
    });

    it('is served when certbot moves the links to other files, twice', async () => {
      const [archive, live] = [join(folder.path, 'archive'), join(folder.path, 'live')];
      await mkdir(archive);
      await mkdir(live);
      const at = { certificate: join(live, 'fullchain.pem'), key: join(live, 'privkey.pem') };
      const renew = async (number: number): Promise<void> => {
        const pair = await authority.issue('127.0.0.1', `number-${number}.example`);
        for (const [from, link, name] of [
          [pair.certificate, at.certificate, 'fullchain'],
          [pair.key, at.key, 'privkey'],
        ] as const) {
          await copyFile(from, join(archive, `${name}${number}.pem`));
          await rm(link, { force: true });
          await symlink(`../archive/${name}${number}.pem`, link);
        }
      };
      await renew(1);
      const berth = await serve(at);
      await renew(2);
      await serves(berth, 'number-2.example');
      await renew(3);
      await serves(berth, 'number-3.example');
    });

    it('is served when Kubernetes swaps the folder that the links go through, twice', async () => {
      const mount = join(folder.path, 'mount');
      await mkdir(mount);
      const at = { certificate: join(mount, 'tls.crt'), key: join(mount, 'tls.key') };
      const swap = async (number: number): Promise<void> => {
        const inside = join(mount, `..${number}`);
        await mkdir(inside);
        await put(await authority.issue('127.0.0.1', `number-${number}.example`), {
          certificate: join(inside, 'tls.crt'),
          key: join(inside, 'tls.key'),
        });
        await symlink(`..${number}`, join(mount, '..data_tmp'));
        await rename(join(mount, '..data_tmp'), join(mount, '..data'));
        if (number > 1) await rm(join(mount, `..${number - 1}`), { recursive: true });
      };
      await swap(1);
      await symlink('..data/tls.crt', at.certificate);
      await symlink('..data/tls.key', at.key);
      const berth = await serve(at);
      await swap(2);
      await serves(berth, 'number-2.example');
      await swap(3);
      await serves(berth, 'number-3.example');
    });

    it('is not used while it is broken: the old one stays, and the log says why', async () => {
      await put(await authority.issue('127.0.0.1', 'old.example'), files());
      const berth = await serve(files());
      const renewed = await authority.issue('127.0.0.1', 'new.example');
      const isLogged = (sentence: string): Promise<void> =>
        eventually(sentence, () => Promise.resolve(berth.server.output().includes(sentence)));
      await copyFile(renewed.certificate, files().certificate);
      await isLogged('does not belong to');
      expect(await servedNames(berth)).toContain('old.example');
      await writeFile(files().certificate, 'no PEM');
      await isLogged('holds no certificate in PEM form');
      await rm(files().certificate);
      await isLogged('there is no such file');
      await pause(500);
      expect(await servedNames(berth)).toContain('old.example');
      await put(renewed, files());
      await serves(berth, 'new.example');
    });
  });

  it('finds files by looking now and then where no folder could be watched', async () => {
    const clock = manualClock();
    const pairs: string[] = [];
    const late = files('late');
    const watching = await watchTlsFiles(
      { certFile: late.certificate, keyFile: late.key },
      {
        clock,
        current: await readPair(await authority.issue('old.example')),
        onPair: ({ cert }) => pairs.push(new X509Certificate(cert).subjectAltName ?? ''),
        onRefused: () => {},
      },
    );
    await mkdir(join(folder.path, 'late'));
    await put(await authority.issue('new.example'), late);
    clock.advance(30_000);
    await eventually('the new pair', () => Promise.resolve(pairs.length > 0));
    expect(pairs).toEqual(['DNS:new.example']);
    watching.stop();
  });

  describe('files that cannot be used keep it from starting, in one sentence', () => {
    async function refused(pair: CertificateFiles, pattern: RegExp): Promise<void> {
      const data = join(folder.path, 'data');
      const address = ['--data', data, '--listen', '127.0.0.1:0'];
      const tls = ['--tls-cert', pair.certificate, '--tls-key', pair.key];
      const result = await attemptBerth([...address, ...tls]);
      const lines = `${result.stdout}${result.stderr}`.trim().split('\n');
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(pattern);
      expect(result.code).toBe(1);
      await expect(readFile(join(data, 'berth.db'))).rejects.toThrow('ENOENT');
    }

    it('a file that is not there', () => refused(files(), /tls\.crt cannot be read: there is no such file$/));

    it('a file that holds no certificate, or no key', async () => {
      await writeFile(files().certificate, 'nothing');
      await writeFile(files().key, 'nothing');
      await refused(files(), /tls\.crt holds no certificate in PEM form$/);
      await copyFile((await authority.issue('127.0.0.1')).certificate, files().certificate);
      await refused(files(), /tls\.key holds no private key in PEM form$/);
    });

    it('the key of another certificate', async () => {
      await put(await authority.issue('127.0.0.1'), files());
      await copyFile((await authority.issue('127.0.0.1')).key, files().key);
      await refused(files(), /tls\.key does not belong to the first certificate in .*tls\.crt$/);
    });

    it('a key with a passphrase', async () => {
      const pair = await authority.issue('127.0.0.1');
      await copyFile(pair.certificate, files().certificate);
      await run('openssl', ['pkcs8', '-topk8', '-in', pair.key, '-out', files().key, '-passout', 'pass:x']);
      await refused(files(), /tls\.key is encrypted: it has to be one without a passphrase$/);
    });

    it('a certificate without its key on the command line', async () => {
      const result = await attemptBerth(['--tls-cert', files().certificate]);
      expect(result.code).toBe(2);
      expect(result.stderr).toMatch(/^berth: --tls-cert is given without --tls-key: HTTPS needs both\n$/);
    });
  });
});
