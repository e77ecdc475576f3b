import { readFile, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { run, temporaryFolder } from './process.ts';

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority of our own, which nobody trusts unless told to. */
export interface Authority {
  /** Its certificate (PEM), as text and as a file. */
  readonly pem: string;
  readonly file: string;
  /** Makes a server certificate for these names and addresses; its files are removed by `dispose`. */
  readonly issue: (...names: readonly string[]) => Promise<CertificateFiles>;
  readonly dispose: () => Promise<void>;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const;

/** Makes an authority whose certificates last a day; needs the openssl command. */
export async function makeAuthority(): Promise<Authority> {
  const folder = await temporaryFolder('berth-ca');
  const at = (name: string): string => join(folder.path, name);
  const openssl = (...args: readonly string[]): Promise<string> => run('openssl', args, { cwd: folder.path });
  const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  const subject = ['-subj', '/CN=Berth test authority', '-days', '1'];
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
    ...subject,
    ...usage,
  );
  let issued = 0;
  return {
    pem: await readFile(at('ca.crt'), 'utf8'),
    file: at('ca.crt'),
    issue: async (...names) => {
      issued += 1;
      const [certificate, key, request, extensions] = ['crt', 'key', 'csr', 'ext'].map((end) =>
        at(`server-${issued}.${end}`),
      ) as [string, string, string, string];
      const alternatives = names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`).join(',');
      await writeFile(
        extensions,
        `subjectAltName=${alternatives}\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n`,
      );
      await openssl(
        'req',
        '-new',
        ...newKey,
        '-keyout',
        key,
        '-out',
        request,
        '-subj',
        '/CN=Berth test server',
      );
      const signed = ['-CA', at('ca.crt'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '1'];
      await openssl('x509', '-req', '-in', request, '-out', certificate, ...signed, '-extfile', extensions);
      return { certificate, key };
    },
    dispose: folder.dispose,
  };
}
