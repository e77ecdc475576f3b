import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { attempt, cleanEnv, start, temporaryFolder, type RunResult, type Running } from './process.ts';

export const repositoryRoot = resolve(import.meta.dirname, '../..');

export interface BerthOptions {
  /** A data folder to use again; without it a new one is made, and removed by `dispose`. */
  readonly data?: string;
  /** HOST:PORT; port 0 takes any free one. */
  readonly listen?: string;
  readonly adminPassword?: string;
  /** The program, from the sources where none is named: `dist/server/server.mjs` is what a release runs. */
  readonly program?: string;
  /** More flags of `serve`, such as `--tls-cert`. */
  readonly args?: readonly string[];
  /** A command and its arguments under which the server runs, such as strace. */
  readonly under?: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
}

export interface Berth {
  readonly origin: string;
  /** HOST:PORT, what clients of a registry type. */
  readonly host: string;
  readonly data: string;
  readonly adminPassword: string;
  readonly server: Running;
  /** SIGTERM; resolves with how it ended and how long that took. */
  readonly stop: () => Promise<{ code: number | null; signal: NodeJS.Signals | null; milliseconds: number }>;
  /** SIGKILL: the crash. */
  readonly kill: () => Promise<void>;
  /** Ends it and removes what was made for it. */
  readonly dispose: () => Promise<void>;
}

const readyLine = /^berth ready at (https?:\/\/(\S+:\d+))$/m;

/** Starts `berth serve` as a process of its own, as a person would, and waits for its ready line. */
export async function startBerth(options: BerthOptions = {}): Promise<Berth> {
  const scratch = await temporaryFolder();
  const data = options.data ?? join(scratch.path, 'data');
  const adminPassword = options.adminPassword ?? 'Harbour-master-1';
  const args = serveArguments(options.program, [
    '--data',
    data,
    '--listen',
    options.listen ?? '127.0.0.1:0',
    ...(options.args ?? []),
  ]);
  const env = cleanEnv({
    BERTH_ADMIN_PASSWORD: adminPassword,
    BERTH_CONSOLE_DIR: await makeConsole(scratch.path),
    ...options.env,
  });
  const [command, ...rest] = [...(options.under ?? []), process.execPath, ...args];
  const server = await start(command ?? '', rest, {
    cwd: repositoryRoot,
    env,
    ready: (output) => readyLine.test(output),
  }).catch(async (error: unknown) => {
    await scratch.dispose();
    throw error;
  });
  const [, origin = '', host = ''] = readyLine.exec(server.stdout()) ?? [];
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): ReturnType<Berth['stop']> => {
    const began = performance.now();
    server.kill(signal);
    return { ...(await server.exited), milliseconds: performance.now() - began };
  };
  return {
    origin,
    host,
    data,
    adminPassword,
    server,
    stop: () => end('SIGTERM'),
    kill: async () => void (await end('SIGKILL')),
    dispose: async () => {
      await server.dispose();
      await scratch.dispose();
    },
  };
}

/** Runs `berth serve` with arguments that it should refuse, and gives back how it ended. */
export async function attemptBerth(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
  const scratch = await temporaryFolder();
  try {
    return await attempt(process.execPath, serveArguments(undefined, args), {
      cwd: repositoryRoot,
      env: cleanEnv({ BERTH_CONSOLE_DIR: await makeConsole(scratch.path), HOME: scratch.path, ...env }),
      timeoutMs: 30_000,
    });
  } finally {
    await scratch.dispose();
  }
}

function serveArguments(program: string | undefined, args: readonly string[]): readonly string[] {
  return [program ?? join(repositoryRoot, 'server/main.ts'), 'serve', ...args];
}

/** A console to serve, so that no server of these tests starts to build the real one. */
async function makeConsole(folder: string): Promise<string> {
  const path = join(folder, 'console');
  await mkdir(path);
  await writeFile(join(path, 'index.html'), '<!doctype html><title>Berth</title>');
  return path;
}
