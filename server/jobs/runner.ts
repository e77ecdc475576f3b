import type { Database } from '../db/database.ts';
import { readJson, writeJson } from '../db/json.ts';
import { AppError, ERROR_TABLE } from '../lib/errors.ts';
import type { Clock } from '../lib/clock.ts';
import { SCHEDULES, type JobHandlers, type JobKind, type JobRun } from './catalogue.ts';
import type { Job, JobQueue } from './queue.ts';

const LEASE_MS = 30_000;
const HEARTBEAT_MS = 10_000;
const IDLE_POLL_MS = 5_000;
const MAX_ATTEMPTS = 8;

export interface JobRunner {
  start(): void;
  /** Says that there may be new work. */
  wake(): void;
  /** Resolves when no job is due or running. */
  idle(): Promise<void>;
  /** Takes no new work, asks running work to end, and waits for it. */
  stop(): Promise<void>;
}

export interface RunnerDeps {
  readonly db: Database;
  readonly queue: JobQueue;
  readonly handlers: JobHandlers;
  readonly clock: Clock;
  /** Unique to this process, so that a lease tells who holds it. */
  readonly owner: string;
  readonly log: (text: string, error?: unknown) => void;
}

/** Seconds double from 2 s to 5 min. */
export function retryDelayMs(attempts: number): number {
  return Math.min(2_000 * 2 ** (attempts - 1), 300_000);
}

/** Runs due jobs one after the other: SQLite has one writer, and nothing here is large yet. */
export function createJobRunner(deps: RunnerDeps): JobRunner {
  const { clock, queue } = deps;
  const stopping = new AbortController();
  let loop: Promise<void> | undefined;
  let again = false;
  let started = false;
  let cancelTimer = (): void => undefined;

  async function enqueueSchedules(): Promise<void> {
    const now = clock.now();
    await deps.db.tx(async (tx) => {
      for (const { kind, everyMs } of SCHEDULES) {
        const at = Math.floor(now / everyMs) * everyMs + everyMs;
        await queue.enqueue(tx, {
          kind,
          payload: writeJson({}),
          dedupeKey: `schedule:${kind}:${at}`,
          runAtMs: at,
        });
      }
    });
  }

  /** Prolongs the lease while a job runs, and aborts it when the lease is lost. */
  function keepLease(job: Job, lost: () => void): () => void {
    let cancel = (): void => undefined;
    const beat = (): void => {
      cancel = clock.after(HEARTBEAT_MS, () => {
        queue.heartbeat(job, deps.owner, LEASE_MS).then(
          (held) => (held ? beat() : lost()),
          (error: unknown) => deps.log(`job ${job.id}: no heartbeat`, error),
        );
      });
    };
    beat();
    return () => cancel();
  }

  async function run(job: Job): Promise<void> {
    const lost = new AbortController();
    const endLease = keepLease(job, () => lost.abort());
    const signal = AbortSignal.any([stopping.signal, lost.signal]);
    const jobRun: JobRun = {
      jobId: job.id,
      signal,
      clock,
      log: (text) => deps.log(`job ${job.id} ${job.kind}: ${text}`),
    };
    try {
      const handler = deps.handlers[job.kind as JobKind] as
        | ((payload: unknown, run: JobRun) => Promise<void>)
        | undefined;
      if (!handler) throw new AppError('unsupported', `this version knows no job "${job.kind}"`);
      await handler(readJson(job.payload), jobRun);
      await queue.settle(job, {});
    } catch (error) {
      await settleFailure(job, error, lost.signal.aborted);
    } finally {
      endLease();
    }
  }

  async function settleFailure(job: Job, error: unknown, leaseLost: boolean): Promise<void> {
    if (leaseLost) return;
    if (stopping.signal.aborted) return queue.release(job);
    deps.log(`job ${job.id} ${job.kind} failed`, error);
    const text = error instanceof Error ? error.message : String(error);
    const retryable = !(error instanceof AppError) || ERROR_TABLE[error.code].retryable;
    const more = retryable && job.attempts < MAX_ATTEMPTS;
    await queue.settle(
      job,
      more ? { error: text, retryAtMs: clock.now() + retryDelayMs(job.attempts) } : { error: text },
    );
  }

  async function drain(): Promise<void> {
    do {
      again = false;
      await enqueueSchedules();
      for (;;) {
        if (stopping.signal.aborted) return;
        const job = await queue.claim(deps.owner, LEASE_MS);
        if (!job) break;
        await run(job);
      }
    } while (again);
    const due = await queue.nextDue();
    if (stopping.signal.aborted) return;
    cancelTimer();
    const delay = due === undefined ? IDLE_POLL_MS : Math.min(Math.max(due - clock.now(), 100), IDLE_POLL_MS);
    cancelTimer = clock.after(delay, wake);
  }

  function wake(): void {
    if (!started || stopping.signal.aborted) return;
    if (loop) {
      again = true;
      return;
    }
    loop = drain()
      .catch((error: unknown) => {
        deps.log('the job loop failed', error);
        cancelTimer = clock.after(IDLE_POLL_MS, wake);
      })
      .finally(() => {
        loop = undefined;
        if (again) wake();
      });
  }

  return {
    start() {
      started = true;
      wake();
    },
    wake,
    async idle() {
      while (loop) await loop;
    },
    async stop() {
      stopping.abort();
      cancelTimer();
      again = false;
      await loop;
    },
  };
}
