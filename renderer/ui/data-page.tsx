import { Button } from '@mantine/core';
import { useIntersection } from '@mantine/hooks';
import {
  type InfiniteData,
  type QueryKey,
  useQueryClient,
  type UseInfiniteQueryResult,
} from '@tanstack/react-query';
import { useRouterState } from '@tanstack/react-router';
import './data-page.css';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Page } from '../api/client.ts';
import { flatten, freshPages } from '../api/paging.ts';
import { EmptyState, FailedState, SkeletonRows } from './states.tsx';
import { type Column, Table, type TableSort } from './table.tsx';
import type { RowKeys } from './table-keys.ts';
import type { Selection } from './table-selection.ts';

export interface DataPageProps<T> {
  query: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  columns: Column<T>[];
  idOf: (row: T) => string | number;
  /** What the table holds, for the message when it cannot be loaded. */
  what: string;
  empty: ReactNode;
  /** Set while a filter is on: said when nothing matches, and how to take it off. */
  filtered?: { text: string; clear: () => void } | undefined;
  selection?: Selection<T> | undefined;
  /** Server-side sort: a field name, `-` before it for descending. */
  sort?: TableSort;
  /** What `c` and Del do with a row. */
  keys?: RowKeys<T>;
}

/** A table that loads as one scrolls, with its loading, empty, nothing-matches and error states. */
export function DataPage<T>(props: DataPageProps<T>) {
  const { query, what, empty, filtered, idOf } = props;
  const { t } = useTranslation();
  const held = useHeldRows(query, idOf, (props.selection?.selected.length ?? 0) > 0);
  const changed = useChangedList(query.data);
  const all = flatten(query.data);
  if (query.isError && !query.data) {
    return <FailedState what={what} error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (!held.rows) return <SkeletonRows />;
  // Some lists look through much before they find a row.
  if (held.rows.length === 0 && query.hasNextPage) {
    return (
      <>
        <SkeletonRows />
        <MoreRows query={query} />
      </>
    );
  }
  if (held.rows.length === 0 && filtered) {
    return (
      <EmptyState text={filtered.text}>
        <Button onClick={filtered.clear}>{t('action.clearFilters')}</Button>
      </EmptyState>
    );
  }
  if (held.rows.length === 0) return <>{empty}</>;
  return (
    <div className="b-data" onMouseEnter={held.hold} onMouseLeave={held.release}>
      {query.isFetching && !query.isFetchingNextPage && <div className="b-fetch-bar" />}
      {held.waiting > 0 && (
        <Button className="b-new-rows" variant="light" onClick={held.renew}>
          {t('table.new', { count: held.waiting })}
        </Button>
      )}
      {changed && (
        <Button className="b-new-rows" variant="light" onClick={changed.show}>
          {t('table.changed')}
        </Button>
      )}
      <Table
        rows={held.rows}
        columns={props.columns}
        idOf={idOf}
        total={all.isTotalKnown ? all.total : undefined}
        label={what}
        selection={props.selection}
        sort={props.sort}
        keys={props.keys}
      />
      <MoreRows query={query} />
    </div>
  );
}

/**
 * Set when a list changed that is loaded so far that it is not read anew by itself: rows would be exchanged under the eyes
 * of whoever reads in its middle, for a hundred requests. `show` reads it from its front.
 */
function useChangedList<T>(data: InfiniteData<Page<T>> | undefined): { show: () => void } | null {
  const client = useQueryClient();
  const [changed, setChanged] = useState<QueryKey | null>(null);
  const isLong = (data?.pages.length ?? 0) > freshPages;
  useEffect(() => {
    if (!isLong) return;
    return client.getQueryCache().subscribe((event) => {
      if (event.type !== 'updated' || event.action.type !== 'invalidate') return;
      if (event.query.state.data === data) setChanged(event.query.queryKey);
    });
  }, [client, data, isLong]);
  if (!isLong || changed === null) return null;
  const show = (): void => {
    setChanged(null);
    globalThis.scrollTo({ top: 0 });
    void client.resetQueries({ queryKey: changed, exact: true });
  };
  return { show };
}

/** The end of the table: the next page loads when it comes into sight. */
function MoreRows<T>({ query }: Pick<DataPageProps<T>, 'query'>) {
  const { t } = useTranslation();
  const { ref, entry } = useIntersection({ rootMargin: '400px' });
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isFetchNextPageError } = query;
  const inSight = entry?.isIntersecting === true;
  useEffect(() => {
    if (inSight && hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [inSight, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  if (!hasNextPage) return null;
  return (
    <div ref={ref} className="b-more">
      <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {t('table.loadMore')}
      </Button>
    </div>
  );
}

/**
 * Rows that do not move under the pointer: while it is over the table, or rows are selected, what is
 * already shown is kept up to date and what is new above it waits until asked for.
 */
function useHeldRows<T>(
  query: DataPageProps<T>['query'],
  idOf: DataPageProps<T>['idOf'],
  selecting: boolean,
): { rows: T[] | undefined; waiting: number; hold: () => void; release: () => void; renew: () => void } {
  const [pointed, setPointed] = useState(false);
  const [known, setKnown] = useState<ReadonlySet<string | number> | null>(null);
  const all = useMemo(() => flatten(query.data).rows, [query.data]);
  const ids = (): Set<string | number> => new Set(all?.map((row) => idOf(row)));
  const holding = pointed || selecting;
  // A page more, or another filter, is what the person asked for: all of it counts as known.
  // Filters are in the address; what an earlier one found may be known already, and is there at once.
  const address = useRouterState({ select: ({ location }) => location.searchStr });
  const asked = `${address}:${query.data?.pages.length ?? 0}:${query.isPlaceholderData}`;
  const answered = useRef(asked);
  useEffect(() => {
    setKnown(holding ? ids() : null);
    // oxlint-disable-next-line react/exhaustive-deps -- new data alone must not make itself known
  }, [holding, asked]);
  useEffect(() => {
    // The first rows after another question are its answer, also where they come a moment after it.
    if (answered.current === asked) return;
    answered.current = asked;
    if (holding) setKnown(ids());
    // oxlint-disable-next-line react/exhaustive-deps -- only new rows answer
  }, [all]);
  // What follows the last known row moves nothing: rows deleted above it only let it come into sight.
  const lastKnown = known && all ? all.findLastIndex((row) => known.has(idOf(row))) : -1;
  const rows = known ? all?.filter((row, at) => at > lastKnown || known.has(idOf(row))) : all;
  return {
    rows,
    waiting: (all?.length ?? 0) - (rows?.length ?? 0),
    hold: () => setPointed(true),
    release: () => setPointed(false),
    renew: () => setKnown(ids()),
  };
}
