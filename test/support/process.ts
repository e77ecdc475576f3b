import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly as?: Identity;
}

export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions extends Omit<RunOptions, 'input' | 'timeoutMs'> {
  /** Says whether the process is up, from what it has printed so far or from asking it. */
  readonly ready: (output: string) => boolean | Promise<boolean>;
  readonly readyTimeoutMs?: number;
  readonly stopTimeoutMs?: number;
}

export interface Running {
  readonly pid: number;
  /** What it printed on stdout and stderr so far. */
  readonly output: () => string;
  readonly stdout: () => string;
  /** Resolves when the process is gone. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** SIGTERM, then SIGKILL when it does not go in time; resolves when it is gone. */
  readonly dispose: () => Promise<void>;
}

/**
 * Variables of a developer's machine that change what the components under test do: trust stores of the
 * machine (a TLS refusal would not be one), REGISTRY_* (docker-registry reads each as a config key),
 * DOCKER_*, and our own BERTH_*.
 */
const unwanted =
  /^(SSL_CERT_|CURL_CA_|AWS_CA_|NODE_EXTRA_CA_|REQUESTS_CA_|GIT_SSL_|REGISTRY_|DOCKER_|CONTAINERS?_|BUILDAH_|BERTH_|VITEST|NODE_OPTIONS$|NODE_ENV$|XDG_RUNTIME_DIR$)/;

/** Debian keeps daemons in sbin, which is not on everyone's PATH. */
const searchPath = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The environment for a component under test: this one's without the variables that change its behaviour. */
export function cleanEnv(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !unwanted.test(name));
  return { ...Object.fromEntries(kept), PATH: searchPath.join(delimiter), ...extra };
}

/** The path of a command, or undefined when the machine has none. */
export function findCommand(name: string): string | undefined {
  return searchPath.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** The commands among these that the machine lacks: a suite skips itself by this, and build/test.ts names them. */
export function missingCommands(...names: readonly string[]): readonly string[] {
  return names.filter((name) => findCommand(name) === undefined);
}

/** A new folder under the system's temporary one (short, since socket paths end at 107 bytes), and its removal. */
export async function temporaryFolder(
  prefix = 'berth',
): Promise<{ path: string; dispose: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `${prefix}-`));
  return { path, dispose: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }) };
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Runs a command to its end and gives back what it said, whatever its exit code; throws after `timeoutMs`. */
export async function attempt(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const child = launch(command, args, options, options.input === undefined ? 'ignore' : 'pipe');
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, options.timeoutMs ?? 240_000);
  try {
    const { code, signal } = await gone(child, 'close');
    if (late) throw new Error(`${command} ${args.join(' ')} did not end in time:\n${stdout}${stderr}`);
    return { code, signal, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a command and gives back its stdout; throws with everything it said when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await attempt(command, args, options);
  if (result.code === 0) return result.stdout;
  const how = result.signal ?? `exit code ${result.code}`;
  throw new Error(`${command} ${args.join(' ')}: ${how}\n${result.stdout}${result.stderr}`);
}

/** Starts a daemon and waits until it is ready; throws with its output when it ends before or takes too long. */
export async function start(
  command: string,
  args: readonly string[],
  options: StartOptions,
): Promise<Running> {
  const [file, argv] = dieWithParent(command, args);
  const child = launch(file, argv, options, 'ignore');
  let output = '';
  let stdout = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = gone(child, 'exit');
  let ended = false;
  void exited.then(
    () => (ended = true),
    () => (ended = true),
  );
  const dispose = (): Promise<void> => stop(child, exited, options.stopTimeoutMs ?? 15_000);
  const deadline = Date.now() + (options.readyTimeoutMs ?? 30_000);
  while (!(await options.ready(output))) {
    if (ended || Date.now() > deadline) {
      await dispose();
      throw new Error(
        `${command} ${ended ? 'ended before it was ready' : 'was not ready in time'}:\n${output}`,
      );
    }
    await pause(50);
  }
  return {
    pid: child.pid ?? 0,
    output: () => output,
    stdout: () => stdout,
    exited,
    kill: (signal) => void child.kill(signal),
    dispose,
  };
}

/** Asks until it is so, or throws after `timeoutMs`. */
export async function eventually(
  what: string,
  ask: () => Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await pause(50);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

function launch(
  command: string,
  args: readonly string[],
  options: RunOptions,
  stdin: 'ignore' | 'pipe',
): ChildProcess {
  return spawn(command, args, {
    stdio: [stdin, 'pipe', 'pipe'],
    env: options.env ?? cleanEnv(),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...options.as,
  });
}

/** A test worker that is killed must not leave its daemons behind: Linux tells them itself where setpriv can ask it. */
function dieWithParent(command: string, args: readonly string[]): [string, readonly string[]] {
  if (process.platform !== 'linux' || findCommand('setpriv') === undefined) return [command, args];
  return ['setpriv', ['--pdeathsig', 'TERM', '--', command, ...args]];
}

function gone(
  child: ChildProcess,
  event: 'exit' | 'close',
): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once(event, (code: number | null, signal: NodeJS.Signals | null) => done({ code, signal }));
  });
}

async function stop(child: ChildProcess, exited: Promise<unknown>, timeoutMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  await exited.catch(() => {});
  clearTimeout(timer);
}
