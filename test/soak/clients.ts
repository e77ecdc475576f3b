import { Agent, request as send, type IncomingHttpHeaders } from 'node:http';
import { connect as connectSocket } from 'node:net';
import type { Registry } from '#test/support/registry-client.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The first MiB of the body; the rest is read and dropped. */
  readonly body: Buffer;
}

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Breaks the connection once this many bytes of the reply have come. */
  readonly leaveAfter?: number;
  /** Sends only so much of the body that its length announces, and breaks the connection. */
  readonly sendOnly?: number;
}

/** Somebody who asks over a few connections that stay open. */
export interface Caller {
  readonly ask: (method: string, path: string, asked?: Asked) => Promise<Answer>;
  /** The same without the credentials. */
  readonly askBare: (method: string, path: string, asked?: Asked) => Promise<Answer>;
  readonly close: () => void;
}

const KEPT_BYTES = 1024 * 1024;

/** A client that signs in with Basic. */
export function callerOf({ origin, user = '', password = '' }: Registry): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const askBare = (method: string, path: string, asked: Asked = {}): Promise<Answer> =>
    exchange(agent, { origin, method, path, asked });
  return {
    askBare,
    ask: (method, path, asked = {}) =>
      askBare(method, path, { ...asked, headers: { authorization: basic, ...asked.headers } }),
    close: () => agent.destroy(),
  };
}

/** A broken connection answers with status 0: here it is meant to happen. */
function exchange(
  agent: Agent,
  { origin, method, path, asked }: { origin: string; method: string; path: string; asked: Asked },
): Promise<Answer> {
  const { body, headers = {}, leaveAfter = Infinity, sendOnly } = asked;
  return new Promise((done) => {
    const broken = (): void => done({ status: 0, headers: {}, body: Buffer.alloc(0) });
    const own =
      body === undefined
        ? {}
        : { 'content-type': 'application/octet-stream', 'content-length': String(body.length) };
    const request = send(
      new URL(path, origin),
      { agent, method, headers: { ...own, ...headers } },
      (reply) => {
        const kept: Buffer[] = [];
        let size = 0;
        reply.on('data', (chunk: Buffer) => {
          if (size < KEPT_BYTES) kept.push(chunk);
          size += chunk.length;
          if (size >= leaveAfter) reply.destroy();
        });
        reply.on('close', () =>
          done({ status: reply.statusCode ?? 0, headers: reply.headers, body: Buffer.concat(kept) }),
        );
        reply.on('error', () => {});
      },
    );
    request.on('error', broken);
    if (sendOnly === undefined || body === undefined) return void request.end(body);
    request.write(body.subarray(0, sendOnly), () => setTimeout(() => request.destroy(), 5));
  });
}

/** Sends these bytes over a connection of its own and closes it after a moment, whatever comes back. */
export function sendRaw(origin: string, text: string, forMs: number): Promise<void> {
  const { hostname, port } = new URL(origin);
  return new Promise((done) => {
    const socket = connectSocket({ host: hostname, port: Number(port) }, () => {
      socket.write(text);
      setTimeout(() => socket.destroy(), forMs);
    });
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.on('close', () => done());
  });
}
