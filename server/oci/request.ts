import type { FastifyRequest } from 'fastify';
import { bodyOf } from '../http/raw-body.ts';
import { AppError } from '../lib/errors.ts';

/** The query, with repeated names kept; unknown names are ignored by whoever reads it. */
export function queryOf(request: FastifyRequest): URLSearchParams {
  const mark = request.raw.url?.indexOf('?') ?? -1;
  return new URLSearchParams(mark < 0 ? '' : (request.raw.url ?? '').slice(mark + 1));
}

/** The body in memory; throws `too_large` beyond the limit, having read no more than that. */
export async function readBody(request: FastifyRequest, maxBytes: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  const refuse = (): AppError => new AppError('too_large', `the body is larger than ${maxBytes} bytes`);
  if (declared > maxBytes) throw refuse();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyOf(request)) {
    size += chunk.byteLength;
    if (size > maxBytes) throw refuse();
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks, size);
}

/** A page's size from `n`; undefined when the client leaves it to us. */
export function pageSize(query: URLSearchParams): number | undefined {
  const text = query.get('n');
  if (text === null) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new AppError('page_invalid', `n=${text.slice(0, 40)}: give a number of entries, 0 or more`);
  return Number(text);
}
