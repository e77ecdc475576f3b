import {
  hashKey,
  type InfiniteData,
  type QueryKey,
  type UseInfiniteQueryResult,
} from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Page } from '../api/client.ts';
import { flatten } from '../api/paging.ts';
import type { BulkBarProps } from './bulk-bar.tsx';

/** More rows than this are not selected at once. */
const mostSelected = 10_000;

export interface SelectAllOptions<T> {
  query: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  /** What the query asks for, filter and all. */
  queryKey: QueryKey;
  selected: readonly T[];
  onChange: (rows: T[]) => void;
}

/**
 * What the bulk bar needs to select every row of a list: it appears when all that are loaded are selected, and loads the
 * rest, so that what is selected is a plain list of rows and nothing that comes later. It gives up once the selection is
 * cleared or the list is another.
 */
export function useSelectAll<T>(options: SelectAllOptions<T>): BulkBarProps['selectAll'] {
  const { query, selected, onChange } = options;
  const [isBusy, setBusy] = useState(false);
  const run = useRef(0);
  const list = hashKey(options.queryKey);
  const isEmpty = selected.length === 0;
  useEffect(
    () => () => {
      run.current += 1;
      setBusy(false);
    },
    [list, isEmpty],
  );
  const { rows, total, isTotalKnown } = flatten(query.data);
  if (!isBusy && (!query.hasNextPage || !rows || selected.length < rows.length)) return undefined;
  if (isTotalKnown && total > mostSelected) return undefined;
  const load = async (): Promise<void> => {
    const mine = ++run.current;
    setBusy(true);
    let last = await query.fetchNextPage();
    while (run.current === mine && last.hasNextPage && !last.isError && count(last.data) < mostSelected)
      last = await query.fetchNextPage();
    if (run.current !== mine) return;
    setBusy(false);
    onChange(flatten(last.data).rows ?? []);
  };
  return { count: isTotalKnown ? total : null, onSelect: () => void load(), isBusy };
}

const count = (data: InfiniteData<Page<unknown>> | undefined): number =>
  data?.pages.reduce((sum, page) => sum + page.items.length, 0) ?? 0;
