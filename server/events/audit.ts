import type { Actor } from '../access/scope.ts';
import { principalName } from '../access/principal.ts';
import type { Tx } from '../db/database.ts';
import type { Clock } from '../lib/clock.ts';

export type AuditOperation = 'create' | 'update' | 'delete' | 'pull' | 'login' | 'logout';
export type AuditResource =
  | 'artifact'
  | 'tag'
  | 'repository'
  | 'project'
  | 'member'
  | 'user'
  | 'configuration';

export interface AuditEntry {
  /** Who did it: a scope or an actor. */
  readonly actor: Actor;
  readonly operation: AuditOperation;
  readonly resourceType: AuditResource;
  /** What it was done to, as a person would name it: `library/app:1.0`. */
  readonly resource: string;
  readonly projectId?: number;
  readonly description?: string;
  /** False for a refused attempt, such as a wrong password. */
  readonly succeeded?: boolean;
}

/** Writes who did what, in the transaction that does it. */
export interface AuditTrail {
  record(tx: Tx, entry: AuditEntry): Promise<void>;
}

export function createAuditTrail(deps: { clock: Clock }): AuditTrail {
  return {
    async record(tx, entry) {
      const { principal, requestId } = entry.actor;
      await tx
        .insertInto('audit_log')
        .values({
          op_time: deps.clock.now(),
          account_id: principal.kind === 'user' ? principal.userId : null,
          username: principalName(principal),
          operation: entry.operation,
          resource: entry.resource,
          resource_type: entry.resourceType,
          description: entry.description ?? `${entry.operation} ${entry.resourceType}: ${entry.resource}`,
          succeeded: entry.succeeded === false ? 0 : 1,
          project_id: entry.projectId ?? null,
          request_id: requestId,
        })
        .execute();
    },
  };
}
