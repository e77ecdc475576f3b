import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  runSidecar,
  type ParentChannel,
  type SidecarServer,
  type SidecarSettings,
} from '#server/cli/sidecar.ts';
import { manualClock } from '#server/lib/clock.ts';
import type { FromServer, ToServer } from '#server/lib/sidecar-messages.ts';

/** The parent's end of the channel, in memory. */
class Parent extends EventEmitter implements ParentChannel {
  readonly received: FromServer[] = [];
  connected = true;

  send(message: FromServer, _handle: undefined, _options: object, sent: () => void): boolean {
    this.received.push(message);
    sent();
    return true;
  }

  disconnect(): void {
    this.connected = false;
  }

  say(message: ToServer): void {
    this.emit('message', message);
  }
}

interface Given {
  readonly start?: (settings: SidecarSettings) => Promise<SidecarServer>;
  readonly close?: () => Promise<void>;
}

function sidecar({ start, close = () => Promise.resolve() }: Given = {}) {
  const parent = new Parent();
  const clock = manualClock();
  const exits: number[] = [];
  const started: SidecarSettings[] = [];
  const server: SidecarServer = {
    origin: 'http://127.0.0.1:5080',
    context: { sessions: { mint: () => Promise.resolve({ value: 'secret', maxAgeSeconds: 60 }) } },
    close,
  };
  const ended = runSidecar({
    version: '1.2.3',
    channel: parent,
    clock,
    exit: (code) => exits.push(code),
    start: (settings) => {
      started.push(settings);
      return start ? start(settings) : Promise.resolve(server);
    },
  });
  return { parent, clock, exits, started, ended, server };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const init = { type: 'init', listen: '127.0.0.1:5080', dataDir: '/data', fallbackPort: true } as const;

describe('the server’s side of the channel', () => {
  it('says hello, serves what it was told to, and gives sessions', async () => {
    const { parent, started, ended } = sidecar();
    parent.say(init);
    parent.say(init);
    parent.say({ type: 'mint-session', id: 7 });
    await settled();
    expect(started).toEqual([{ listen: '127.0.0.1:5080', dataDir: '/data' }]);
    expect(parent.received).toEqual([
      { type: 'hello', version: '1.2.3' },
      { type: 'ready', origin: 'http://127.0.0.1:5080', portChanged: false },
      { type: 'session', id: 7, cookie: { name: 'sid', value: 'secret', maxAgeSeconds: 60 } },
    ]);
    parent.say({ type: 'shutdown' });
    expect(await ended).toBe(0);
    expect(parent.connected).toBe(false);
  });

  it.each(['disconnect', 'SIGTERM'])('stops at %s', async (event) => {
    let closed = 0;
    const { parent, ended } = sidecar({ close: () => Promise.resolve(void closed++) });
    parent.say(init);
    await settled();
    parent.emit(event);
    parent.emit(event);
    expect(await ended).toBe(0);
    expect(closed).toBe(1);
  });

  it('leaves Ctrl C and a closed terminal to the shell', async () => {
    const { parent, ended } = sidecar();
    parent.say(init);
    await settled();
    parent.emit('SIGINT');
    parent.emit('SIGHUP');
    expect(await Promise.race([ended, settled().then(() => 'still running')])).toBe('still running');
    parent.say({ type: 'shutdown' });
    await ended;
  });

  it('finishes a start before it stops', async () => {
    const { promise, resolve } = Promise.withResolvers<SidecarServer>();
    let closed = 0;
    const { parent, ended, server } = sidecar({
      start: () => promise,
      close: () => Promise.resolve(void closed++),
    });
    parent.say(init);
    parent.say({ type: 'shutdown' });
    await settled();
    expect(closed).toBe(0);
    resolve(server);
    expect(await ended).toBe(0);
    expect(closed).toBe(1);
  });

  it('ends the process when the stop takes longer than 8 seconds', async () => {
    const { parent, clock, exits } = sidecar({ close: () => new Promise(() => {}) });
    parent.say(init);
    await settled();
    parent.emit('disconnect');
    clock.advance(7_999);
    expect(exits).toEqual([]);
    clock.advance(1);
    expect(exits).toEqual([1]);
  });

  it('takes any free port only for a taken one, and only if it may', async () => {
    const taken = new Error('in use', { cause: Object.assign(new Error('bind'), { code: 'EADDRINUSE' }) });
    const { parent, started, server } = sidecar({
      start: ({ anyPort }) => (anyPort ? Promise.resolve(server) : Promise.reject(taken)),
    });
    parent.say({ ...init, listen: '[::1]:5080' });
    await settled();
    expect(started.map(({ listen, anyPort }) => [listen, anyPort])).toEqual([
      ['[::1]:5080', undefined],
      ['[::1]:5080', true],
    ]);
    expect(parent.received.at(-1)).toMatchObject({ type: 'ready', portChanged: true });

    const strict = sidecar({ start: () => Promise.reject(taken) });
    strict.parent.say({ ...init, fallbackPort: false });
    expect(await strict.ended).toBe(1);
    expect(strict.started).toHaveLength(1);
    expect(strict.parent.received.at(-1)).toEqual({ type: 'failed', code: 'EADDRINUSE', message: 'in use' });
  });

  it('tells why it does not start, and ends with 1', async () => {
    const { parent, ended } = sidecar({ start: () => Promise.reject(new Error('the folder is in use')) });
    parent.say(init);
    expect(await ended).toBe(1);
    expect(parent.received.at(-1)).toEqual({
      type: 'failed',
      code: 'internal',
      message: 'the folder is in use',
    });
  });

  it('gives no session before there is a server, and lets strange messages pass', async () => {
    const { parent } = sidecar();
    parent.say({ type: 'mint-session', id: 1 });
    for (const strange of [undefined, null, 'init', {}, { type: 'init' }, { type: 'mint-session' }]) {
      parent.emit('message', strange);
    }
    await settled();
    expect(parent.received.slice(1)).toEqual([
      { type: 'session-failed', id: 1, message: 'the server has not started' },
    ]);
  });
});
