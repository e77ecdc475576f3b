import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A door before a registry: tests see what goes through it, and shut it. */
export interface Gate extends AsyncDisposable {
  readonly origin: string;
  /** Event streams that are open now, of all windows. */
  readonly streams: number;
  /** Cuts every connection and refuses new ones, as a server that went away. */
  shut(): void;
  open(): void;
}

/** Stands before the server at `origin`, at an address of its own. */
export async function startGate(origin: string): Promise<Gate> {
  const sockets = new Set<Socket>();
  let isShut = false;
  let streams = 0;
  const pass = (asked: IncomingMessage, reply: ServerResponse): void => {
    const headers = { ...asked.headers, connection: 'close' };
    const onward = forward(
      `${origin}${asked.url}`,
      { method: asked.method, headers, agent: false },
      (answer) => {
        const isStream = answer.headers['content-type'] === 'text/event-stream';
        if (isStream) streams += 1;
        reply.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(reply);
        answer.once('close', () => (isStream ? (streams -= 1) : undefined));
      },
    );
    onward.on('error', () => reply.destroy());
    reply.once('close', () => onward.destroy());
    asked.pipe(onward);
  };
  const server = createServer(pass);
  server.on('connection', (socket) => {
    if (isShut) return void socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const shut = (): void => {
    isShut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get streams() {
      return streams;
    },
    shut,
    open: () => void (isShut = false),
    [Symbol.asyncDispose]: () => {
      shut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
