import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { requestIdOf } from '../http/request-id.ts';
import type { Clock } from '../lib/clock.ts';
import type { Mark } from '../lib/freshness.ts';
import type { Ids } from '../lib/ids.ts';

const MAX_BYTES = 32 * 1024 * 1024;
/** What an entry costs beside its texts and its body, about. */
const ENTRY_BYTES = 1024;

/** Which request was answered, and where it came from. */
export interface Requester {
  readonly requestId: string;
  readonly address: string;
}

/** A reply that may be given again to the same request, as long as nothing it was derived from has changed. */
export interface HotReply {
  /** The bytes of a GET, if they are (still) in memory; undefined sends the request the long way. */
  readonly body: () => Uint8Array | undefined;
  /** What serving it leaves behind: a counted pull. */
  readonly served: (by: Requester) => unknown;
}

/** Under what a reply was decided: all of it must hold when the reply is given again. */
export interface Validity {
  /** The caller's rights, and the repository's content. */
  readonly marks: readonly Mark[];
  /** When the caller's token ends, in milliseconds since the epoch. */
  readonly untilMs: number;
}

interface Entry extends Validity, HotReply {
  /** Names and values in turn; the request id's value stands at {@link ID_AT} and is written anew each time. */
  readonly headers: string[];
}
const ID_AT = 1;

/**
 * Replies to GET and HEAD of manifests and blobs, kept with the decision that allowed them. The same token asking the
 * same again is answered without the framework, a query or a signature check, and never from what is no longer so.
 */
export interface HotReplies {
  /** Answers from memory; false when the request must go the long way. */
  serve(
    request: IncomingMessage,
    response: ServerResponse,
    addressOf: (request: IncomingMessage) => string,
  ): boolean;
  /** Keeps a 200 that is about to be sent. */
  keep(at: { request: FastifyRequest; reply: FastifyReply }, kept: HotReply, validity: Validity): void;
  /** From now on every request goes the long way: the server is closing. */
  stop(): void;
}

/** Only what depends on nothing but method, path and token. */
function keyOf(request: IncomingMessage): string | undefined {
  const { method, url, headers } = request;
  const isPlain =
    (method === 'GET' || method === 'HEAD') &&
    headers.authorization !== undefined &&
    headers.range === undefined &&
    headers['if-none-match'] === undefined &&
    headers['if-range'] === undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined;
  return isPlain ? `${method} ${url} ${headers.authorization}` : undefined;
}

function headersOf(reply: FastifyReply): string[] {
  const headers = ['x-request-id', ''];
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (name === 'x-request-id' || value === undefined) continue;
    for (const each of [value].flat()) headers.push(name, String(each));
  }
  return headers;
}

export function createHotReplies(deps: { ids: Ids; clock: Clock }): HotReplies {
  const entries = new LRUCache<string, Entry>({ maxSize: MAX_BYTES });
  let stopped = false;
  return {
    serve(request, response, addressOf) {
      if (stopped || request.url?.startsWith('/v2/') !== true) return false;
      const key = keyOf(request);
      const entry = key === undefined ? undefined : entries.get(key);
      if (!entry || entry.untilMs <= deps.clock.now() || !entry.marks.every((mark) => mark.fresh))
        return false;
      const body = request.method === 'HEAD' ? null : entry.body();
      if (body === undefined) return false;
      const requestId = requestIdOf(request, deps.ids);
      entry.served({ requestId, address: addressOf(request) });
      entry.headers[ID_AT] = requestId;
      response.writeHead(200, entry.headers);
      if (body === null) response.end();
      else response.end(body);
      return true;
    },
    keep({ request, reply }, { body, served }, validity) {
      const key = keyOf(request.raw);
      const holds = validity.untilMs > deps.clock.now() && validity.marks.every((mark) => mark.fresh);
      if (stopped || key === undefined || !holds) return;
      const size = key.length + ENTRY_BYTES + (body()?.byteLength ?? 0);
      entries.set(key, { headers: headersOf(reply), body, served, ...validity }, { size });
    },
    stop() {
      stopped = true;
      entries.clear();
    },
  };
}
