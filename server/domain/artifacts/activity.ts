import type { Principal } from '../../access/principal.ts';
import { principalName } from '../../access/principal.ts';
import type { Database, Tx } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Digest } from '../../lib/digest.ts';

const FLUSH_MS = 1_000;
/** More distinct pulls than this in one second are counted, but not each written to the audit log. */
const MAX_AUDITED = 1_000;
/** Distinct pulls held before they are written without waiting for the second to end. */
const MAX_HELD = 10_000;

export interface Pull {
  readonly artifactId: number;
  readonly repositoryId: number;
  readonly tagId: number | null;
  readonly projectId: number;
  /** `project/repository:tag` or `...@digest`. */
  readonly resource: string;
  readonly principal: Principal;
}

/**
 * What reading leaves behind (pull counts, pull times, "this blob was just seen"), counted in memory and written each
 * second: the hot path does no write. A crash loses at most the last second of it, and nothing else.
 */
export interface Activity {
  /** Counts a pull. The same object may be given again, which costs least. */
  pulled(pull: Pull, requestId: string): void;
  blobSeen(digest: Digest): void;
  /** Writes what is counted now. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

interface Counted {
  count: number;
  atMs: number;
  /** Of the last of them. */
  requestId: string;
}
type Counts = Map<number, { count: number; atMs: number }>;

function add(counts: Counts, id: number, more: Counted): void {
  const entry = counts.get(id);
  counts.set(id, {
    count: (entry?.count ?? 0) + more.count,
    atMs: Math.max(entry?.atMs ?? 0, more.atMs),
  });
}

/** Sums the pulls by what is counted, and keeps one of each caller and resource for the audit log. */
function sumUp(pulls: ReadonlyMap<Pull, Counted>) {
  const [artifacts, repositories, tags]: [Counts, Counts, Counts] = [new Map(), new Map(), new Map()];
  const audited = new Map<string, { readonly pull: Pull; readonly requestId: string }>();
  for (const [pull, counted] of pulls) {
    add(artifacts, pull.artifactId, counted);
    add(repositories, pull.repositoryId, counted);
    if (pull.tagId !== null) add(tags, pull.tagId, counted);
    if (audited.size < MAX_AUDITED) {
      const { requestId } = counted;
      audited.set(`${principalName(pull.principal)} ${pull.resource}`, { pull, requestId });
    }
  }
  return { artifacts, repositories, tags, audited };
}

async function writePulls(tx: Tx, audit: AuditTrail, pulls: ReadonlyMap<Pull, Counted>): Promise<void> {
  const { artifacts, repositories, tags, audited } = sumUp(pulls);
  // A push locks its repository before its artifacts: the other way round the two would wait for each other.
  for (const [id, { count }] of repositories) {
    await tx
      .updateTable('repository')
      .set((eb) => ({ pull_count: eb('pull_count', '+', count) }))
      .where('id', '=', id)
      .execute();
  }
  for (const [id, { count, atMs }] of artifacts) {
    await tx
      .updateTable('artifact')
      .set((eb) => ({ pull_count: eb('pull_count', '+', count), pulled_at: atMs }))
      .where('id', '=', id)
      .execute();
  }
  for (const [id, { atMs }] of tags)
    await tx.updateTable('tag').set({ pulled_at: atMs }).where('id', '=', id).execute();
  for (const { pull, requestId } of audited.values()) {
    await audit.record(tx, {
      actor: { principal: pull.principal, requestId },
      operation: 'pull',
      resourceType: 'artifact',
      resource: pull.resource,
      projectId: pull.projectId,
    });
  }
}

export function createActivity(deps: {
  db: Database;
  audit: AuditTrail;
  clock: Clock;
  onFailure: (error: unknown) => void;
}): Activity {
  const { db, clock } = deps;
  let pulls = new Map<Pull, Counted>();
  let seen = new Map<Digest, number>();
  let cancelTimer: (() => void) | undefined;
  let flushing: Promise<void> = Promise.resolve();

  function schedule(): void {
    cancelTimer ??= clock.after(FLUSH_MS, () => {
      cancelTimer = undefined;
      flush().catch(deps.onFailure);
    });
  }

  async function write(): Promise<void> {
    const batch = { pulls, seen };
    if (batch.pulls.size + batch.seen.size === 0) return;
    [pulls, seen] = [new Map(), new Map()];
    await db.tx(async (tx) => {
      await writePulls(tx, deps.audit, batch.pulls);
      for (const [digest, at] of batch.seen)
        await tx.updateTable('blob').set({ seen_at: at }).where('digest', '=', digest).execute();
    });
  }

  function flush(): Promise<void> {
    flushing = flushing.catch(() => undefined).then(write);
    return flushing;
  }

  return {
    pulled(pull, requestId) {
      const counted = pulls.get(pull);
      if (counted) {
        counted.count++;
        counted.atMs = clock.now();
        counted.requestId = requestId;
        return;
      }
      pulls.set(pull, { count: 1, atMs: clock.now(), requestId });
      if (pulls.size === MAX_HELD) flush().catch(deps.onFailure);
      else schedule();
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
