import { connect, type Socket } from 'node:net';

/** A reply whose body was read to its end and kept only when it is a short text. */
export interface WireReply {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  /** Bytes of the body as they came. */
  readonly bodyBytes: number;
  /** The beginning of the body, for what is said in a refusal. */
  readonly text: string;
}

export interface WireRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | number | undefined>>;
  /** Pieces of the body, taken one by one as the connection takes them, and their size in all. */
  readonly body?: Iterable<Buffer>;
  readonly bodyBytes?: number;
  /** Called with each piece of the body; its memory is used again. */
  readonly onBody?: (piece: Buffer) => void;
}

/** One kept connection, one request at a time, as cheap as Node allows: the client must not be what is measured. */
export interface Wire {
  request(request: WireRequest): Promise<WireReply>;
  close(): void;
}

interface Pending {
  readonly request: WireRequest;
  readonly resolve: (reply: WireReply) => void;
  readonly reject: (error: Error) => void;
  head: string;
  reply?: { status: number; headers: Map<string, string>; left: number; got: number; text: string };
}

const RECEIVE_BYTES = 1 << 20;

function readHead(pending: Pending): void {
  const [first = '', ...lines] = pending.head.split('\r\n');
  const headers = new Map(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const status = Number(first.split(' ')[1]);
  const hasBody = pending.request.method !== 'HEAD' && status !== 204 && status !== 304;
  const length = headers.get('content-length');
  if (hasBody && length === undefined) throw new Error(`a reply without a length: ${pending.head}`);
  pending.reply = { status, headers, left: hasBody ? Number(length) : 0, got: 0, text: '' };
}

/** Takes what arrived for the request under way; true when its reply is complete. */
function take(pending: Pending, piece: Buffer): boolean {
  let rest = piece;
  if (!pending.reply) {
    const before = pending.head.length;
    pending.head += piece.toString('latin1');
    const end = pending.head.indexOf('\r\n\r\n');
    if (end < 0) return false;
    pending.head = pending.head.slice(0, end);
    readHead(pending);
    rest = piece.subarray(end + 4 - before);
  }
  const { reply } = pending;
  if (!reply) return false;
  if (rest.byteLength > 0) {
    if (reply.text.length < 1000 && reply.status >= 300) reply.text += rest.toString('utf8');
    pending.request.onBody?.(rest);
    reply.got += rest.byteLength;
    reply.left -= rest.byteLength;
  }
  if (reply.left < 0) throw new Error('more came than the reply said');
  return reply.left === 0;
}

async function write(socket: Socket, head: string, body: Iterable<Buffer>): Promise<void> {
  socket.cork();
  socket.write(head);
  let corked = true;
  for (const part of body) {
    socket.write(part);
    if (corked) socket.uncork();
    corked = false;
    if (socket.writableNeedDrain) await new Promise((resolve) => socket.once('drain', resolve));
  }
  if (corked) socket.uncork();
}

/** Connects to `http://HOST:PORT`. */
export function openWire(origin: string): Promise<Wire> {
  const { hostname, port, host } = new URL(origin);
  let pending: Pending | undefined;
  const fail = (error: Error): void => {
    pending?.reject(error);
    pending = undefined;
  };
  const buffer = Buffer.allocUnsafe(RECEIVE_BYTES);
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer,
        callback: (size) => {
          const current = pending;
          if (!current) return true;
          try {
            if (!take(current, buffer.subarray(0, size))) return true;
          } catch (error) {
            fail(error as Error);
            return true;
          }
          pending = undefined;
          const { status, headers, got, text } = current.reply ?? {
            status: 0,
            headers: new Map(),
            got: 0,
            text: '',
          };
          current.resolve({ status, header: (name) => headers.get(name), bodyBytes: got, text });
          return true;
        },
      },
    });
    socket.once('connect', () => {
      resolve({
        request: (request) =>
          new Promise((done, refuse) => {
            pending = { request, resolve: done, reject: refuse, head: '' };
            const length = request.method === 'GET' || request.method === 'HEAD' ? undefined : 0;
            const headers = { host, 'content-length': request.bodyBytes ?? length, ...request.headers };
            const lines = Object.entries(headers).flatMap(([name, value]) =>
              value === undefined ? [] : [`${name}: ${value}\r\n`],
            );
            const head = `${request.method} ${request.path} HTTP/1.1\r\n${lines.join('')}\r\n`;
            write(socket, head, request.body ?? []).catch(refuse);
          }),
        close: () => socket.destroy(),
      });
    });
    socket.on('error', (error) => {
      reject(error);
      fail(error);
    });
    socket.on('close', () => fail(new Error(`${host} closed the connection`)));
  });
}
