import type { Actor } from '../access/scope.ts';
import { principalName } from '../access/principal.ts';
import type { RegistrySettings } from '../config/registry-settings.ts';
import type { Tx } from '../db/database.ts';
import type { Clock } from '../lib/clock.ts';
import { writeDetails, type AuditDetails } from './audit-details.ts';
import { OPTIONAL_AUDIT_EVENT_TYPES } from './audit-event-types.ts';

export type AuditOperation = 'create' | 'update' | 'delete' | 'pull' | 'login' | 'logout';
export type AuditResource =
  | 'artifact'
  | 'tag'
  | 'repository'
  | 'project'
  | 'member'
  | 'label'
  | 'user'
  /** A refresh token. */
  | 'token'
  | 'blob'
  | 'configuration'
  | 'session';

export interface AuditEntry {
  /** Who did it, and from where: a scope or an actor; `registry` for what it does by itself. */
  readonly actor: Actor | 'registry';
  readonly operation: AuditOperation;
  readonly resourceType: AuditResource;
  /** What it was done to, as a person would name it: `library/app:1.0`. */
  readonly resource: string;
  readonly projectId?: number;
  readonly description?: string;
  /** What changed, each side with the same keys; a creation has no `before`, a deletion no `after`. Never a secret. */
  readonly change?: { readonly before?: AuditDetails; readonly after?: AuditDetails };
  /** False for a refused attempt, such as a wrong password. */
  readonly succeeded?: boolean;
}

/** Writes who did what, in the transaction that does it. */
export interface AuditTrail {
  record(tx: Tx, entry: AuditEntry): Promise<void>;
}

/** The user name of rows that tell what the registry did by itself: no account can have it. */
const REGISTRY_NAME = '#registry';
const ITSELF = { principal: undefined, requestId: '', address: '' };

/** PostgreSQL's text takes no NUL. */
const storable = (text: string): string => text.replaceAll('\0', '\ufffd');

export interface AuditTrailDeps {
  readonly clock: Clock;
  readonly settings: () => Pick<RegistrySettings, 'disabledAuditEventTypes'>;
}

/** Whether an administrator turned this kind of row off, and it is one that can be. Pure. */
export function isLeftOut(
  entry: Pick<AuditEntry, 'operation' | 'resourceType' | 'succeeded'>,
  disabled: readonly string[],
): boolean {
  if (disabled.length === 0 || entry.succeeded === false) return false;
  const type = `${entry.operation}_${entry.resourceType}`;
  return disabled.includes(type) && OPTIONAL_AUDIT_EVENT_TYPES.some((optional) => optional === type);
}

export function createAuditTrail(deps: AuditTrailDeps): AuditTrail {
  return {
    async record(tx, entry) {
      if (isLeftOut(entry, deps.settings().disabledAuditEventTypes)) return;
      const { principal, requestId, address } = entry.actor === 'registry' ? ITSELF : entry.actor;
      const { before, after } = entry.change ?? {};
      await tx
        .insertInto('audit_log')
        .values({
          op_time: deps.clock.now(),
          account_id: principal?.kind === 'user' ? principal.userId : null,
          username: principal ? principalName(principal) : REGISTRY_NAME,
          operation: entry.operation,
          resource: storable(entry.resource),
          resource_type: entry.resourceType,
          description: storable(
            entry.description ?? `${entry.operation} ${entry.resourceType}: ${entry.resource}`,
          ),
          succeeded: entry.succeeded === false ? 0 : 1,
          project_id: entry.projectId ?? null,
          request_id: requestId,
          address,
          before: before === undefined ? null : writeDetails(before),
          after: after === undefined ? null : writeDetails(after),
        })
        .execute();
    },
  };
}
