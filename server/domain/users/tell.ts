import type { Tx } from '../../db/database.ts';
import type { AuditEntry, AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';

export interface Told {
  readonly actor: AuditEntry['actor'];
  readonly operation: 'create' | 'update' | 'delete';
  readonly user: { readonly id: number; readonly username: string };
  readonly description?: string;
  /** By the names of the API. */
  readonly change?: NonNullable<AuditEntry['change']>;
}

/**
 * Belongs into every transaction that changes an account: the audit log's row, and the event that caches of accounts and
 * rights live by.
 */
export async function tellChange(
  deps: { readonly audit: AuditTrail; readonly outbox: Outbox },
  tx: Tx,
  { user, ...told }: Told,
): Promise<void> {
  await deps.audit.record(tx, { ...told, resourceType: 'user', resource: user.username });
  await deps.outbox.record(tx, { kind: 'user.changed', payload: { accountId: user.id } });
}
