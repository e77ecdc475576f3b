import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import type { Page } from '../api/client.ts';
import { flatten } from '../api/paging.ts';
import type { BulkBarProps } from './bulk-bar.tsx';

/** More rows than this are not selected at once. */
const mostSelected = 10_000;

/**
 * What the bulk bar needs to select every row of a list: it appears when all that are loaded are selected, and loads the
 * rest, so that what is selected is a plain list of rows and nothing that comes later.
 */
export function useSelectAll<T>(
  query: UseInfiniteQueryResult<InfiniteData<Page<T>>>,
  selected: readonly T[],
  onChange: (rows: T[]) => void,
): BulkBarProps['selectAll'] {
  const [isBusy, setBusy] = useState(false);
  const { rows, total, isTotalKnown } = flatten(query.data);
  if (!isBusy && (!query.hasNextPage || !rows || selected.length < rows.length)) return undefined;
  if (isTotalKnown && total > mostSelected) return undefined;
  const load = async (): Promise<void> => {
    setBusy(true);
    let last = await query.fetchNextPage();
    while (last.hasNextPage && !last.isError && count(last.data) < mostSelected)
      last = await query.fetchNextPage();
    setBusy(false);
    onChange(flatten(last.data).rows ?? []);
  };
  return { count: isTotalKnown ? total : null, onSelect: () => void load(), isBusy };
}

const count = (data: InfiniteData<Page<unknown>> | undefined): number =>
  data?.pages.reduce((sum, page) => sum + page.items.length, 0) ?? 0;
