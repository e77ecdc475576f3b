import type { Clock } from '../lib/clock.ts';

/** Every kind of background work with its payload. Handlers are wired in `context.ts`, one a kind. */
export interface JobPayloads {
  /** Drops uploads that were open when their project, or one repository in it, was deleted. */
  'uploads.drop': {
    readonly projectId: number;
    readonly repositoryName?: string;
    /** When it was deleted: what was begun later belongs to what came after. */
    readonly occurredAtMs: number;
  };
  /** Drops uploads that nobody has touched for the configured time. */
  'uploads.purge': Record<string, never>;
  /** Notes how much is stored today, for the overview. */
  'overview.keep': Record<string, never>;
  /** Forgets dispatched events, finished jobs and ended sessions that nobody needs any more. */
  'records.purge': Record<string, never>;
}
export type JobKind = keyof JobPayloads;

export interface JobRun {
  readonly jobId: number;
  /** Aborted when the server stops or the lease is lost: end soon, the job is tried again. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: (text: string) => void;
}

export type JobHandlers = {
  readonly [K in JobKind]: (payload: JobPayloads[K], run: JobRun) => Promise<void>;
};

export interface Schedule {
  readonly kind: JobKind;
  readonly everyMs: number;
}

const MINUTE = 60_000;
/** What runs by itself. A fire time is a multiple of the interval, so that two nodes agree on it. */
export const SCHEDULES: readonly Schedule[] = [
  { kind: 'uploads.purge', everyMs: 15 * MINUTE },
  { kind: 'records.purge', everyMs: 60 * MINUTE },
  { kind: 'overview.keep', everyMs: 60 * MINUTE },
];
