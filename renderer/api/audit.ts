import { queryOptions } from '@tanstack/react-query';
import { berthApi, call } from './client.ts';
import { keys } from './keys.ts';
import { fuzzy, keysetQuery, type KeysetBody } from './paging.ts';
import type { AuditEntry } from './types.ts';

export interface AuditFilter {
  /** Only what was done in this project. */
  projectId?: number | undefined;
  who?: string | undefined;
  object?: string | undefined;
  operation?: string | undefined;
  type?: string | undefined;
  result?: 'done' | 'refused' | undefined;
  within?: '1h' | '24h' | '7d' | '30d' | undefined;
  /** Moments, both included. */
  from?: string | undefined;
  to?: string | undefined;
}

const hourMs = 3_600_000;
const spanMs = { '1h': hourMs, '24h': 24 * hourMs, '7d': 168 * hourMs, '30d': 720 * hourMs };

/** The filter in Harbor's `q` language. `nowMs` is what "within" ends at. */
export function auditQ(filter: AuditFilter, nowMs: number): string | undefined {
  const from = filter.within ? new Date(nowMs - spanMs[filter.within]).toISOString() : (filter.from ?? '');
  // A minute is meant to its end.
  const to = !filter.within && filter.to ? filter.to.replace(/Z$/, ':59.999Z') : '';
  const parts = [
    filter.projectId !== undefined && `project_id=${filter.projectId}`,
    filter.who && `username=${fuzzy(filter.who)}`,
    filter.object && `resource=${fuzzy(filter.object)}`,
    filter.operation && `operation=${filter.operation}`,
    filter.type && `resource_type=${filter.type}`,
    filter.result && `operation_result=${filter.result === 'done'}`,
    (from || to) && `op_time=[${from}~${to}]`,
  ].filter(Boolean);
  return parts.join(',') || undefined;
}

/** Requests for one page, each of which looks at a part of a long log; then the page comes with what was found so far. */
const requestsPerPage = 20;

export const auditListQuery = (filter: AuditFilter) =>
  keysetQuery<AuditEntry>(keys.auditList(filter), async (request, signal) => {
    const q = auditQ(filter, Date.now());
    let page: KeysetBody<AuditEntry> = { items: [], next: request.after ?? null };
    for (let asked = 0; asked < requestsPerPage; asked++) {
      const query = { limit: request.limit, after: page.next ?? undefined, q };
      page = await call<KeysetBody<AuditEntry>>(`${berthApi}/audit`, { query, signal });
      if (page.items.length > 0 || page.next === null) break;
    }
    return page;
  });

/** One entry by its number; null where it is not there, or not the caller's to read. */
export const auditEntryQuery = (id: number) =>
  queryOptions({
    queryKey: keys.auditList({ id }),
    queryFn: async ({ signal }) => {
      const query = { limit: 1, after: id + 1 };
      const page = await call<KeysetBody<AuditEntry>>(`${berthApi}/audit`, { query, signal });
      return page.items.find((entry) => entry.id === id) ?? null;
    },
    // An entry never changes.
    staleTime: Infinity,
  });

/** Address of the same entries as a file of comma-separated values. */
export function auditCsvAddress(filter: AuditFilter): string {
  const q = auditQ(filter, Date.now());
  return `${berthApi}/audit.csv${q === undefined ? '' : `?${new URLSearchParams({ q })}`}`;
}
