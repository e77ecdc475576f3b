import { connect, type Socket } from 'node:net';

/** One response as it came over the wire. */
export interface RawReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawOptions {
  /** Ends the wait for the server to close; then `closed` is false. Default: 10 s. */
  readonly waitMs?: number;
  /** Sends more once it is connected. */
  readonly more?: (socket: Socket) => void;
}

export interface RawExchange {
  readonly text: string;
  readonly replies: readonly RawReply[];
  /** Whether the server closed the connection. */
  readonly closed: boolean;
  readonly milliseconds: number;
}

/** Reads responses one after the other; those without Content-Length are taken as they are up to the end. */
export function parseReplies(text: string): readonly RawReply[] {
  const replies: RawReply[] = [];
  for (let rest = text; rest.startsWith('HTTP/1.1 ');) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    const status = Number(first.split(' ')[1]);
    const length = status === 100 ? 0 : Number(headers['content-length'] ?? rest.length);
    replies.push({ status, headers, body: rest.slice(end + 4, end + 4 + length) });
    rest = rest.slice(end + 4 + length);
  }
  return replies;
}

/** Sends exactly these bytes to HOST:PORT and gives back what comes until the server closes or the wait ends. */
export function exchange(
  host: string,
  bytes: string | Buffer,
  options: RawOptions = {},
): Promise<RawExchange> {
  const [address = '', port = ''] = host.split(/:(?=\d+$)/);
  const began = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(port), address);
    const finish = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, replies: parseReplies(text), closed, milliseconds: performance.now() - began });
    };
    const timer = setTimeout(() => finish(false), options.waitMs ?? 10_000);
    socket.on('error', () => {});
    socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
    socket.on('close', () => finish(true));
    socket.on('connect', () => {
      socket.write(bytes);
      options.more?.(socket);
    });
  });
}
