import type { JobKind } from '../jobs/catalogue.ts';
import type { EventKind } from './catalogue.ts';

/** Who does what after which event: each line becomes one job, at least once, idempotent by the event's id. */
export const SUBSCRIPTIONS: Readonly<Partial<Record<EventKind, readonly JobKind[]>>> = {
  'repository.deleted': ['uploads.drop'],
  'project.deleted': ['uploads.drop'],
};
