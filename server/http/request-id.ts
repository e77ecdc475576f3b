import type { IncomingMessage } from 'node:http';
import type { Ids } from '../lib/ids.ts';

/** The caller's X-Request-Id, if it is fit for a log line, else a new one. */
export function requestIdOf(request: IncomingMessage, ids: Ids): string {
  const sent = request.headers['x-request-id'];
  return typeof sent === 'string' && /^[\w.:-]{1,128}$/.test(sent) ? sent : ids.uuid();
}
