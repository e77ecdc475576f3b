import type { LinkProps } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { estimatePace, type Pace, type Sample } from './pace.ts';

/** Words in the language that is shown when they are shown. */
export type Words = (t: TFunction) => string;

/** What the work tells while it runs. Left out: as it was. */
export interface Progress {
  /** How much is done, in the activity's unit. */
  done?: number;
  /** How much there is to do, in the same unit; null while nobody knows. */
  total?: number | null;
  /** What it is busy with, such as the name of a file. */
  detail?: Words;
}

/** How the work ended well. */
export interface ActivityResult {
  /** One sentence on what was done; without it the title stands for it. */
  summary?: Words;
  /** Where the result can be seen, or where the next step is. */
  link?: { label: Words; to: LinkProps };
  /** A part of it failed: said as a warning, which stays until closed. */
  incomplete?: boolean;
}

/** What the work may use while it runs. */
export interface ActivityContext {
  /** Fires when the person stops the activity. */
  signal: AbortSignal;
  report: (progress: Progress) => void;
}

export interface ActivitySpec {
  /** What is done, as a sentence without a full stop: "Import of base.tar into web". */
  title: Words;
  unit: 'bytes' | 'items';
  /** How much there is to do, in `unit`; null when nobody knows yet. */
  total: number | null;
  /** Activities of one queue run one after the other; without it this one runs at once. */
  queue?: string;
  /** False when it cannot be stopped halfway. */
  stoppable?: boolean;
  /** True when a failed one may be started again just as it was. */
  repeatable?: boolean;
  /** The work. Rejects when it failed, and the error's words are shown; a rejection after a stop is the stop. */
  run: (context: ActivityContext) => Promise<ActivityResult | void>;
}

export type ActivityState = 'waiting' | 'running' | 'done' | 'failed' | 'stopped';

/** One piece of long work, as it stands. */
export interface Activity {
  readonly id: number;
  readonly spec: ActivitySpec;
  readonly state: ActivityState;
  readonly done: number;
  readonly total: number | null;
  readonly detail: Words | null;
  /** How fast it goes; null until that can be told. */
  readonly pace: Pace | null;
  readonly stopping: boolean;
  readonly result: ActivityResult | null;
  readonly error: unknown;
  /** Milliseconds since 1970; null before it ends. */
  readonly endedAt: number | null;
}

/** The hold on an activity for whoever started it. */
export interface ActivityHandle {
  id: number;
  /** Resolves when it has ended, however it ended; never rejects. */
  ended: Promise<Activity>;
  stop: () => void;
}

interface Entry {
  activity: Activity;
  samples: Sample[];
  control: AbortController;
  settle: (activity: Activity) => void;
}

const keptAfterEnd = 50;
const noticeMs = 200;
const sampleEveryMs = 250;
const paceWindowMs = 10_000;

export const isOver = (activity: Activity): boolean =>
  activity.state !== 'waiting' && activity.state !== 'running';

/** Long work of this window: started anywhere, it goes on while one moves between pages. */
export class ActivityStore {
  private entries: Entry[] = [];
  private shown: readonly Activity[] = [];
  private readonly watchers = new Set<() => void>();
  private readonly enders = new Set<(activity: Activity) => void>();
  private nextId = 1;
  private notice: ReturnType<typeof setTimeout> | null = null;
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** Starts the work, or lines it up behind the others of its queue. */
  start(spec: ActivitySpec): ActivityHandle {
    const { promise: ended, resolve: settle } = Promise.withResolvers<Activity>();
    const activity: Activity = {
      id: this.nextId++,
      spec,
      state: 'waiting',
      done: 0,
      total: spec.total,
      detail: null,
      pace: null,
      stopping: false,
      result: null,
      error: null,
      endedAt: null,
    };
    this.entries.unshift({ activity, samples: [], control: new AbortController(), settle });
    this.startNext();
    this.publish();
    return { id: activity.id, ended, stop: () => this.stop(activity.id) };
  }

  /** Asks a running one to stop, and takes a waiting one out of its queue. */
  stop(id: number): void {
    const entry = this.find(id);
    if (!entry || isOver(entry.activity)) return;
    entry.control.abort();
    if (entry.activity.state === 'waiting') this.end(entry, { state: 'stopped' });
    else this.change(entry, { stopping: true });
    this.publish();
  }

  /** Starts a failed one again in its place. */
  repeat(id: number): void {
    const entry = this.find(id);
    if (!entry || entry.activity.state !== 'failed') return;
    this.forget(id);
    this.start(entry.activity.spec);
  }

  /** Takes one that has ended out of the list. */
  forget(id: number): void {
    this.entries = this.entries.filter((entry) => entry.activity.id !== id || !isOver(entry.activity));
    this.publish();
  }

  /** Takes all that have ended out of the list. */
  forgetEnded(): void {
    this.entries = this.entries.filter((entry) => !isOver(entry.activity));
    this.publish();
  }

  /** Stops everything and forgets it: whoever started it is signed out. */
  clear(): void {
    for (const entry of this.entries) this.stop(entry.activity.id);
    this.entries = [];
    this.publish();
  }

  /** The newest first. The same array until something changes. */
  list = (): readonly Activity[] => this.shown;

  /** Calls `watcher` after changes, a few times a second at most while something moves. */
  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  };

  /** Calls `ender` once for each activity that ends. */
  onEnd = (ender: (activity: Activity) => void): (() => void) => {
    this.enders.add(ender);
    return () => void this.enders.delete(ender);
  };

  private find(id: number): Entry | undefined {
    return this.entries.find((entry) => entry.activity.id === id);
  }

  private startNext(): void {
    const busy = new Set(
      this.entries
        .filter((entry) => entry.activity.state === 'running')
        .map((entry) => entry.activity.spec.queue),
    );
    for (const entry of this.entries.toReversed()) {
      const { state, spec } = entry.activity;
      if (state !== 'waiting' || (spec.queue !== undefined && busy.has(spec.queue))) continue;
      busy.add(spec.queue);
      this.change(entry, { state: 'running' });
      entry.samples.push({ at: this.now(), done: 0 });
      void this.work(entry);
    }
  }

  private async work(entry: Entry): Promise<void> {
    const { signal } = entry.control;
    const report = (progress: Progress): void => this.report(entry, progress);
    try {
      const result = (await entry.activity.spec.run({ signal, report })) ?? {};
      // Asked to stop too late: what is done is done, and said so.
      this.end(entry, { state: 'done', result });
    } catch (error) {
      this.end(entry, signal.aborted ? { state: 'stopped' } : { state: 'failed', error });
    }
    this.startNext();
    this.publish();
  }

  private report(entry: Entry, { done, total, detail }: Progress): void {
    if (isOver(entry.activity)) return;
    const at = this.now();
    if (done !== undefined) {
      const last = entry.samples.at(-1);
      if (!last || at - last.at >= sampleEveryMs) entry.samples.push({ at, done });
      entry.samples = entry.samples.filter((sample) => at - sample.at <= paceWindowMs);
    }
    const next = {
      done: done ?? entry.activity.done,
      total: total === undefined ? entry.activity.total : total,
      detail: detail ?? entry.activity.detail,
    };
    this.change(entry, { ...next, pace: estimatePace(entry.samples, next.total) });
    this.notice ??= setTimeout(() => this.publish(), noticeMs);
  }

  private end(entry: Entry, how: Partial<Activity>): void {
    this.change(entry, { ...how, stopping: false, endedAt: this.now() });
    entry.settle(entry.activity);
    // Cleared meanwhile: whoever sits here now did not start it.
    if (!this.entries.includes(entry)) return;
    const old = new Set(this.entries.filter((other) => isOver(other.activity)).slice(keptAfterEnd));
    this.entries = this.entries.filter((other) => !old.has(other));
    for (const ender of this.enders) ender(entry.activity);
  }

  private change(entry: Entry, fields: Partial<Activity>): void {
    entry.activity = { ...entry.activity, ...fields };
  }

  private publish(): void {
    if (this.notice !== null) clearTimeout(this.notice);
    this.notice = null;
    this.shown = this.entries.map((entry) => entry.activity);
    for (const watcher of this.watchers) watcher();
  }
}

/** The one store of this window. */
export const activities = new ActivityStore();

/** Starts long work that the activity drawer shows: see ActivitySpec. */
export function startActivity(spec: ActivitySpec): ActivityHandle {
  return activities.start(spec);
}
