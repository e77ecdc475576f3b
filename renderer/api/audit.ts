import { callPage, harborApi } from './client.ts';
import { keys } from './keys.ts';
import { fuzzy, pagedQuery } from './paging.ts';
import type { AuditEntry } from './types.ts';

export interface AuditFilter {
  who?: string | undefined;
  operation?: string | undefined;
}

export const auditListQuery = (filter: AuditFilter) =>
  pagedQuery<AuditEntry>(keys.auditList(filter), (request, signal) => {
    const q = [
      filter.who && `username=${fuzzy(filter.who)}`,
      filter.operation && `operation=${filter.operation}`,
    ].filter(Boolean);
    return callPage(`${harborApi}/auditlog-exts`, {
      query: { ...request, q: q.join(',') || undefined },
      signal,
    });
  });
