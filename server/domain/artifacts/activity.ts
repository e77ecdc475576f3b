import type { Principal } from '../../access/principal.ts';
import { principalName } from '../../access/principal.ts';
import type { Database } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Digest } from '../../lib/digest.ts';

const FLUSH_MS = 1_000;
/** More distinct pulls than this in one second are counted, but not each written to the audit log. */
const MAX_AUDITED = 1_000;

export interface Pull {
  readonly artifactId: number;
  readonly repositoryId: number;
  readonly tagId: number | null;
  readonly projectId: number;
  /** `project/repository:tag` or `...@digest`. */
  readonly resource: string;
  readonly principal: Principal;
  readonly requestId: string;
}

/**
 * What reading leaves behind (pull counts, pull times, "this blob was just seen"), counted in memory and written each
 * second: the hot path does no write. A crash loses at most the last second of it, and nothing else.
 */
export interface Activity {
  pulled(pull: Pull): void;
  blobSeen(digest: Digest): void;
  /** Writes what is counted now. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

interface Counted {
  count: number;
  at: number;
}

export function createActivity(deps: {
  db: Database;
  audit: AuditTrail;
  clock: Clock;
  onFailure: (error: unknown) => void;
}): Activity {
  const { db, clock } = deps;
  let artifacts = new Map<number, Counted>();
  let repositories = new Map<number, Counted>();
  let tags = new Map<number, number>();
  let audited = new Map<string, Pull>();
  let seen = new Map<Digest, number>();
  let cancelTimer: (() => void) | undefined;
  let flushing: Promise<void> = Promise.resolve();

  const count = (map: Map<number, Counted>, id: number): void => {
    const entry = map.get(id) ?? { count: 0, at: 0 };
    map.set(id, { count: entry.count + 1, at: clock.now() });
  };

  function schedule(): void {
    cancelTimer ??= clock.after(FLUSH_MS, () => {
      cancelTimer = undefined;
      flush().catch(deps.onFailure);
    });
  }

  async function write(): Promise<void> {
    const batch = { artifacts, repositories, tags, audited, seen };
    if (batch.artifacts.size + batch.seen.size === 0) return;
    [artifacts, repositories, tags, audited, seen] = [new Map(), new Map(), new Map(), new Map(), new Map()];
    await db.tx(async (tx) => {
      for (const [id, { count: more, at }] of batch.artifacts) {
        await tx
          .updateTable('artifact')
          .set((eb) => ({ pull_count: eb('pull_count', '+', more), pulled_at: at }))
          .where('id', '=', id)
          .execute();
      }
      for (const [id, { count: more }] of batch.repositories) {
        await tx
          .updateTable('repository')
          .set((eb) => ({ pull_count: eb('pull_count', '+', more) }))
          .where('id', '=', id)
          .execute();
      }
      for (const [id, at] of batch.tags)
        await tx.updateTable('tag').set({ pulled_at: at }).where('id', '=', id).execute();
      for (const [digest, at] of batch.seen)
        await tx.updateTable('blob').set({ seen_at: at }).where('digest', '=', digest).execute();
      for (const pull of batch.audited.values()) {
        await deps.audit.record(tx, {
          actor: pull,
          operation: 'pull',
          resourceType: 'artifact',
          resource: pull.resource,
          projectId: pull.projectId,
        });
      }
    });
  }

  function flush(): Promise<void> {
    flushing = flushing.catch(() => undefined).then(write);
    return flushing;
  }

  return {
    pulled(pull) {
      count(artifacts, pull.artifactId);
      count(repositories, pull.repositoryId);
      if (pull.tagId !== null) tags.set(pull.tagId, clock.now());
      if (audited.size < MAX_AUDITED) audited.set(`${principalName(pull.principal)} ${pull.resource}`, pull);
      schedule();
    },
    blobSeen(digest) {
      seen.set(digest, clock.now());
      schedule();
    },
    flush,
    async stop() {
      cancelTimer?.();
      await flush();
    },
  };
}
