import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { FromServer, InitMessage, SessionCookie, ToServer } from '#server/lib/sidecar-messages.ts';
import type { ServerState } from './ipc-contract.ts';

/** Every wait of a sidecar, in milliseconds, and how often a failed start is tried again. */
export interface SidecarTimings {
  /** From the process's start to its first message. */
  readonly helloMs: number;
  /** From `init` to `ready`: a data folder may have to be migrated first. */
  readonly readyMs: number;
  /** From `shutdown` to SIGTERM. */
  readonly graceMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly termMs: number;
  /** Until a session that was asked for is here. */
  readonly sessionMs: number;
  /** The pause before try `failures + 1`. */
  readonly backoffMs: (failures: number) => number;
  /** After this long up, earlier failures are forgotten. */
  readonly settledMs: number;
  /** Crashes in a row after which it stays down. */
  readonly maxCrashes: number;
  /** The same for failures that the server explained: waiting helps only where another server is still stopping. */
  readonly maxRefusals: number;
}

export const SIDECAR_TIMINGS: SidecarTimings = {
  helloMs: 30_000,
  readyMs: 600_000,
  graceMs: 10_000,
  termMs: 5_000,
  sessionMs: 10_000,
  backoffMs: (failures) => Math.min(500 * 2 ** (failures - 1), 30_000),
  settledMs: 60_000,
  maxCrashes: 6,
  maxRefusals: 3,
};

export interface SidecarOptions {
  /** The Node binary to run the server with. */
  readonly node: string;
  /** Its arguments: the server's script and what follows. */
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly init: () => Omit<InitMessage, 'type'>;
  /** Takes the server's output, line by line. */
  readonly log: (line: string) => void;
  readonly onState: (state: ServerState) => void;
  readonly timings?: Partial<SidecarTimings>;
}

interface Waiting {
  readonly resolve: (cookie: SessionCookie) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** One started process and what is known of it; a late event of an older one is told by comparing this. */
interface Run {
  readonly child: ChildProcess;
  /** Why it did not start, in the server's words. */
  refusal?: string;
  readyAt?: number;
  /** Whether its end has been dealt with. */
  over: boolean;
}

/**
 * The registry's server as a child process: starts it, shakes hands, starts it again after a crash, stops it. Knows
 * nothing of Electron. No method throws; what goes wrong is a state. Only {@link mintSession} rejects.
 */
export class Sidecar {
  readonly #options: SidecarOptions;
  readonly #timings: SidecarTimings;
  #state: ServerState = { phase: 'stopped' };
  #run: Run | undefined;
  #crashes = 0;
  #refusals = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;
  #nextSessionId = 1;
  readonly #waiting = new Map<number, Waiting>();

  constructor(options: SidecarOptions) {
    this.#options = options;
    this.#timings = { ...SIDECAR_TIMINGS, ...options.timings };
  }

  get state(): ServerState {
    return this.#state;
  }

  /** The server's process id while there is one. */
  get pid(): number | undefined {
    return this.#run?.child.pid;
  }

  /** Starts the server unless one is running, starting or stopping. */
  start(): void {
    if (this.#run || this.#stopping) return;
    clearTimeout(this.#timer);
    this.#become({ phase: 'starting' });
    this.#launch();
  }

  /** Asks the server to stop, then ends it ever more firmly; resolves when its process is gone. Safe to call twice. */
  stop(): Promise<void> {
    clearTimeout(this.#timer);
    const run = this.#run;
    if (!run) {
      this.#become({ phase: 'stopped' });
      return Promise.resolve();
    }
    this.#stopping ??= this.#end(run).finally(() => {
      this.#stopping = undefined;
      this.#become({ phase: 'stopped' });
    });
    return this.#stopping;
  }

  /** Stops the server if it runs and starts it with a clean slate. */
  async restart(): Promise<void> {
    await this.stop();
    this.#crashes = 0;
    this.#refusals = 0;
    this.start();
  }

  /** Asks the running server for a session of the machine's owner; rejects when it does not run or does not answer. */
  mintSession(): Promise<SessionCookie> {
    if (this.#state.phase !== 'running') return Promise.reject(new Error('the registry is not running'));
    const id = this.#nextSessionId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error('the registry did not answer'));
      }, this.#timings.sessionMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#send({ type: 'mint-session', id });
    });
  }

  #become(state: ServerState): void {
    this.#state = state;
    this.#options.onState(state);
  }

  #launch(): void {
    const { node, args, env = process.env, log } = this.#options;
    log(`berth shell: starting ${[node, ...args].join(' ')}`);
    let child: ChildProcess;
    try {
      child = spawn(node, [...args], {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: childEnvironment(env),
        // The shell's Node and the server's are of different versions; only JSON is the same in both.
        serialization: 'json',
        windowsHide: true,
      });
    } catch (error) {
      this.#failed(String(error), 'crash');
      return;
    }
    const run: Run = { child, over: false };
    this.#run = run;
    this.#expect(run, this.#timings.helloMs);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', log);
    }
    child.on('message', (message) => this.#receive(run, message));
    child.once('error', (error) => {
      // Without a pid it never started, and no 'exit' will come.
      if (child.pid === undefined)
        this.#gone(run, `The server's program cannot be started (${error.message}).`);
    });
    child.once('exit', (code, signal) =>
      this.#gone(run, `The server ended ${signal ? `by ${signal}` : `with ${code}`}.`),
    );
  }

  /** Ends a process that does not take its next step in time; its exit is then handled as a crash. */
  #expect(run: Run, limitMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      run.refusal ??= `The server did not start within ${Math.round(limitMs / 1000)} seconds.`;
      run.child.kill('SIGKILL');
    }, limitMs);
  }

  #receive(run: Run, raw: unknown): void {
    const message = parseFromServer(raw);
    if (!message || run !== this.#run || run.over) return;
    switch (message.type) {
      case 'hello':
        if (this.#stopping) return;
        this.#expect(run, this.#timings.readyMs);
        this.#send({ type: 'init', ...this.#options.init() });
        return;
      case 'ready':
        if (this.#stopping) return;
        clearTimeout(this.#timer);
        run.readyAt = performance.now();
        this.#become({
          phase: 'running',
          origin: reachable(message.origin),
          portChanged: message.portChanged,
        });
        return;
      case 'failed':
        run.refusal = message.message;
        return;
      case 'session':
        this.#settle(message.id, (waiting) => waiting.resolve(message.cookie));
        return;
      case 'session-failed':
        this.#settle(message.id, (waiting) => waiting.reject(new Error(message.message)));
    }
  }

  #settle(id: number, how: (waiting: Waiting) => void): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    how(waiting);
  }

  #gone(run: Run, how: string): void {
    if (run.over) return;
    run.over = true;
    this.#run = undefined;
    clearTimeout(this.#timer);
    for (const id of this.#waiting.keys()) this.#settle(id, (w) => w.reject(new Error('the registry ended')));
    if (this.#stopping) return;
    this.#options.log(`berth shell: ${how}`);
    if (run.readyAt !== undefined && performance.now() - run.readyAt >= this.#timings.settledMs) {
      this.#crashes = 0;
      this.#refusals = 0;
    }
    this.#failed(run.refusal ?? how, run.refusal === undefined ? 'crash' : 'refusal');
  }

  #failed(reason: string, kind: 'crash' | 'refusal'): void {
    if (kind === 'crash') this.#crashes++;
    else this.#refusals++;
    const failures = this.#crashes + this.#refusals;
    if (this.#crashes >= this.#timings.maxCrashes || this.#refusals >= this.#timings.maxRefusals) {
      this.#become({ phase: 'failed', reason });
      return;
    }
    const inMs = this.#timings.backoffMs(failures);
    this.#become({ phase: 'restarting', inMs, failures, reason });
    this.#timer = setTimeout(() => this.#launch(), inMs);
  }

  async #end(run: Run): Promise<void> {
    const exited = new Promise<void>((resolve) => {
      if (run.over) resolve();
      run.child.once('exit', () => resolve());
      run.child.once('error', () => run.child.pid === undefined && resolve());
    });
    this.#become({ phase: 'stopping' });
    // On Windows SIGTERM ends a process at once: there this message is the only gentle way.
    this.#send({ type: 'shutdown' });
    const term = setTimeout(() => run.child.kill('SIGTERM'), this.#timings.graceMs);
    const kill = setTimeout(() => run.child.kill('SIGKILL'), this.#timings.graceMs + this.#timings.termMs);
    await exited;
    clearTimeout(term);
    clearTimeout(kill);
  }

  #send(message: ToServer): void {
    try {
      // The callback takes the error of a channel that closes meanwhile; without it it would be thrown as an event.
      this.#run?.child.send(message, () => {});
    } catch {
      // The channel is closed already; 'exit' follows.
    }
  }
}

/**
 * Without what is meant for this process alone and would change how Node starts in the child; with what keeps the
 * child's memory small under glibc (server/main.ts sets the same for itself).
 */
function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, ELECTRON_RUN_AS_NODE: _asNode, NODE_CHANNEL_FD: _channel, ...rest } = env;
  return { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', ...rest };
}

/** A server that listens on every address is reached by loopback; browsers refuse the wildcard address. */
function reachable(origin: string): string {
  return origin.replace('//0.0.0.0', '//127.0.0.1').replace('//[::]', '//[::1]');
}

/** The message if it has the shape of one; the server is ours, but an older or newer one may be installed. */
function parseFromServer(raw: unknown): FromServer | undefined {
  if (typeof raw !== 'object' || raw === null || !('type' in raw)) return undefined;
  const fields = raw as Record<string, unknown>;
  const is = (name: string, type: 'string' | 'number' | 'boolean'): boolean => typeof fields[name] === type;
  switch (fields.type) {
    case 'hello':
      return is('version', 'string') ? (raw as FromServer) : undefined;
    case 'ready':
      return is('origin', 'string') && URL.canParse(String(fields.origin)) && is('portChanged', 'boolean')
        ? (raw as FromServer)
        : undefined;
    case 'failed':
      return is('code', 'string') && is('message', 'string') ? (raw as FromServer) : undefined;
    case 'session':
      return is('id', 'number') && isCookie(fields.cookie) ? (raw as FromServer) : undefined;
    case 'session-failed':
      return is('id', 'number') && is('message', 'string') ? (raw as FromServer) : undefined;
    default:
      return undefined;
  }
}

function isCookie(value: unknown): value is SessionCookie {
  if (typeof value !== 'object' || value === null) return false;
  const { name, value: content, maxAgeSeconds } = value as Record<string, unknown>;
  return typeof name === 'string' && typeof content === 'string' && typeof maxAgeSeconds === 'number';
}
