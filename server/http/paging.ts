import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../lib/errors.ts';
import {
  parseFilters,
  parseSort,
  type KeysetPage,
  type KeysetRequest,
  type ListRequest,
} from '../lib/list-query.ts';

const DEFAULT_SIZE = 10;
/** What `page_size=0` ("all") stands for, so that one request cannot ask for a million rows. */
const ALL_ROWS = 10_000;

export interface ListQueryInput {
  readonly page?: number;
  readonly page_size?: number;
  readonly q?: string;
  readonly sort?: string;
}

/** The list that a query asks for. Throws `bad_request` when its `q` cannot be read. */
export function readListRequest(query: ListQueryInput): ListRequest {
  const size = query.page_size ?? DEFAULT_SIZE;
  const page = Math.max(1, query.page ?? 1);
  return {
    filters: parseFilters(query.q),
    sort: parseSort(query.sort),
    limit: size === 0 ? ALL_ROWS : size,
    offset: size === 0 ? 0 : (page - 1) * size,
  };
}

const DEFAULT_LIMIT = 50;

export interface KeysetQueryInput {
  readonly limit?: number;
  readonly after?: string;
  readonly count?: boolean;
  readonly q?: string;
  readonly sort?: string;
}

/** The rows from a place on that a query asks for. Throws `bad_request` when its `q` or `sort` cannot be read. */
export function readKeysetRequest(query: KeysetQueryInput): KeysetRequest {
  const [sort, ...more] = parseSort(query.sort);
  if (more.length > 0) throw new AppError('bad_request', 'sort: this list is sorted by one key');
  return {
    filters: parseFilters(query.q),
    sort,
    limit: query.limit ?? DEFAULT_LIMIT,
    after: query.after,
    counts: query.count ?? false,
  };
}

/** The reply to it. */
export const presentKeyset = <T, B>({ items, next, total }: KeysetPage<T>, present: (item: T) => B) => ({
  items: items.map(present),
  next,
  ...(total === undefined ? {} : { total }),
});

function linkTo(request: FastifyRequest, page: number, size: number): string {
  const url = new URL(request.url, 'http://relative');
  url.searchParams.set('page', String(page));
  url.searchParams.set('page_size', String(size));
  url.searchParams.sort();
  // Harbor writes the query decoded. What would break the header, or mean something else when followed, stays encoded.
  const encoded = url.searchParams.toString();
  const decoded = decodeURIComponent(encoded.replaceAll('+', ' '));
  const isSafe = /^[\x20-\x7e]*$/.test(decoded) && !/[<>#]/.test(decoded);
  const query = isSafe && new URLSearchParams(decoded).toString() === encoded ? decoded : encoded;
  return `<${url.pathname}?${query}>`;
}

/** Sets `X-Total-Count` and `Link` as Harbor writes them: relative, with `prev` before `next`. */
export function setPageHeaders(request: FastifyRequest, reply: FastifyReply, total: number): void {
  reply.header('X-Total-Count', String(total));
  const { page: asked, page_size: size = DEFAULT_SIZE } = request.query as ListQueryInput;
  if (size === 0) return;
  const page = Math.max(1, asked ?? 1);
  const links: string[] = [];
  if (page > 1 && (page - 1) * size <= total) links.push(`${linkTo(request, page - 1, size)}; rel="prev"`);
  if (page * size < total) links.push(`${linkTo(request, page + 1, size)}; rel="next"`);
  if (links.length > 0) reply.header('Link', links.join(' , '));
}
