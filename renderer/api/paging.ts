import { type InfiniteData, infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
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
      last.items.length > 0 && pages.length * pageSize < last.total ? pages.length + 1 : undefined,
    placeholderData: (previous: InfiniteData<Page<T>, number> | undefined) => previous,
  });
}

/** A page of a list of our own; `next` leads to the one after it, and is null at the end. */
export interface KeysetBody<T> {
  items: T[];
  next: string | null;
}

export interface KeysetRequest {
  limit: number;
  after: string | undefined;
}

/** Query of a list of our own, which goes on from a place and knows no total. */
export function keysetQuery<T>(
  queryKey: readonly unknown[],
  load: (request: KeysetRequest, signal: AbortSignal) => Promise<KeysetBody<T>>,
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: async ({ pageParam, signal }): Promise<Page<T> & KeysetBody<T>> => {
      const page = await load({ limit: pageSize, after: pageParam }, signal);
      return { ...page, total: page.items.length };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** All loaded rows and the total of a paged list. */
export function flatten<T>(data: InfiniteData<Page<T>> | undefined): {
  rows: T[] | undefined;
  total: number;
} {
  if (!data) return { rows: undefined, total: 0 };
  return { rows: data.pages.flatMap((page) => page.items), total: data.pages.at(-1)?.total ?? 0 };
}

/** Words of a filter field as a value of Harbor's `q` language: `,` would end it, so it is dropped. */
export function fuzzy(words: string): string {
  return `~${encodeURIComponent(words.replaceAll(',', ''))}`;
}
