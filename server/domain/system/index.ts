export { guessClient } from './client.ts';
export {
  createSystem,
  type FirstRun,
  type Identity,
  type StoragePlace,
  type System,
  type SystemDeps,
} from './service.ts';
export {
  createEventStreams,
  type EventReader,
  type EventStreams,
  type EventStreamsDeps,
} from './event-streams.ts';
