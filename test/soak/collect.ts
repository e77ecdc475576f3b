import { once } from 'node:events';
import type { Running } from '#test/support/process.ts';
import { pause } from '#test/support/process.ts';

/** The server's environment must have it: SIGUSR1 then opens Node's inspector on a free port of this machine only. */
export const INSPECTOR = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' };

/** What the server's process says of its own memory, in bytes. */
export interface OwnMemory {
  readonly heapUsed: number;
  readonly external: number;
}

export interface Collector {
  /** Has the server collect all its garbage. Rejects when the inspector does not answer. */
  collect(): Promise<OwnMemory>;
  close(): void;
}

interface Reply {
  readonly id?: number;
  readonly result?: { readonly result?: { readonly value?: OwnMemory } };
}

/** Reaches into the server through its inspector: an idle Node collects nothing by itself, whatever it could give back. */
export async function openCollector(server: Running): Promise<Collector> {
  process.kill(server.pid, 'SIGUSR1');
  let url: string | undefined;
  for (let tries = 0; tries < 100 && url === undefined; tries += 1) {
    await pause(100);
    url = /Debugger listening on (ws:\S+)/.exec(server.output())?.[1];
  }
  if (url === undefined) throw new Error('the inspector did not open');
  const socket = new WebSocket(url);
  await once(socket, 'open');
  const waiting = new Map<number, (reply: Reply) => void>();
  socket.addEventListener('message', (event) => {
    const reply = JSON.parse(String(event.data)) as Reply;
    if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
  });
  let last = 0;
  const ask = (method: string, params: object = {}): Promise<Reply> => {
    const id = (last += 1);
    const answered = new Promise<Reply>((resolve, reject) => {
      waiting.set(id, resolve);
      socket.addEventListener('close', () => reject(new Error('the inspector closed')), { once: true });
    });
    socket.send(JSON.stringify({ id, method, params }));
    return answered;
  };
  return {
    async collect() {
      // Twice: what the first round finalizes only the second one frees.
      for (let round = 0; round < 2; round += 1) await ask('HeapProfiler.collectGarbage');
      const reply = await ask('Runtime.evaluate', {
        expression: 'process.memoryUsage()',
        returnByValue: true,
      });
      const value = reply.result?.result?.value;
      if (!value) throw new Error('the inspector did not say what memory is used');
      return value;
    },
    close: () => socket.close(),
  };
}
