import type { Actor, ProjectScope } from '../../access/scope.ts';
import type { Database } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import type { BlobStorage } from '../../storage/port.ts';
import type { Labels } from '../labels/index.ts';
import type { ChangeGuard } from './change-guard.ts';
import type { PushGuard } from './push-guard.ts';

/** What the records of artifacts are built of. */
export interface RecordDeps {
  readonly db: Database;
  readonly storage: BlobStorage;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly labels: Pick<Labels, 'attach' | 'detach'>;
  /** Asked before anything is copied here, as before a push. */
  readonly guards: readonly PushGuard[];
  /** Asked before tags change. */
  readonly changeGuards: readonly ChangeGuard[];
  /** The other project of a copy, which the actor must be allowed to read; a missing one reads like a foreign one. */
  readonly enterSource: (actor: Actor, projectName: string) => Promise<ProjectScope>;
}
