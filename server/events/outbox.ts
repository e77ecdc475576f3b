import { afterCommit, type Tx } from '../db/database.ts';
import { writeJson } from '../db/json.ts';
import type { Clock } from '../lib/clock.ts';
import type { DomainEvent } from './catalogue.ts';

/** Writes events down in the transaction that makes them true. */
export interface Outbox {
  /** Adds the event to the transaction; listeners hear of it after the commit, at least once. */
  record(tx: Tx, event: DomainEvent): Promise<void>;
  /** Hears of each event of this process in the moment it is durable, before the change is answered: for caches. */
  onDurable(listener: (event: DomainEvent) => void): void;
}

export function createOutbox(deps: { clock: Clock; wake: () => void }): Outbox {
  const listeners: ((event: DomainEvent) => void)[] = [];
  return {
    onDurable(listener) {
      listeners.push(listener);
    },
    async record(tx, event) {
      const projectId = 'projectId' in event.payload ? event.payload.projectId : null;
      await tx
        .insertInto('event')
        .values({
          kind: event.kind,
          project_id: projectId,
          payload: writeJson(event.payload),
          created_at: deps.clock.now(),
          dispatched_at: null,
        })
        .execute();
      afterCommit(() => {
        for (const listener of listeners) listener(event);
        deps.wake();
      });
    },
  };
}
