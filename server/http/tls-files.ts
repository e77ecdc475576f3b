import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { watch, type FSWatcher } from 'node:fs';
import { readFile, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../lib/clock.ts';

/** Where the certificate and its key lie, both as PEM. */
export interface TlsFiles {
  /** The server's certificate first, then those between it and the authority. */
  readonly certFile: string;
  readonly keyFile: string;
}

export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** The last instant at which clients accept the certificate, in milliseconds. */
  readonly validUntilMs: number;
  /** In PEM, the last certificate if it signed itself: clients trust none of the others before they trust that one. */
  readonly ownRoot?: string;
}

/** The files cannot be used; the message is one sentence for the administrator. */
export class TlsFilesError extends Error {}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EACCES'
          ? 'this account may not read it'
          : message;
    throw new TlsFilesError(`${path} cannot be read: ${why}`, { cause: error });
  }
}

function parseCertificate(path: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new TlsFilesError(`${path} holds no certificate in PEM form`, { cause });
  }
}

function parseKey(path: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const isEncrypted = pem.includes('ENCRYPTED');
    const why = isEncrypted
      ? 'is encrypted: it has to be one without a passphrase'
      : 'holds no private key in PEM form';
    throw new TlsFilesError(`${path} ${why}`, { cause });
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The authority at the end of the file, which those that browsers know never send; undefined when there is none. */
function findOwnRoot(pem: Buffer): string | undefined {
  const last = pem.toString('latin1').match(CERTIFICATE)?.at(-1);
  if (last === undefined) return undefined;
  try {
    const certificate = new X509Certificate(last);
    return certificate.verify(certificate.publicKey) ? `${last}\n` : undefined;
  } catch {
    // A key of a kind that is not known here: who trusts it has it already.
    return undefined;
  }
}

function checkPair(files: TlsFiles, pem: { cert: Buffer; key: Buffer }): TlsPair {
  const certificate = parseCertificate(files.certFile, pem.cert);
  if (!certificate.checkPrivateKey(parseKey(files.keyFile, pem.key))) {
    throw new TlsFilesError(
      `the key in ${files.keyFile} does not belong to the first certificate in ${files.certFile}`,
    );
  }
  try {
    createSecureContext(pem);
  } catch (cause) {
    throw new TlsFilesError(`${files.certFile} cannot be used: ${(cause as Error).message}`, { cause });
  }
  const ownRoot = findOwnRoot(pem.cert);
  return {
    ...pem,
    validUntilMs: certificate.validToDate.getTime(),
    ...(ownRoot === undefined ? {} : { ownRoot }),
  };
}

/** Reads the pair and makes sure that it can be served; throws {@link TlsFilesError}. */
export async function readTlsPair(files: TlsFiles): Promise<TlsPair> {
  return checkPair(files, { cert: await read(files.certFile), key: await read(files.keyFile) });
}

/** Renewing writes several files; what comes within this time is read once. */
const SETTLE_MS = 300;
/** Network folders send no events, and a watch is lost with its folder. */
const POLL_MS = 30_000;

export interface TlsWatch {
  readonly clock: Clock;
  /** What is served now. */
  readonly current: TlsPair;
  readonly onPair: (pair: TlsPair) => void;
  /** A sentence why the new files are not used. Told once for each state of the files. */
  readonly onRefused: (sentence: string) => void;
}

class TlsFilesWatcher {
  readonly #files: TlsFiles;
  readonly #options: TlsWatch;
  #watchers: FSWatcher[] = [];
  #cancelSettle: (() => void) | undefined;
  #cancelPoll: (() => void) | undefined;
  #isChecking = false;
  #isStopped = false;
  #current: TlsPair;
  #refused = '';

  constructor(files: TlsFiles, options: TlsWatch) {
    this.#files = files;
    this.#options = options;
    this.#current = options.current;
  }

  async start(): Promise<void> {
    await this.#watchFolders();
    this.#poll();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelSettle?.();
    this.#cancelPoll?.();
    for (const watcher of this.#watchers) watcher.close();
  }

  #poll(): void {
    this.#cancelPoll = this.#options.clock.after(POLL_MS, () => {
      void this.#check();
      this.#poll();
    });
  }

  /**
   * Folders, not files: a renewed file is another inode. Also those that links lead to, as certbot and Kubernetes lay
   * them. They are found anew each time, since the swap of a link changes them.
   */
  async #watchFolders(): Promise<void> {
    const paths = [this.#files.certFile, this.#files.keyFile];
    const real = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
    if (this.#isStopped) return;
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
    for (const folder of new Set([...paths, ...real].map((path) => dirname(path)))) {
      try {
        const watcher = watch(folder, { persistent: false }, () => this.#settle());
        watcher.on('error', () => watcher.close());
        this.#watchers.push(watcher);
      } catch {
        // No such folder now, or no watch left to have: the poll sees what happens there.
      }
    }
  }

  #settle(): void {
    this.#cancelSettle?.();
    this.#cancelSettle = this.#options.clock.after(SETTLE_MS, () => void this.#check());
  }

  async #check(): Promise<void> {
    if (this.#isChecking) return this.#settle();
    this.#isChecking = true;
    try {
      await this.#watchFolders();
      await this.#load();
    } finally {
      this.#isChecking = false;
    }
  }

  async #load(): Promise<void> {
    try {
      const pair = await readTlsPair(this.#files);
      if (this.#isStopped) return;
      this.#refused = '';
      if (pair.cert.equals(this.#current.cert) && pair.key.equals(this.#current.key)) return;
      this.#options.onPair(pair);
      this.#current = pair;
    } catch (error) {
      const sentence = (error as Error).message;
      if (this.#isStopped || sentence === this.#refused) return;
      this.#refused = sentence;
      this.#options.onRefused(sentence);
    }
  }
}

/** Tells of a new pair when the files change; a broken one is told once and leaves the old one in use. */
export async function watchTlsFiles(files: TlsFiles, options: TlsWatch): Promise<{ stop(): void }> {
  const watcher = new TlsFilesWatcher(files, options);
  await watcher.start();
  return watcher;
}
