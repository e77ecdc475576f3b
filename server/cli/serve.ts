import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existsSync, fstatSync } from 'node:fs';
import pino, { type BaseLogger } from 'pino';
import { closeApp, createApp } from '../app.ts';
import type { Config, Limits } from '../config/schema.ts';
import { createContext, type Context } from '../context.ts';
import { lockFolder } from '../db/folder-lock.ts';
import { openSqlite } from '../db/sqlite.ts';
import { checkPassword } from '../domain/users/index.ts';
import type { ConsoleSource } from '../http/console.ts';
import { listenAtOtherAddresses } from '../http/listener.ts';
import { describeCertificate } from '../http/network-state.ts';
import { readTlsPair, TlsFilesError, type TlsFiles, type TlsPair } from '../http/tls-files.ts';
import { AppError } from '../lib/errors.ts';
import { systemClock } from '../lib/clock.ts';
import { systemIds } from '../lib/ids.ts';
import { openFilesystemStorage } from '../storage/filesystem.ts';
import { createFreeSpaceGuard, floorOf, readVolumeOf } from '../storage/free-space.ts';
import { builtConsole, consoleOnDemand } from './console-source.ts';
import { connectionsFor, openFilesLimit } from './open-files.ts';
import { followTls } from './tls.ts';

/** The server could not start; its message is one sentence for the person who started it. */
export class StartError extends Error {}

export interface StartOptions {
  /** First administrator's password, from BERTH_ADMIN_PASSWORD. */
  readonly adminPassword?: string | undefined;
  /** What to do on a first start without one: make one to show, or leave the account without (the desktop asks). */
  readonly whenPasswordMissing: 'generate' | 'leave-unset';
  readonly desktop?: boolean;
}

export interface RunningServer {
  /** `http://HOST:PORT` or `https://HOST:PORT` as it listens. */
  readonly origin: string;
  readonly context: Context;
  /** Set once, on a first start that made a password: show it, never log it. */
  readonly generatedPassword?: string;
  /** Ends requests, jobs and files in order; resolves when the folder is free. */
  close(): Promise<void>;
}

/** Finds out whether the address can be had before anything on disk is touched. */
function probeAddress(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      reject(new StartError(explainListen(error, host, port), { cause: error }));
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

function explainListen(error: NodeJS.ErrnoException, host: string, port: number): string {
  const at = `${host}:${port}`;
  if (error.code === 'EADDRINUSE')
    return `${at} is in use by another program: stop it, or choose another address with --listen`;
  if (error.code === 'EACCES')
    return `this account may not listen at ${at}: choose a port above 1023 with --listen`;
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return `this machine has no address "${host}": choose another with --listen`;
  return `cannot listen at ${at}: ${error.message}`;
}

/** The folder of package.json, when the server runs from its sources. */
function sourceRoot(): string | undefined {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  return import.meta.url.endsWith('.ts') && existsSync(join(root, 'build', 'console.ts')) ? root : undefined;
}

/** Refuses a weak first password before anything is made; where a database is, the password is set already. */
function checkFirstPassword(config: Config, options: StartOptions): void {
  if (options.adminPassword === undefined || existsSync(join(config.dataDir, 'berth.db'))) return;
  try {
    checkPassword(options.adminPassword);
  } catch (error) {
    if (error instanceof AppError)
      throw new StartError(`BERTH_ADMIN_PASSWORD: ${error.message}`, { cause: error });
    throw error;
  }
}

function findConsole(config: Config): ConsoleSource & { stop?: () => void } {
  if (config.consoleDir !== undefined) return builtConsole(config.consoleDir);
  const root = sourceRoot();
  // Bundled, the console lies beside the server.
  return root === undefined
    ? builtConsole(join(dirname(fileURLToPath(import.meta.url)), '..', 'console'))
    : consoleOnDemand(root);
}

/** The certificate and its key, before anything on disk is touched. */
async function readTls(files: TlsFiles): Promise<TlsPair> {
  try {
    return await readTlsPair(files);
  } catch (error) {
    if (error instanceof TlsFilesError) throw new StartError(`TLS: ${error.message}`, { cause: error });
    throw error;
  }
}

type Undo = (() => unknown)[];
interface Tls {
  readonly files: TlsFiles;
  readonly pair: TlsPair;
}

/** Opens database and storage, and builds everything on them. */
async function openContext(config: Config, options: StartOptions, undo: Undo) {
  const logger = pino(
    { level: config.logLevel, redact: ['req.headers.authorization', 'req.headers.cookie'] },
    pino.destination(2),
  );
  const db = await openSqlite(config.dataDir);
  undo.push(() => db.close());
  const storage = await openFilesystemStorage(config.dataDir);
  undo.push(() => storage.close());
  const freeSpace = createFreeSpaceGuard({
    folder: config.dataDir,
    minFree: config.minFree,
    clock: systemClock,
    log: (sentence) => logger.warn(sentence),
  });
  const context = await createContext({
    db,
    storage,
    clock: systemClock,
    ids: systemIds,
    logger,
    desktop: options.desktop === true,
    uploadIdleMs: config.uploadIdleMs,
    instanceName: config.instanceName ?? hostname(),
    readVolume: () => readVolumeOf(config.dataDir),
    place: { folder: config.dataDir, floorOf: (total) => floorOf(config.minFree, total) },
    pushGuards: [freeSpace],
    limits: config.limits,
  });
  undo.push(() => context.stop());
  const { generated } = await context.prepare({
    password: options.adminPassword,
    whenMissing: options.whenPasswordMissing,
  });
  return { context, logger, generated };
}

/** As many connections as were asked for, or as there can be files for. */
function limitsOf(config: Config, logger: BaseLogger): Limits {
  const openFiles = openFilesLimit();
  const possible = connectionsFor(openFiles);
  const { maxConnections = possible } = config.limits;
  if (openFiles !== undefined && maxConnections > possible && 2 * maxConnections > openFiles)
    logger.warn(
      `--max-connections ${maxConnections} needs a limit of ${2 * maxConnections} open files, but it is ${openFiles}`,
    );
  return { ...config.limits, maxConnections };
}

/** Serves the context at the configured address; resolves to the origin. */
async function listen(
  config: Config,
  serving: { context: Context; logger: pino.Logger; tls: Tls | undefined },
  undo: Undo,
): Promise<string> {
  const { context, logger, tls } = serving;
  const { host, port } = config;
  const served: { pair?: TlsPair | undefined } = { pair: tls?.pair };
  const console = findConsole(config);
  undo.push(() => console.stop?.());
  const shownHost = host.includes(':') ? `[${host}]` : host;
  const app = await createApp(context, {
    console,
    address: { externalUrl: config.externalUrl, fallbackHost: `${shownHost}:${port}` },
    listenHost: host,
    logger,
    tls: tls?.pair,
    caRoot: () => served.pair?.ownRoot,
    certificate: () => tls && served.pair && describeCertificate(tls.files.certFile, served.pair.cert),
    limits: limitsOf(config, logger),
    trustedProxies: config.trustedProxies,
  });
  undo.push(() => closeApp(app, systemClock));
  if (tls) {
    const following = await followTls(app.server, tls, { logger, onPair: (pair) => (served.pair = pair) });
    undo.push(() => following.stop());
  }
  await app.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    throw new StartError(explainListen(error, host, port), { cause: error });
  });
  undo.push(await listenAtOtherAddresses(app.server, { host, clock: systemClock }));
  const bound = app.server.address();
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
  return `${tls ? 'https' : 'http'}://${shownHost}:${boundPort}`;
}

/** Starts a server on a data folder. Throws StartError or DataFolderError with one sentence; nothing is kept open then. */
export async function startServer(config: Config, options: StartOptions): Promise<RunningServer> {
  checkFirstPassword(config, options);
  const tls = config.tls && { files: config.tls, pair: await readTls(config.tls) };
  await probeAddress(config.host, config.port);
  const lock = lockFolder(config.dataDir);
  const undo: Undo = [() => lock.release()];
  const close = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
    undo.length = 0;
  };
  try {
    const { context, logger, generated } = await openContext(config, options, undo);
    const origin = await listen(config, { context, logger, tls }, undo);
    context.start();
    return { origin, context, close, ...(generated === undefined ? {} : { generatedPassword: generated }) };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether what is printed goes to a regular file: a log, where a password has no place. */
export function printsToFile(): boolean {
  try {
    return fstatSync(1).isFile();
  } catch {
    return false;
  }
}
