import type { Principal } from '../../access/principal.ts';
import type { Database } from '../../db/database.ts';
import { AppError } from '../../lib/errors.ts';
import type { ListRequest, ResultPage } from '../../lib/list-query.ts';
import { selectRecords, type AuditRecord } from './store.ts';

export interface AuditLog {
  /** The log that the caller may read, newest first unless sorted otherwise. Throws `unauthorized` for nobody. */
  list(principal: Principal, request: ListRequest): Promise<ResultPage<AuditRecord>>;
}

/** Reads the audit log; it is written by `events/audit.ts` in the transactions of what it tells. */
export function createAuditLog(deps: { db: Database }): AuditLog {
  return {
    list(principal, request) {
      if (principal.kind !== 'user')
        throw new AppError('unauthorized', 'sign in first to read the audit log');
      return selectRecords(deps.db.read, principal, request);
    },
  };
}
