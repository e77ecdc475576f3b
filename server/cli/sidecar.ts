import { systemClock, type Clock } from '../lib/clock.ts';
import type { FromServer, InitMessage, SessionCookie, ToServer } from '../lib/sidecar-messages.ts';

/** What this file needs of a running server (server/cli/serve.ts has it). */
export interface SidecarServer {
  readonly origin: string;
  readonly context: {
    readonly sessions: {
      mint(session: {
        readonly userId: number;
        readonly via: 'shell';
        readonly maxAgeSeconds: number;
      }): Promise<{ readonly value: string; readonly maxAgeSeconds: number }>;
    };
  };
  close(): Promise<void>;
}

/** What the shell has a say in; everything else is the server's ordinary configuration. */
export interface SidecarSettings {
  readonly dataDir?: string;
  readonly listen?: string;
  /** Any free port in place of the configured one. */
  readonly anyPort?: true;
  readonly consoleDir?: string;
}

/** The parent's end of the IPC channel, as `process` of a child that was spawned with one. */
export interface ParentChannel {
  send?(message: FromServer, handle: undefined, options: object, sent: () => void): boolean;
  on(event: string, listener: (message: unknown) => void): unknown;
  readonly connected?: boolean;
  disconnect?(): void;
}

export interface SidecarDependencies {
  readonly version: string;
  /** Starts a server; rejects with an error (or a cause of it) of code EADDRINUSE when the port is taken. */
  start(settings: SidecarSettings): Promise<SidecarServer>;
  /** The channel to the shell; `process` unless a test brings its own. */
  readonly channel?: ParentChannel;
  readonly clock?: Clock;
  /** Ends the process where a clean way is out of reach; `process.exit` unless a test brings its own. */
  readonly exit?: (exitCode: number) => void;
}

/** The first administrator: who owns the machine administers its registry. */
const OWNER_USER_ID = 1;
const SESSION_SECONDS = 12 * 3600;
/** A server that cannot close in this time is ended anyway: without its shell nobody else would do it. */
const CLOSE_LIMIT_MS = 8_000;

/**
 * Runs the server as the child of the desktop shell (messages: lib/sidecar-messages.ts) until the shell asks it to
 * stop, goes away, or a SIGTERM comes. Resolves with the exit code: 0 after a clean stop, 1 when the start or the stop
 * failed, 2 when there is no parent to talk to. A stop that takes longer than 8 s ends the process. Never rejects.
 */
export async function runSidecar(dependencies: SidecarDependencies): Promise<number> {
  const channel: ParentChannel = dependencies.channel ?? process;
  if (!channel.send) {
    process.stderr.write('berth sidecar is started by the desktop app. To serve without it: berth serve\n');
    return 2;
  }
  return new Sidecar(dependencies, channel).run();
}

class Sidecar {
  readonly #dependencies: SidecarDependencies;
  readonly #channel: ParentChannel;
  readonly #clock: Clock;
  #starting: Promise<SidecarServer | undefined> | undefined;
  #ended = false;
  #finish: (exitCode: number) => void = () => {};

  constructor(dependencies: SidecarDependencies, channel: ParentChannel) {
    this.#dependencies = dependencies;
    this.#channel = channel;
    this.#clock = dependencies.clock ?? systemClock;
  }

  run(): Promise<number> {
    return new Promise((resolve) => {
      this.#finish = (exitCode) => {
        // An open channel would keep the process alive.
        if (this.#channel.connected) this.#channel.disconnect?.();
        resolve(exitCode);
      };
      this.#channel.on('message', (message) => this.#receive(message));
      this.#channel.on('disconnect', () => void this.#end(0));
      this.#channel.on('SIGTERM', () => void this.#end(0));
      // Ctrl C in a terminal goes to the whole process group, and so does a closed terminal: the shell decides.
      this.#channel.on('SIGINT', () => {});
      this.#channel.on('SIGHUP', () => {});
      void this.#send({ type: 'hello', version: this.#dependencies.version });
    });
  }

  /** Resolves when the message is on its way, so that an exit right after it does not lose it. */
  #send(message: FromServer): Promise<void> {
    return new Promise((sent) => {
      try {
        this.#channel.send?.(message, undefined, {}, sent);
      } catch {
        sent(); // The shell is gone; 'disconnect' ends this process.
      }
    });
  }

  #receive(message: unknown): void {
    if (!isToServer(message)) return;
    if (message.type === 'init') this.#starting ??= this.#start(message);
    else if (message.type === 'mint-session') void this.#mint(message.id);
    else void this.#end(0);
  }

  async #start(init: InitMessage): Promise<SidecarServer | undefined> {
    try {
      const { server, portChanged } = await this.#listen(init);
      void this.#send({ type: 'ready', origin: server.origin, portChanged });
      return server;
    } catch (error) {
      await this.#send({ type: 'failed', code: codeOf(error), message: messageOf(error) });
      void this.#end(1);
      return undefined;
    }
  }

  async #listen(init: InitMessage): Promise<{ server: SidecarServer; portChanged: boolean }> {
    const settings: SidecarSettings = {
      ...(init.listen === undefined ? {} : { listen: init.listen }),
      ...(init.dataDir === undefined ? {} : { dataDir: init.dataDir }),
      ...(init.consoleDir === undefined ? {} : { consoleDir: init.consoleDir }),
    };
    try {
      return { server: await this.#dependencies.start(settings), portChanged: false };
    } catch (error) {
      if (!init.fallbackPort || !isPortTaken(error)) throw error;
      return { server: await this.#dependencies.start({ ...settings, anyPort: true }), portChanged: true };
    }
  }

  async #mint(id: number): Promise<void> {
    try {
      const server = await this.#starting;
      if (!server) throw new Error('the server has not started');
      const minted = await server.context.sessions.mint({
        userId: OWNER_USER_ID,
        via: 'shell',
        maxAgeSeconds: SESSION_SECONDS,
      });
      const cookie: SessionCookie = { name: 'sid', value: minted.value, maxAgeSeconds: minted.maxAgeSeconds };
      void this.#send({ type: 'session', id, cookie });
    } catch (error) {
      void this.#send({ type: 'session-failed', id, message: messageOf(error) });
    }
  }

  async #end(exitCode: number): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    const { exit = (code: number) => process.exit(code) } = this.#dependencies;
    const cancelLimit = this.#clock.after(CLOSE_LIMIT_MS, () => exit(1));
    try {
      const server = await this.#starting;
      await server?.close();
      this.#finish(exitCode);
    } catch (error) {
      process.stderr.write(`berth: the server did not close cleanly: ${messageOf(error)}\n`);
      this.#finish(1);
    } finally {
      cancelLimit();
    }
  }
}

function isToServer(message: unknown): message is ToServer {
  if (typeof message !== 'object' || message === null || !('type' in message)) return false;
  if (message.type === 'init') {
    const mayFallBack = 'fallbackPort' in message && typeof message.fallbackPort === 'boolean';
    return mayFallBack && (!('listen' in message) || typeof message.listen === 'string');
  }
  if (message.type === 'mint-session') return 'id' in message && typeof message.id === 'number';
  return message.type === 'shutdown';
}

/** The error and its causes, outermost first; a wrapped EADDRINUSE still is one. */
function* chain(error: unknown): Generator<object> {
  for (let link = error; typeof link === 'object' && link !== null;) {
    yield link;
    link = 'cause' in link ? link.cause : undefined;
  }
}

function isPortTaken(error: unknown): boolean {
  return chain(error).some((link) => 'code' in link && link.code === 'EADDRINUSE');
}

function codeOf(error: unknown): string {
  const coded = chain(error).find((link) => 'code' in link && typeof link.code === 'string');
  return coded && 'code' in coded ? String(coded.code) : 'internal';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
