import { sql, type Selectable } from 'kysely';
import { afterCommit, type Database, type Tx } from '../db/database.ts';
import type { JobTable } from '../db/tables.ts';
import type { Clock } from '../lib/clock.ts';
import type { JobKind } from './catalogue.ts';

export interface NewJob {
  readonly kind: JobKind;
  /** JSON text. */
  readonly payload: string;
  /** A second job with the same key is not made. */
  readonly dedupeKey?: string;
  readonly runAtMs?: number;
}

export type Job = Selectable<JobTable>;

export interface JobQueue {
  /** Adds a job in the caller's transaction. */
  enqueue(tx: Tx, job: NewJob): Promise<void>;
  /** Takes the next due job under a lease, or one whose lease has run out; undefined when none is due. */
  claim(owner: string, leaseMs: number): Promise<Job | undefined>;
  /** Prolongs the lease; false when it was lost. */
  heartbeat(job: Job, owner: string, leaseMs: number): Promise<boolean>;
  /** Ends the job, or puts it back for `retryAtMs`. */
  settle(job: Job, outcome: { error?: string; retryAtMs?: number }): Promise<void>;
  /** Puts a job back as if it had not begun: the server stops. */
  release(job: Job): Promise<void>;
  /** When the next job is due, in epoch milliseconds. */
  nextDue(): Promise<number | undefined>;
}

export function createJobQueue(deps: { db: Database; clock: Clock; wake: () => void }): JobQueue {
  const { db, clock } = deps;
  const skipLocked = db.kind === 'postgres' ? sql`for update skip locked` : sql``;

  async function update(job: Job, values: Partial<Job>): Promise<void> {
    await db.tx((tx) => tx.updateTable('job').set(values).where('id', '=', job.id).execute());
  }
  return {
    async enqueue(tx, job) {
      const now = clock.now();
      const inserted = await tx
        .insertInto('job')
        .values({
          kind: job.kind,
          payload: job.payload,
          state: 'pending',
          dedupe_key: job.dedupeKey ?? null,
          run_at: job.runAtMs ?? now,
          attempts: 0,
          lease_owner: null,
          lease_until: null,
          error: null,
          created_at: now,
          finished_at: null,
        })
        .onConflict((conflict) => conflict.column('dedupe_key').doNothing())
        .returning('id')
        .executeTakeFirst();
      if (inserted) afterCommit(deps.wake);
    },
    async claim(owner, leaseMs) {
      const now = clock.now();
      return db.tx(async (tx) => {
        const claimed = await sql<Job>`
          update job set state = 'running', attempts = attempts + 1, lease_owner = ${owner}, lease_until = ${now + leaseMs}
          where id = (
            select id from job
            where (state = 'pending' and run_at <= ${now}) or (state = 'running' and lease_until < ${now})
            order by run_at, id limit 1 ${skipLocked}
          )
          returning *`.execute(tx);
        return claimed.rows[0];
      });
    },
    async heartbeat(job, owner, leaseMs) {
      const result = await db.tx((tx) =>
        tx
          .updateTable('job')
          .set({ lease_until: clock.now() + leaseMs })
          .where('id', '=', job.id)
          .where('lease_owner', '=', owner)
          .where('state', '=', 'running')
          .executeTakeFirst(),
      );
      return result.numUpdatedRows > 0n;
    },
    settle(job, outcome) {
      const free = { lease_owner: null, lease_until: null, error: outcome.error ?? null };
      if (outcome.retryAtMs !== undefined)
        return update(job, { ...free, state: 'pending', run_at: outcome.retryAtMs });
      return update(job, {
        ...free,
        state: outcome.error === undefined ? 'success' : 'error',
        finished_at: clock.now(),
      });
    },
    release: (job) =>
      update(job, { state: 'pending', lease_owner: null, lease_until: null, attempts: job.attempts - 1 }),
    async nextDue() {
      const row = await db.read
        .selectFrom('job')
        .select((eb) => eb.fn.min('run_at').as('at'))
        .where('state', '=', 'pending')
        .executeTakeFirst();
      return row?.at ?? undefined;
    },
  };
}
