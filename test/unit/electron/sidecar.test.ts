import { once } from 'node:events';
import { createServer } from 'node:net';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServerState } from '#electron/ipc-contract.ts';
import { Sidecar, SIDECAR_TIMINGS, type SidecarTimings } from '#electron/sidecar.ts';

const CHILD = join(import.meta.dirname, 'children/server.ts');

interface Watched {
  readonly sidecar: Sidecar;
  readonly lines: string[];
  readonly states: ServerState[];
  /** The next state of this phase, or the present one. */
  readonly until: <P extends ServerState['phase']>(phase: P) => Promise<Extract<ServerState, { phase: P }>>;
}

const running: Sidecar[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((sidecar) => sidecar.stop()));
});

interface Given {
  readonly mood?: string;
  readonly node?: string;
  readonly listen?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timings?: Partial<SidecarTimings>;
}

function watch({
  mood = '',
  node = process.execPath,
  listen = '127.0.0.1:0',
  env = {},
  timings = {},
}: Given = {}): Watched {
  const lines: string[] = [];
  const states: ServerState[] = [];
  let changed = Promise.withResolvers<void>();
  const sidecar = new Sidecar({
    node,
    args: [CHILD, 'sidecar'],
    env: { ...process.env, ...env, STAND_IN: mood },
    init: () => ({ dataDir: '/data', listen, fallbackPort: true }),
    log: (line) => lines.push(line),
    onState: (state) => {
      states.push(state);
      changed.resolve();
      changed = Promise.withResolvers();
    },
    timings: { backoffMs: () => 20, graceMs: 2_000, termMs: 500, ...timings },
  });
  running.push(sidecar);
  return {
    sidecar,
    lines,
    states,
    async until(phase) {
      while (sidecar.state.phase !== phase) await changed.promise;
      return sidecar.state as never;
    },
  };
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the handshake', () => {
  it('ends in a server that answers at the origin it reports, with the data folder it was given', async () => {
    const { sidecar, lines, states, until } = watch({ env: { NODE_OPTIONS: '--no-deprecation' } });
    sidecar.start();
    const { origin, portChanged } = await until('running');
    expect(await (await fetch(origin)).json()).toEqual({ dataDir: '/data', nodeOptions: null });
    expect(portChanged).toBe(false);
    expect(states.map(({ phase }) => phase)).toEqual(['starting', 'running']);
    expect(lines).toContain('stand-in is listening');
  });

  it('takes another port when the usual one is taken, and says so', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const taken = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    try {
      const { sidecar, until } = watch({ listen: taken });
      sidecar.start();
      const { origin, portChanged } = await until('running');
      expect(portChanged).toBe(true);
      expect(origin).not.toBe(`http://${taken}`);
      expect((await fetch(origin)).status).toBe(200);
    } finally {
      holder.close();
    }
  });

  it('reaches a server that listens on every address by loopback', async () => {
    const { sidecar, until } = watch({ mood: 'stops at SIGTERM only', timings: { graceMs: 20 } });
    sidecar.start();
    expect((await until('running')).origin).toBe('http://127.0.0.1:1');
  });

  it('gives a session of the owner over the channel', async () => {
    const { sidecar, until } = watch();
    await expect(sidecar.mintSession()).rejects.toThrow('not running');
    sidecar.start();
    await until('running');
    const [first, second] = await Promise.all([sidecar.mintSession(), sidecar.mintSession()]);
    expect(first).toEqual({ name: 'sid', value: 'shell-1', maxAgeSeconds: 12 * 3600 });
    expect(second).toEqual(first);
  });

  it('tells why there is no session', async () => {
    const { sidecar, until } = watch({ mood: 'mints nothing' });
    sidecar.start();
    await until('running');
    await expect(sidecar.mintSession()).rejects.toThrow('no such user');
  });

  it('does not wait for a session for ever', async () => {
    const { sidecar, until } = watch({
      mood: 'ignores everything',
      timings: { sessionMs: 30, graceMs: 20, termMs: 20 },
    });
    sidecar.start();
    await until('running');
    await expect(sidecar.mintSession()).rejects.toThrow('did not answer');
  });
});

describe('a server that fails', () => {
  it('is started again after a crash', async () => {
    const { sidecar, states, until } = watch();
    sidecar.start();
    const { origin } = await until('running');
    const before = sidecar.pid;
    await fetch(`${origin}/crash`).catch(() => {});
    const { reason, failures } = await until('restarting');
    expect(reason).toContain('SIGABRT');
    expect(failures).toBe(1);
    await until('running');
    expect(sidecar.pid).not.toBe(before);
    expect(states.map(({ phase }) => phase)).toEqual(['starting', 'running', 'restarting', 'running']);
  });

  it('tells who waits for a session when it ends meanwhile', async () => {
    const { sidecar, until } = watch({ mood: 'ignores everything' });
    sidecar.start();
    await until('running');
    const session = sidecar.mintSession();
    const { pid } = sidecar;
    if (pid) process.kill(pid, 'SIGKILL');
    await expect(session).rejects.toThrow('the registry ended');
    await sidecar.stop();
  });

  it('stays down after as many crashes in a row as allowed, with the reason', async () => {
    const { sidecar, states, until } = watch({ mood: 'crashes', timings: { maxCrashes: 3 } });
    sidecar.start();
    expect((await until('failed')).reason).toBe('The server ended with 7.');
    expect(states.filter(({ phase }) => phase === 'restarting')).toHaveLength(2);
  });

  it('waits longer before each new try, up to half a minute', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => SIDECAR_TIMINGS.backoffMs(failures));
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it('forgets earlier crashes once it has been up for long enough', async () => {
    const { sidecar, until } = watch({ timings: { settledMs: 0 } });
    sidecar.start();
    for (let crash = 0; crash < 3; crash++) {
      const { origin } = await until('running');
      await fetch(`${origin}/crash`).catch(() => {});
      expect((await until('restarting')).failures).toBe(1);
    }
  });

  it('says in the server’s words why it refuses to start, and does not try for long', async () => {
    const { sidecar, states, until } = watch({ mood: 'refuses', timings: { maxRefusals: 2 } });
    sidecar.start();
    expect((await until('failed')).reason).toBe('The data folder is newer than this Berth.');
    expect(states.map(({ phase }) => phase)).toEqual(['starting', 'restarting', 'failed']);
  });

  it('is ended when it does not say hello in time', async () => {
    const { sidecar, until } = watch({ mood: 'says nothing', timings: { helloMs: 200, maxRefusals: 1 } });
    sidecar.start();
    const { pid } = sidecar;
    expect((await until('failed')).reason).toContain('did not start within');
    expect(isAlive(pid)).toBe(false);
  });

  it('is a state and no exception when the binary is missing', async () => {
    const { sidecar, until } = watch({ node: '/nonexistent/node', timings: { maxCrashes: 2 } });
    sidecar.start();
    expect((await until('failed')).reason).toMatch(/cannot be started .*ENOENT/);
    await sidecar.stop();
    expect(sidecar.state).toEqual({ phase: 'stopped' });
  });

  it('can be started again by hand, with a clean slate', async () => {
    const { sidecar, until, states } = watch({ mood: 'crashes', timings: { maxCrashes: 2 } });
    sidecar.start();
    await until('failed');
    states.length = 0;
    await sidecar.restart();
    await until('failed');
    expect(states.map(({ phase }) => phase)).toEqual(['stopped', 'starting', 'restarting', 'failed']);
  });
});

describe('stopping', () => {
  it('asks first: a server that answers ends by itself', async () => {
    const { sidecar, lines, until } = watch({ timings: { graceMs: 60_000 } });
    sidecar.start();
    await until('running');
    const { pid } = sidecar;
    await Promise.all([sidecar.stop(), sidecar.stop()]);
    expect(isAlive(pid)).toBe(false);
    expect(sidecar.state).toEqual({ phase: 'stopped' });
    expect(lines.join()).not.toContain('ended');
  });

  it('then sends SIGTERM', async () => {
    const { sidecar, until } = watch({
      mood: 'stops at SIGTERM only',
      timings: { graceMs: 50, termMs: 60_000 },
    });
    sidecar.start();
    await until('running');
    const { pid } = sidecar;
    await sidecar.stop();
    expect(isAlive(pid)).toBe(false);
  });

  it('then kills it', async () => {
    const { sidecar, lines, until } = watch({
      mood: 'ignores everything',
      timings: { graceMs: 50, termMs: 200 },
    });
    sidecar.start();
    await until('running');
    const { pid } = sidecar;
    await sidecar.stop();
    expect(isAlive(pid)).toBe(false);
    expect(lines).toContain('SIGTERM ignored');
  });

  it('also ends a server that is only starting, and a pending new try', async () => {
    const { sidecar, states, until } = watch({ mood: 'crashes', timings: { backoffMs: () => 60 } });
    sidecar.start();
    await until('restarting');
    await sidecar.stop();
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(states.at(-1)).toEqual({ phase: 'stopped' });
    expect(sidecar.pid).toBeUndefined();

    const other = watch();
    other.sidecar.start();
    const { pid } = other.sidecar;
    await other.sidecar.stop();
    expect(isAlive(pid)).toBe(false);
    expect(other.states.map(({ phase }) => phase)).toEqual(['starting', 'stopping', 'stopped']);
  });

  it('leaves no server when the shell itself is killed', async () => {
    const shell = spawn(process.execPath, [join(import.meta.dirname, 'children/shell.ts'), CHILD], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(shell.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isAlive(pid)).toBe(true);
    shell.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
  });
});

describe('the server without a shell', () => {
  it('says what it is for and ends with 2', async () => {
    const alone = spawn(process.execPath, [CHILD], { stdio: ['ignore', 'ignore', 'pipe'] });
    const [text] = (await once(alone.stderr, 'data')) as [Buffer];
    const [code] = (await once(alone, 'exit')) as [number];
    expect(text.toString()).toContain('berth serve');
    expect(code).toBe(2);
  });
});
