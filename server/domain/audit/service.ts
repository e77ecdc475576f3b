import type { Principal } from '../../access/principal.ts';
import type { ProjectScope } from '../../access/scope.ts';
import type { Database } from '../../db/database.ts';
import { AppError } from '../../lib/errors.ts';
import type { KeysetPage, KeysetRequest, ListRequest, ResultPage } from '../../lib/list-query.ts';
import type { AuditProjects } from './asked.ts';
import { createAuditSearch } from './search.ts';
import { selectLogProjects, type AuditDetail } from './store.ts';

export interface AuditLog {
  /** The log that the caller may read, newest first unless sorted otherwise. Throws `unauthorized` for nobody. */
  list(principal: Principal, request: ListRequest): Promise<ResultPage<AuditDetail>>;
  /** What was done in the project of the scope. */
  listProject(scope: ProjectScope, request: ListRequest): Promise<ResultPage<AuditDetail>>;
  /** The log that the caller may read, from a position on, newest first. Throws `unauthorized` for nobody. */
  from(principal: Principal, request: KeysetRequest): Promise<KeysetPage<AuditDetail>>;
}

/** Reads the audit log; it is written by `events/audit.ts` in the transactions of what it tells. */
export function createAuditLog(deps: { db: Database }): AuditLog {
  const db = deps.db.read;
  const search = createAuditSearch(db);

  /** Everything for a system administrator, else what was done in the projects whose log is the caller's to read. */
  async function readable(principal: Principal): Promise<AuditProjects> {
    if (principal.kind !== 'user') throw new AppError('unauthorized', 'sign in first to read the audit log');
    return principal.isAdmin ? 'all' : selectLogProjects(db, principal.userId);
  }

  return {
    list: async (principal, request) => search.page(await readable(principal), request),
    listProject: (scope, request) => search.page([scope.projectId], request),
    from: async (principal, request) => search.from(await readable(principal), request),
  };
}
