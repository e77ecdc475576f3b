import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { existsSync, fstatSync } from 'node:fs';
import pino from 'pino';
import { closeApp, createApp } from '../app.ts';
import type { Config } from '../config/schema.ts';
import { createContext, type Context } from '../context.ts';
import { lockFolder } from '../db/folder-lock.ts';
import { openSqlite } from '../db/sqlite.ts';
import { checkPassword } from '../domain/users/index.ts';
import type { ConsoleSource } from '../http/console.ts';
import { AppError } from '../lib/errors.ts';
import { systemClock } from '../lib/clock.ts';
import { systemIds } from '../lib/ids.ts';
import { openFilesystemStorage } from '../storage/filesystem.ts';
import { builtConsole, consoleOnDemand } from './console-source.ts';

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
  /** `http://HOST:PORT` as it listens. */
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

/** Starts a server on a data folder. Throws StartError or DataFolderError with one sentence; nothing is kept open then. */
export async function startServer(config: Config, options: StartOptions): Promise<RunningServer> {
  checkFirstPassword(config, options);
  await probeAddress(config.host, config.port);
  const lock = lockFolder(config.dataDir);
  const undo: (() => unknown)[] = [() => lock.release()];
  const unwind = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
    undo.length = 0;
  };
  try {
    const logger = pino(
      { level: config.logLevel, redact: ['req.headers.authorization', 'req.headers.cookie'] },
      pino.destination(2),
    );
    const db = await openSqlite(config.dataDir);
    undo.push(() => db.close());
    const storage = await openFilesystemStorage(config.dataDir);
    undo.push(() => storage.close());
    const context = await createContext({
      db,
      storage,
      clock: systemClock,
      ids: systemIds,
      logger,
      desktop: options.desktop === true,
      uploadIdleMs: config.uploadIdleMs,
      instanceName: config.instanceName ?? hostname(),
    });
    undo.push(() => context.stop());
    const { generated } = await context.prepare({
      password: options.adminPassword,
      whenMissing: options.whenPasswordMissing,
    });
    const console = findConsole(config);
    undo.push(() => console.stop?.());
    const shownHost = config.host.includes(':') ? `[${config.host}]` : config.host;
    const address = { externalUrl: config.externalUrl, fallbackHost: `${shownHost}:${config.port}` };
    const app = await createApp(context, { console, address, listenHost: config.host, logger });
    undo.push(() => closeApp(app, systemClock));
    await app.listen({ host: config.host, port: config.port }).catch((error: NodeJS.ErrnoException) => {
      throw new StartError(explainListen(error, config.host, config.port), { cause: error });
    });
    context.start();
    const bound = app.server.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : config.port;
    return {
      origin: `http://${shownHost}:${port}`,
      context,
      close: unwind,
      ...(generated === undefined ? {} : { generatedPassword: generated }),
    };
  } catch (error) {
    await unwind();
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
