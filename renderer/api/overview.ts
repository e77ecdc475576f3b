import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { berthApi, call } from './client.ts';
import { keys } from './keys.ts';
import type { Overview } from './types.ts';

/** Pulls and what is stored change without an event. */
const renewMs = 60_000;

/** The numbers of the last `days` days. Throws ApiError. */
export const overviewQuery = (days: number) =>
  queryOptions({
    queryKey: keys.overviewOf(days),
    queryFn: ({ signal }) => call<Overview>(`${berthApi}/overview`, { query: { days }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: renewMs,
  });
