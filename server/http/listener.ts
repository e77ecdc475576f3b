import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
  type ServerOptions,
} from 'node:http';
import {
  createServer as createTlsServer,
  Server as TlsServer,
  type ServerOptions as TlsServerOptions,
} from 'node:https';
import { lookup } from 'node:dns/promises';
import { createServer as createNetServer, isIP, type Server as NetServer, type Socket } from 'node:net';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import { encodeError } from './errors.ts';
import type { TlsPair } from './tls-files.ts';

/** What a connection may cost before a request of it is understood. */
export interface ListenerLimits {
  /** More connections than this are closed at once; undefined leaves it to the system. */
  readonly maxConnections?: number | undefined;
  readonly maxHeaderBytes: number;
  /** For the whole head of a request, from its first byte or from the connection's begin. */
  readonly headerTimeoutMs: number;
  /** A socket on which nothing moves for so long is closed, in a body and between requests alike. */
  readonly idleTimeoutMs: number;
}

export interface ListenerOptions {
  readonly limits: ListenerLimits;
  /** With it HTTPS is served, and only that. */
  readonly tls?: TlsPair | undefined;
}

/** Lines of a request's head; clients send a dozen, proxies add some. */
const MAX_HEADERS = 200;
/** Of waiting for a client to finish its TLS handshake. */
const HANDSHAKE_MS = 20_000;
/** Between requests: longer than the load balancers' usual 60 s, so that it is they who close. */
const KEEP_ALIVE_MS = 72_000;
/** How often overdue heads are looked for. */
const CHECK_MS = 5_000;
/** For a client to read why its broken request was refused, before the connection is cut. */
const LAST_WORDS_MS = 2_000;
/** For requests under way once the server is asked to stop; all of stopping has 5 s. */
export const DRAIN_MS = 2_500;

function secureOptions(pair: TlsPair): TlsServerOptions {
  // Session tickets are on, as Node has them: skopeo and podman open a connection for each request.
  return { cert: pair.cert, key: pair.key, minVersion: 'TLSv1.2' };
}

/** A whole response as text, for where there is no request to answer by Node's means. */
function writeResponse(error: AppError): string {
  const { status, body } = encodeError(error, 'oci');
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json',
    'Docker-Distribution-Api-Version: registry/2.0',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${text}`;
}

/** What is wrong with a request that Node's parser refused. */
function explainBroken(error: NodeJS.ErrnoException): AppError {
  if (error.code === 'HPE_HEADER_OVERFLOW')
    return new AppError(
      'headers_too_large',
      `the head of the request is too large, or has more than ${MAX_HEADERS} lines`,
    );
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new AppError('request_timeout', 'the head of the request did not come in time');
  return new AppError('bad_request', 'the request is not valid HTTP');
}

/** The response that is being given on a socket; Node keeps it there, and nowhere else. */
function responseOn(socket: Socket): ServerResponse | undefined {
  return (socket as { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}

/**
 * Answers what Node's parser refused before it was a request (RFC 9112, section 2.2): a clean response and the end of
 * the connection, since nobody knows where the next request would begin. A request before it gets its own answer first.
 */
export function createBrokenRequestHandler(clock: Clock) {
  // The parser complains anew about each piece that still comes.
  const refused = new WeakSet<Socket>();
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (refused.has(socket)) return;
    refused.add(socket);
    const response = responseOn(socket);
    const isGone = error.code === 'ECONNRESET' || !socket.writable;
    if (!isGone && response?.req.complete === true) {
      response.shouldKeepAlive = false;
      response.once('finish', () => socket.destroySoon());
      return;
    }
    if (isGone || response?.headersSent === true) {
      socket.destroy();
      return;
    }
    socket.end(writeResponse(explainBroken(error)));
    const cancel = clock.after(LAST_WORDS_MS, () => socket.destroy());
    socket.once('close', cancel);
  };
}

const PLAIN_HTTP_ANSWER = writeResponse(
  new AppError('bad_request', 'this is the HTTPS port of the registry: use https:// with the same address'),
);

/** Answers plain HTTP on the TLS port with a sentence. Anything else that is no TLS is just closed. */
function answerPlainHttp(error: NodeJS.ErrnoException, socket: unknown): void {
  if (error.code !== 'ERR_SSL_HTTP_REQUEST') return;
  // The only way to the connection below the failed TLS; should it be gone one day, the client gets a bare close.
  const below = (socket as { _parent?: Socket })._parent;
  if (below?.writable === true) below.end(PLAIN_HTTP_ANSWER);
}

/** What Node's parser lets through and we do not; undefined for a sound request. */
function explainUnsound({ rawHeaders, headers, httpVersion }: IncomingMessage): AppError | undefined {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2)
    if (rawHeaders[index]?.length === 4 && rawHeaders[index]?.toLowerCase() === 'host') hosts++;
  // Two names: whoever stands before us may have heeded the other one (RFC 9112, section 3.2).
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1'))
    return new AppError('bad_request', 'the request needs one Host header');
  // The body would be stored as the other coding wrapped it (RFC 9112, section 6.1).
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    return new AppError('bad_request', 'chunked is the only Transfer-Encoding that is understood here');
  return undefined;
}

/** Makes `GET http://name/path` what it means: `GET /path` with that Host (RFC 9112, section 3.2.2). */
function readAbsoluteForm(request: IncomingMessage): void {
  const absolute = /^https?:\/\/([^/?#]*)([^#]*)/i.exec(request.url ?? '');
  if (!absolute) return;
  const [, host = '', path = ''] = absolute;
  request.headers.host = host;
  request.url = path.startsWith('/') ? path : `/${path}`;
}

/** Refuses requests that are not sound; everything else goes on to the handler. */
function refuseUnsound(handler: RequestListener): RequestListener {
  return (request, response) => {
    const unsound = explainUnsound(request);
    if (!unsound) {
      if (request.url?.startsWith('/') === false) readAbsoluteForm(request);
      return handler(request, response);
    }
    const { status, body } = encodeError(unsound, 'oci');
    const text = Buffer.from(JSON.stringify(body));
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': text.byteLength,
      connection: 'close',
    });
    response.end(text);
  };
}

/**
 * Node's list of connections, by which it ends them when the server stops, begins after the handshake: one that never
 * shakes hands would hold up the stop.
 */
function endHandshakesToo(server: TlsServer): void {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const closeAllConnections = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeAllConnections();
    for (const socket of open) socket.destroy();
  };
}

/** Makes the HTTP server, or with `tls` the HTTPS server, that hands its requests to `handler`. HTTP/1.1 only. */
export function createListener(handler: RequestListener, { limits, tls }: ListenerOptions): Server {
  const options: ServerOptions = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headerTimeoutMs,
    // A 10 GB layer takes as long as it takes; only silence ends a request.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(CHECK_MS, limits.headerTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    noDelay: true,
    // Refused below, with a body.
    requireHostHeader: false,
  };
  const listener = refuseUnsound(handler);
  const server = tls
    ? createTlsServer({ ...options, ...secureOptions(tls), handshakeTimeout: HANDSHAKE_MS }, listener)
    : createServer(options, listener);
  server.maxHeadersCount = MAX_HEADERS;
  server.setTimeout(limits.idleTimeoutMs);
  if (limits.maxConnections !== undefined) server.maxConnections = limits.maxConnections;
  if (server instanceof TlsServer) {
    server.on('tlsClientError', answerPlainHttp);
    endHandshakesToo(server);
  }
  return server;
}

const resolveName = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address);

/**
 * Serves the other addresses of a name as well: `localhost` is 127.0.0.1 and ::1. One that cannot be had is left out.
 * Resolves to what ends it: requests under way may end, for 2.5 s, then they are cut.
 */
export async function listenAtOtherAddresses(
  server: Server,
  { host, clock }: { host: string; clock: Clock },
  resolve: (host: string) => Promise<readonly string[]> = resolveName,
): Promise<() => Promise<void>> {
  const bound = server.address();
  if (bound === null || typeof bound === 'string' || isIP(host) !== 0) return () => Promise.resolve();
  const others: NetServer[] = [];
  const sockets = new Set<Socket>();
  for (const address of (await resolve(host)).filter((each) => each !== bound.address)) {
    const other = createNetServer((socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      server.emit('connection', socket);
    });
    if (server.maxConnections !== undefined) other.maxConnections = server.maxConnections;
    const isListening = await new Promise<boolean>((settle) => {
      // Later ones as well: what fails there must not end the process.
      other.on('error', () => settle(false));
      other.listen({ host: address, port: bound.port, noDelay: true }, () => settle(true));
    });
    if (isListening) others.push(other);
  }
  return async () => {
    const cancel = clock.after(DRAIN_MS, () => sockets.forEach((socket) => void socket.destroy()));
    const closed = others.map((other) => new Promise<void>((done) => void other.close(() => done())));
    // The server counts only its own connections, so what came here is waited for here.
    server.closeIdleConnections();
    await Promise.all(closed);
    cancel();
  };
}

/** From now on new connections get this certificate. Those that are open keep theirs. */
export function replaceCertificate(server: Server, pair: TlsPair): void {
  if (server instanceof TlsServer) server.setSecureContext(secureOptions(pair));
}
