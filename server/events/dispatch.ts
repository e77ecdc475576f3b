import type { Database } from '../db/database.ts';
import { readJson, writeJson } from '../db/json.ts';
import type { EventTable } from '../db/tables.ts';
import type { Selectable } from 'kysely';
import type { JobQueue } from '../jobs/queue.ts';
import type { Clock } from '../lib/clock.ts';
import type { EventKind, RecordedEvent } from './catalogue.ts';
import { SUBSCRIPTIONS } from './subscriptions.ts';

const BATCH = 100;

export interface Dispatcher {
  /** Says that there may be new events. */
  wake(): void;
  /** Hears of each event after it is dispatched, in order; the returned function ends it. */
  listen(listener: (event: RecordedEvent) => void): () => void;
  /** Events after the given id, oldest first, at most `limit`: what a reconnecting reader missed. */
  since(id: number, limit: number): Promise<RecordedEvent[]>;
  /** Number of the newest event; 0 when there is none. */
  latestId(): Promise<number>;
  /** Resolves when nothing is left to dispatch. */
  idle(): Promise<void>;
  /** Dispatches what an earlier run left behind, and from now on what is recorded. */
  start(): void;
  stop(): Promise<void>;
}

export interface DispatcherDeps {
  readonly db: Database;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
}

function toEvent(row: Selectable<EventTable>): RecordedEvent {
  return {
    id: row.id,
    createdAtMs: row.created_at,
    kind: row.kind as EventKind,
    payload: readJson(row.payload),
  } as RecordedEvent;
}

/** Turns recorded events into jobs, one a subscriber, and tells listeners in this process. */
export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const listeners = new Set<(event: RecordedEvent) => void>();
  let running: Promise<void> | undefined;
  let again = false;
  let started = false;

  async function dispatchBatch(): Promise<number> {
    const rows = await deps.db.read
      .selectFrom('event')
      .selectAll()
      .where('dispatched_at', 'is', null)
      .orderBy('id')
      .limit(BATCH)
      .execute();
    if (rows.length === 0) return 0;
    const events = rows.map(toEvent);
    await deps.db.tx(async (tx) => {
      for (const event of events) {
        for (const kind of SUBSCRIPTIONS[event.kind] ?? []) {
          await deps.queue.enqueue(tx, {
            kind,
            payload: writeJson({ ...event.payload, occurredAtMs: event.createdAtMs }),
            dedupeKey: `event:${event.id}:${kind}`,
          });
        }
      }
      const ids = events.map((event) => event.id);
      await tx.updateTable('event').set({ dispatched_at: deps.clock.now() }).where('id', 'in', ids).execute();
    });
    for (const event of events) for (const listener of listeners) listener(event);
    return rows.length;
  }

  async function drain(): Promise<void> {
    do {
      again = false;
      while ((await dispatchBatch()) === BATCH);
    } while (again);
  }

  function wake(): void {
    if (!started) return;
    if (running) {
      again = true;
      return;
    }
    running = drain()
      .catch(deps.onFailure)
      .finally(() => {
        running = undefined;
        if (again) wake();
      });
  }

  return {
    wake,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async since(id, limit) {
      const rows = await deps.db.read
        .selectFrom('event')
        .selectAll()
        .where('id', '>', id)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(toEvent);
    },
    async latestId() {
      const row = await deps.db.read
        .selectFrom('event')
        .select((eb) => eb.fn.max('id').as('id'))
        .executeTakeFirst();
      return row?.id ?? 0;
    },
    async idle() {
      while (running) await running;
    },
    start() {
      started = true;
      wake();
    },
    async stop() {
      started = false;
      again = false;
      await running;
    },
  };
}
