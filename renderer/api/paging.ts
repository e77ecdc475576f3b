import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
} from '@tanstack/react-query';
import type { Page } from './client.ts';

export const pageSize = 50;

export interface PageRequest {
  page: number;
  page_size: number;
}

/** Query of a list that loads page after page while one scrolls. */
export function pagedQuery<T>(
  queryKey: readonly unknown[],
  load: (request: PageRequest, signal: AbortSignal) => Promise<Page<T>>,
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => load({ page: pageParam, page_size: pageSize }, signal),
    initialPageParam: 1,
    getNextPageParam: (last: Page<T>, pages: Page<T>[]) =>
      last.items.length > 0 && pages.length * pageSize < (last.total ?? 0) ? pages.length + 1 : undefined,
    placeholderData: (previous: InfiniteData<Page<T>, number> | undefined) => previous,
  });
}

/** A list loaded further than this is not read anew by itself: it says that it changed, and one asks. */
export const freshPages = 4;

/** The last page of a quick look is small; whoever scrolls on wants many. */
const nextSize = 100;

/** A page of a list of our own; `next` leads to the one after it, and is null at the end. */
export interface KeysetBody<T> {
  items: T[];
  next: string | null;
  /** Where `count` asked: how many match in all, null for more than are counted. */
  total?: number | null;
}

export interface KeysetRequest {
  limit: number;
  after: string | undefined;
  /** Set on the first page of a list that counts. */
  count?: true;
}

/**
 * Query of a list below /api/berth/v1: each page begins where the one before ended, so that the end of a long list is as
 * near as its front. With `counts` its first page asks how many match in all.
 */
export function keysetQuery<T>(
  queryKey: readonly unknown[],
  load: (request: KeysetRequest, signal: AbortSignal) => Promise<KeysetBody<T>>,
  { counts = false }: { counts?: boolean } = {},
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: async ({ pageParam, signal }): Promise<Page<T>> => {
      const isFirst = pageParam === undefined;
      const size = isFirst ? pageSize : nextSize;
      const request = { limit: size, after: pageParam, ...(isFirst && counts && { count: true as const }) };
      const { items, next, total = null } = await load(request, signal);
      return { items, next, total };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<T>) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: ({ state }) => ((state.data?.pages.length ?? 0) > freshPages ? 'static' : 15_000),
  });
}

export interface Flat<T> {
  rows: T[] | undefined;
  /** How many match in all; where nobody counted so far, how many are loaded. */
  total: number;
  isTotalKnown: boolean;
}

/** All loaded rows of a list and how many there are. */
export function flatten<T>(data: InfiniteData<Page<T>> | undefined): Flat<T> {
  if (!data) return { rows: undefined, total: 0, isTotalKnown: false };
  const rows = data.pages.flatMap((page) => page.items);
  const last = data.pages.at(-1);
  // Of a list from place to place the first page has the number; at its end all are here, whatever was counted.
  if (last?.next === null) return { rows, total: rows.length, isTotalKnown: true };
  const total = (last?.next === undefined ? last?.total : data.pages[0]?.total) ?? null;
  return { rows, total: Math.max(total ?? 0, rows.length), isTotalKnown: total !== null };
}

/** Words of a filter field as a value of the `q` language: `,` would end it, so it is dropped. */
export function fuzzy(words: string): string {
  return `~${encodeURIComponent(words.replaceAll(',', ''))}`;
}

/** Takes rows that are gone out of every list that is loaded below that key, also of those not read anew by themselves. */
export function dropRows<T>(
  client: QueryClient,
  queryKey: readonly unknown[],
  isGone: (row: T) => boolean,
): void {
  client.setQueriesData<InfiniteData<Page<T>>>({ queryKey }, (data) => {
    if (!Array.isArray(data?.pages)) return data;
    let dropped = 0;
    const pages = data.pages.map((page) => {
      const items = page.items.filter((row) => !isGone(row));
      dropped += page.items.length - items.length;
      return { ...page, items };
    });
    if (dropped === 0) return data;
    const total = (page: Page<T>): number | null => (page.total === null ? null : page.total - dropped);
    return { ...data, pages: pages.map((page) => ({ ...page, total: total(page) })) };
  });
}
