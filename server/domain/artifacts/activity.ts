import type { Principal } from '../../access/principal.ts';
import type { Actor } from '../../access/scope.ts';
import type { Database, Tx } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Digest } from '../../lib/digest.ts';

const FLUSH_MS = 1_000;
/** More distinct pulls than this in one second are counted, but not each written to the audit log. */
const MAX_AUDITED = 1_000;
/** Distinct pulls held before they are written without waiting for the second to end. */
const MAX_HELD = 10_000;
/** Writes that fail one after the other before their counts are given up: what cannot be written must not grow. */
const MAX_FAILURES = 5;

export interface Pull {
  readonly artifactId: number;
  readonly repositoryId: number;
  readonly tagId: number | null;
  readonly projectId: number;
  /** `project/repository:tag` or `...@digest`. */
  readonly resource: string;
  readonly principal: Principal;
}

/** Which request pulled, and from where. */
export type Puller = Pick<Actor, 'requestId' | 'address'>;

/**
 * What reading leaves behind (pull counts, pull times, "this blob was just seen"), counted in memory and written each
 * second: the hot path does no write. A crash loses at most the last second of it, and nothing else.
 */
export interface Activity {
  /** Counts a pull. The same object may be given again, which costs least. */
  pulled(pull: Pull, by: Puller): void;
  /** Notes a push to the project; one without a tag is a part of another, and not counted. */
  pushed(projectId: number, hasTag: boolean): void;
  blobSeen(digest: Digest): void;
  /** Writes what is counted now. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** What happened in a project since it was last written down. */
export interface ProjectTraffic {
  pulls: number;
  pushes: number;
  /** Of its last push; undefined where there was none. */
  pushedAtMs?: number;
}

/** Writes the traffic of projects down, in the transaction that counts the pulls; by project, in order of their ids. */
export type WriteTraffic = (tx: Tx, traffic: ReadonlyMap<number, ProjectTraffic>) => Promise<void>;

interface Pushes {
  count: number;
  atMs: number;
}

interface Counted {
  count: number;
  atMs: number;
  /** The last of them. */
  by: Puller;
  /** The last of each address, once there is a second one. */
  byAddress?: Map<string, Puller>;
}

function countAddress(counted: Counted, by: Puller): void {
  if (by.address !== counted.by.address) counted.byAddress ??= new Map([[counted.by.address, counted.by]]);
  counted.by = by;
  const { byAddress } = counted;
  if (byAddress && (byAddress.size < MAX_AUDITED || byAddress.has(by.address))) byAddress.set(by.address, by);
}
type Counts = Map<number, { count: number; atMs: number }>;

function add(counts: Counts, id: number, more: Counted): void {
  const entry = counts.get(id);
  counts.set(id, {
    count: (entry?.count ?? 0) + more.count,
    atMs: Math.max(entry?.atMs ?? 0, more.atMs),
  });
}

/** Sums the pulls by what is counted, and keeps one of each caller, address and resource for the audit log. */
function sumUp(pulls: ReadonlyMap<Pull, Counted>) {
  const [artifacts, repositories, tags]: [Counts, Counts, Counts] = [new Map(), new Map(), new Map()];
  const audited = new Map<string, { readonly pull: Pull; readonly by: Puller }>();
  for (const [pull, counted] of pulls) {
    add(artifacts, pull.artifactId, counted);
    add(repositories, pull.repositoryId, counted);
    if (pull.tagId !== null) add(tags, pull.tagId, counted);
    const account = pull.principal.kind === 'user' ? pull.principal.userId : 0;
    for (const by of counted.byAddress?.values() ?? [counted.by]) {
      if (audited.size === MAX_AUDITED) break;
      audited.set(`${account} ${by.address} ${pull.resource}`, { pull, by });
    }
  }
  return { artifacts, repositories, tags, audited };
}

const inOrder = (counts: Counts) => [...counts].toSorted(([a], [b]) => a - b);

async function writePulls(tx: Tx, audit: AuditTrail, pulls: ReadonlyMap<Pull, Counted>): Promise<void> {
  const { artifacts, repositories, tags, audited } = sumUp(pulls);
  // A push locks its repository before its artifacts: the other way round the two would wait for each other. For the same
  // reason two of these writes, of two nodes, take their rows in the same order.
  for (const [id, { count }] of inOrder(repositories)) {
    await tx
      .updateTable('repository')
      .set((eb) => ({ pull_count: eb('pull_count', '+', count) }))
      .where('id', '=', id)
      .execute();
  }
  for (const [id, { count, atMs }] of inOrder(artifacts)) {
    await tx
      .updateTable('artifact')
      .set((eb) => ({ pull_count: eb('pull_count', '+', count), pulled_at: atMs }))
      .where('id', '=', id)
      .execute();
  }
  for (const [id, { atMs }] of inOrder(tags))
    await tx.updateTable('tag').set({ pulled_at: atMs }).where('id', '=', id).execute();
  for (const { pull, by } of audited.values()) {
    await audit.record(tx, {
      actor: { principal: pull.principal, ...by },
      operation: 'pull',
      resourceType: 'artifact',
      resource: pull.resource,
      projectId: pull.projectId,
    });
  }
}

/** What each project was pulled and pushed. */
function sumTraffic(
  pulls: ReadonlyMap<Pull, Counted>,
  pushes: ReadonlyMap<number, Pushes>,
): Map<number, ProjectTraffic> {
  const traffic = new Map<number, ProjectTraffic>();
  const of = (projectId: number): ProjectTraffic => {
    const found = traffic.get(projectId) ?? { pulls: 0, pushes: 0 };
    traffic.set(projectId, found);
    return found;
  };
  for (const [pull, { count }] of pulls) of(pull.projectId).pulls += count;
  for (const [projectId, { count, atMs }] of pushes) {
    of(projectId).pushes += count;
    of(projectId).pushedAtMs = atMs;
  }
  return new Map([...traffic].toSorted(([a], [b]) => a - b));
}

export function createActivity(deps: {
  db: Database;
  audit: AuditTrail;
  clock: Clock;
  writeTraffic: WriteTraffic;
  onFailure: (error: unknown) => void;
}): Activity {
  const { db, clock } = deps;
  let pulls = new Map<Pull, Counted>();
  let pushes = new Map<number, Pushes>();
  let seen = new Map<Digest, number>();
  let cancelTimer: (() => void) | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let failures = 0;

  function schedule(): void {
    cancelTimer ??= clock.after(FLUSH_MS, () => {
      cancelTimer = undefined;
      flush().catch(deps.onFailure);
    });
  }

  function countPushes(projectId: number, count: number, atMs: number): void {
    pushes.set(projectId, { count: (pushes.get(projectId)?.count ?? 0) + count, atMs });
  }

  /** What could not be written is counted with what came meanwhile. */
  function putBack(batch: { pulls: typeof pulls; pushes: typeof pushes; seen: typeof seen }): void {
    const later = { pulls, pushes, seen };
    ({ pulls, pushes, seen } = batch);
    for (const [pull, more] of later.pulls) {
      const counted = pulls.get(pull);
      if (!counted) {
        pulls.set(pull, more);
        continue;
      }
      counted.count += more.count;
      counted.atMs = more.atMs;
      for (const by of more.byAddress?.values() ?? [more.by]) countAddress(counted, by);
    }
    for (const [digest, at] of later.seen) seen.set(digest, at);
    for (const [projectId, { count, atMs }] of later.pushes) countPushes(projectId, count, atMs);
    schedule();
  }

  async function write(): Promise<void> {
    const batch = { pulls, pushes, seen };
    if (batch.pulls.size + batch.pushes.size + batch.seen.size === 0) return;
    [pulls, pushes, seen] = [new Map(), new Map(), new Map()];
    try {
      await db.tx(async (tx) => {
        await writePulls(tx, deps.audit, batch.pulls);
        await deps.writeTraffic(tx, sumTraffic(batch.pulls, batch.pushes));
        for (const [digest, at] of [...batch.seen].toSorted(([a], [b]) => (a < b ? -1 : 1)))
          await tx.updateTable('blob').set({ seen_at: at }).where('digest', '=', digest).execute();
      });
      failures = 0;
    } catch (error) {
      failures++;
      if (failures < MAX_FAILURES) putBack(batch);
      throw error;
    }
  }

  function flush(): Promise<void> {
    flushing = flushing.catch(() => undefined).then(write);
    return flushing;
  }

  return {
    pulled(pull, { requestId, address }) {
      // Of the caller's object only this is kept: it may be a whole scope.
      const by = { requestId, address };
      const counted = pulls.get(pull);
      if (counted) {
        counted.count++;
        counted.atMs = clock.now();
        countAddress(counted, by);
        return;
      }
      pulls.set(pull, { count: 1, atMs: clock.now(), by });
      if (pulls.size === MAX_HELD) flush().catch(deps.onFailure);
      else schedule();
    },
    pushed(projectId, hasTag) {
      countPushes(projectId, hasTag ? 1 : 0, clock.now());
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
