import {
  Agent as HttpAgent,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** A request with full control of what is sent: nothing is added but Host, Connection and the body's framing. */
export interface Ask {
  readonly method: string;
  /** Path and query as they go on the wire, or an absolute URL. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Sends the body with Transfer-Encoding: chunked, in these many pieces, and no Content-Length. */
  readonly chunks?: number;
}

export interface Reply {
  /** `METHOD path`, for messages. */
  readonly asked: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body: Buffer;
  /** Header lines as they came: name, value, name, value. */
  readonly rawHeaders: readonly string[];
}

const MAX_REPLY = 64 * 1024 * 1024;

/** The first value of a header, as it came; undefined when there is none. */
export function header(reply: Reply, name: string): string | undefined {
  return headers(reply, name)[0];
}

/** Every value of a header, in order. */
export function headers(reply: Reply, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  return reply.rawHeaders.filter((_, i) => i % 2 === 1 && reply.rawHeaders[i - 1]?.toLowerCase() === wanted);
}

export interface Transport {
  readonly origin: string;
  /** Sends and reads to the end; throws when the connection breaks or the time is over. */
  send(ask: Ask): Promise<Reply>;
  /** Sends the head and these bytes of a longer body, then cuts the connection. */
  sendCut(ask: Ask & { readonly body: Buffer }, sentBytes: number): Promise<void>;
  close(): void;
}

type Open = (ask: Ask, length: number | undefined) => ClientRequest;

/** Opens connections to one registry; every request ends within `timeoutMs`. */
export function createTransport(url: string, timeoutMs: number): Transport {
  const { origin } = new URL(url);
  const agents = {
    'http:': new HttpAgent({ keepAlive: true, maxSockets: 8 }),
    'https:': new HttpsAgent({ keepAlive: true, maxSockets: 8 }),
  };
  const open: Open = (ask, length) => {
    const target = /^https?:/.test(ask.path) ? ask.path : origin;
    const { protocol, hostname, port, pathname, search } = new URL(target);
    const isHttps = protocol === 'https:';
    const start = isHttps ? httpsRequest : httpRequest;
    return start({
      method: ask.method,
      // Written as given: a URL object would tidy slashes, dots and percent signs up.
      path: target === ask.path ? pathname + search : ask.path,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      agent: isHttps ? agents['https:'] : agents['http:'],
      headers: { ...(length === undefined ? {} : { 'content-length': length }), ...ask.headers },
    });
  };
  return {
    origin,
    async send(ask) {
      try {
        return await sendOnce(open, ask, timeoutMs);
      } catch (error) {
        // A server may close an idle connection while we take it up again: every client tries once more.
        if (error instanceof StaleConnection) return sendOnce(open, ask, timeoutMs);
        throw error;
      }
    },
    sendCut(ask, sentBytes) {
      const request = open({ ...ask, headers: { ...ask.headers, connection: 'close' } }, ask.body.length);
      return new Promise((done) => {
        request.once('error', () => done());
        request.once('close', () => done());
        // What was written is sent before the connection ends: the server sees a body that stops short.
        request.write(ask.body.subarray(0, sentBytes), () => setTimeout(() => request.destroy(), 200));
      });
    },
    close: () => Object.values(agents).forEach((agent) => agent.destroy()),
  };
}

async function sendOnce(open: Open, ask: Ask, timeoutMs: number): Promise<Reply> {
  const isChunked = ask.chunks !== undefined;
  const isBodiless = ask.method === 'GET' || ask.method === 'HEAD' || ask.method === 'OPTIONS';
  const length = isChunked || (isBodiless && !ask.body) ? undefined : (ask.body?.length ?? 0);
  const request = open(ask, length);
  const timer = setTimeout(() => {
    request.destroy(new Error(`no full answer within ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    const response = await new Promise<IncomingMessage>((done, fail) => {
      request.once('response', done);
      // Stays for the whole exchange: an error after the answer has begun shows in its body.
      request.on('error', (error: NodeJS.ErrnoException) =>
        fail(request.reusedSocket && error.code === 'ECONNRESET' ? new StaleConnection() : error),
      );
      writeBody(request, ask);
    });
    return toReply(ask, response, await readAll(response));
  } finally {
    clearTimeout(timer);
  }
}

/** A kept connection was closed before a byte of an answer came. */
class StaleConnection extends Error {
  override readonly message = 'the connection was closed';
}

function writeBody(request: ClientRequest, ask: Ask): void {
  const { body, chunks } = ask;
  if (chunks === undefined) return void request.end(body);
  request.removeHeader('content-length');
  request.setHeader('transfer-encoding', 'chunked');
  const bytes = body ?? Buffer.alloc(0);
  const size = Math.ceil(bytes.length / chunks) || 1;
  for (let at = 0; at < bytes.length; at += size) request.write(bytes.subarray(at, at + size));
  request.end();
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REPLY) throw new Error(`the reply is larger than ${MAX_REPLY} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error(`the reply broke off after ${size} bytes`);
  return Buffer.concat(chunks);
}

function toReply(ask: Ask, response: IncomingMessage, body: Buffer): Reply {
  return {
    asked: `${ask.method} ${ask.path.length > 220 ? `${ask.path.slice(0, 220)}…` : ask.path}`,
    method: ask.method,
    path: ask.path,
    status: response.statusCode ?? 0,
    body,
    rawHeaders: response.rawHeaders,
  };
}
