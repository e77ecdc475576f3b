import { Agent, request as send, type IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Registry } from '#test/support/registry-client.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

export interface Request {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | AsyncIterable<Buffer>;
}

export interface Connection {
  /** Sends a request and reads the reply to its end; rejects when the line breaks before the status is read. */
  readonly send: (method: string, path: string, request?: Request) => Promise<Reply>;
  /** Closes what is kept open. */
  readonly close: () => void;
}

/** Longer than any disk here takes: a server that says no more is at fault. */
const SILENCE_MS = 30_000;

/** A client with one bearer token for all of these repositories, so that no password is checked each time. */
export async function connect(registry: Registry, repositories: readonly string[]): Promise<Connection> {
  const scopes = new URLSearchParams({ service: 'berth' });
  for (const repository of repositories) scopes.append('scope', `repository:${repository}:pull,push,delete`);
  const agent = new Agent({ keepAlive: true });
  const basic = Buffer.from(`${registry.user}:${registry.password}`).toString('base64');
  const headers = { authorization: `Basic ${basic}` };
  const url = new URL(`/service/token?${scopes}`, registry.origin);
  const issued = await exchange(url, { agent, method: 'GET', headers });
  if (issued.status !== 200) throw new Error(`no token: ${issued.status} ${issued.bytes.toString()}`);
  const { token } = JSON.parse(issued.bytes.toString()) as { token: string };
  return {
    send: (method, path, { headers = {}, body } = {}) => {
      const all = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/octet-stream',
        ...(Buffer.isBuffer(body) ? { 'content-length': String(body.length) } : {}),
        ...headers,
      };
      return exchange(new URL(path, registry.origin), { agent, method, headers: all }, body);
    },
    close: () => agent.destroy(),
  };
}

function exchange(
  url: URL,
  options: { agent: Agent; method: string; headers: Record<string, string> },
  body?: Request['body'],
): Promise<Reply> {
  return new Promise((done, fail) => {
    const request = send(url, options, (reply) => {
      const { statusCode: status = 0, headers } = reply;
      const chunks: Buffer[] = [];
      reply.on('data', (chunk: Buffer) => chunks.push(chunk));
      // The status is the acknowledgement, also when the server dies before the rest of the reply.
      reply.on('error', () => {});
      reply.on('close', () => done({ status, headers, bytes: Buffer.concat(chunks) }));
    });
    request.on('error', fail);
    request.setTimeout(SILENCE_MS, () =>
      request.destroy(new Error(`no byte came for ${SILENCE_MS / 1000} s`)),
    );
    if (body === undefined || Buffer.isBuffer(body)) request.end(body);
    else pipeline(body, request).catch(fail);
  });
}
