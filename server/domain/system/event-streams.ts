import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { decideProject } from '../../access/decide.ts';
import type { ProjectPermission } from '../../access/permissions.ts';
import type { ProjectDirectory } from '../../access/port.ts';
import type { Principal } from '../../access/principal.ts';
import type { EventKind, RecordedEvent } from '../../events/catalogue.ts';
import type { Dispatcher } from '../../events/dispatch.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';
import { writeEvent } from './event-wire.ts';

const HEARTBEAT_MS = 15_000;
const MAX_STREAMS = 1_000;
/** A reader that is this far behind is let go: it comes back with Last-Event-ID and reads from the database. */
const MAX_WAITING_EVENTS = 1_000;
const MAX_BUFFERED_BYTES = 256 * 1024;
/** More missed events than this are not told one by one: the reader is told to read everything anew. */
const MAX_REPLAY = 500;
const RETRY_MS = 3_000;

/** What of a project one must be allowed, to hear of what happens in it. */
const HEARD_WITH: Readonly<
  Record<Exclude<EventKind, 'login.token' | 'user.changed' | 'configuration.changed'>, ProjectPermission>
> = {
  'project.created': 'project:read',
  'project.updated': 'project:read',
  'project.deleted': 'project:read',
  'member.changed': 'member:list',
  'repository.created': 'repository:list',
  'repository.updated': 'repository:list',
  'repository.deleted': 'repository:list',
  'artifact.pushed': 'artifact:list',
  'blob.deleted': 'artifact:list',
  'artifact.deleted': 'artifact:list',
  'label.added': 'artifact:list',
  'label.removed': 'artifact:list',
  'tag.created': 'tag:list',
  'tag.deleted': 'tag:list',
};

/** What the streams need of projects. */
export interface EventProjects extends ProjectDirectory {
  membershipsOf(accountId: number): Promise<readonly number[]>;
  wasPublic(projectId: number): Promise<boolean>;
}

export interface EventStreamsDeps {
  readonly dispatcher: Pick<Dispatcher, 'listen' | 'since' | 'latestId'>;
  readonly projects: EventProjects;
  readonly clock: Clock;
  readonly onFailure: (error: unknown) => void;
}

export interface EventReader {
  readonly principal: Principal;
  /** Number of the last event seen; what came after it is sent first. */
  readonly lastEventId?: number;
  /** Asked at each heartbeat: whether the reader is still who it was. */
  readonly isStillValid: () => Promise<boolean>;
}

export interface EventStreams {
  /** A stream of server-sent events that the reader may read. Throws `unavailable` when too many are open. */
  open(reader: EventReader): Readable;
  /** Ends every stream, so that the server can close. */
  closeAll(): void;
}

/** Server-sent events, decided for each reader and each event when it happens. */
export function createEventStreams(deps: EventStreamsDeps): EventStreams {
  const streams = new Set<EventStream>();
  return {
    open(reader) {
      if (streams.size >= MAX_STREAMS)
        throw new AppError('unavailable', 'too many event streams are open: try again later');
      const stream = new EventStream(deps, reader);
      streams.add(stream);
      stream.output.once('close', () => streams.delete(stream));
      return stream.output;
    },
    closeAll() {
      for (const stream of streams) stream.end();
    },
  };
}

class EventStream {
  readonly output: Readable;
  readonly #deps: EventStreamsDeps;
  readonly #reader: EventReader;
  /** Private projects that the reader could read: it also hears that they are gone. */
  readonly #known = new Set<number>();
  /** Events up to this number were sent, or need not be. */
  #replayedUpTo = 0;
  #waiting: RecordedEvent[] = [];
  #busy = true;
  #ended = false;
  #cancelHeartbeat: () => void = () => {};

  constructor(deps: EventStreamsDeps, reader: EventReader) {
    this.#deps = deps;
    this.#reader = reader;
    const stopListening = deps.dispatcher.listen((event) => this.#hear(event));
    this.output = new Readable({
      read() {},
      destroy: (error, done) => {
        stopListening();
        this.#cancelHeartbeat();
        this.#waiting = [];
        done(error);
      },
    });
    this.#write(`retry: ${RETRY_MS}\n\n`);
    this.#beat();
    void this.#start();
  }

  end(): void {
    this.#cancelHeartbeat();
    if (this.#ended || this.output.destroyed) return;
    this.#ended = true;
    this.output.push(null);
  }

  /** First what was missed, then what came meanwhile; `#busy` keeps live events waiting until then. */
  async #start(): Promise<void> {
    try {
      const { principal, lastEventId } = this.#reader;
      if (principal.kind === 'user') {
        for (const id of await this.#deps.projects.membershipsOf(principal.userId)) this.#known.add(id);
      }
      await this.#greet();
      if (lastEventId !== undefined) await this.#replay(lastEventId);
      await this.#work();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Says whose stream it is, and where it begins: so a reader can go on after it, also when nothing happened since. */
  async #greet(): Promise<void> {
    const { principal, lastEventId } = this.#reader;
    const id = lastEventId === undefined ? `id: ${await this.#deps.dispatcher.latestId()}\n` : '';
    const data = { user_id: principal.kind === 'user' ? principal.userId : null };
    this.#write(`${id}event: hello\ndata: ${JSON.stringify(data)}\n\n`);
  }

  async #replay(afterId: number): Promise<void> {
    const events = await this.#deps.dispatcher.since(afterId, MAX_REPLAY + 1);
    if (events.length > MAX_REPLAY) {
      this.#replayedUpTo = await this.#deps.dispatcher.latestId();
      this.#write(`id: ${this.#replayedUpTo}\nevent: reload\ndata: {}\n\n`);
      return;
    }
    for (const event of events) {
      if (this.output.destroyed) return;
      await this.#tell(event);
      this.#replayedUpTo = event.id;
      // Every await above may be answered at once (SQLite does), and others want their turn.
      await setImmediate();
    }
  }

  #hear(event: RecordedEvent): void {
    if (this.#ended || this.output.destroyed || event.id <= this.#replayedUpTo) return;
    if (this.#waiting.length >= MAX_WAITING_EVENTS) return void this.output.destroy();
    this.#waiting.push(event);
    if (this.#busy) return;
    this.#busy = true;
    void this.#work().catch((error: unknown) => this.#fail(error));
  }

  async #work(): Promise<void> {
    for (let event = this.#waiting.shift(); event; event = this.#waiting.shift()) {
      if (event.id > this.#replayedUpTo) await this.#tell(event);
    }
    this.#busy = false;
  }

  async #tell(event: RecordedEvent): Promise<void> {
    if (await this.#mayHear(event)) this.#write(writeEvent(event));
  }

  async #mayHear(event: RecordedEvent): Promise<boolean> {
    const { principal } = this.#reader;
    if (event.kind === 'user.changed') return false;
    // Without what it was: an open console reads anew what its reader may see.
    if (event.kind === 'configuration.changed') return principal.kind === 'user';
    if (event.kind === 'login.token') return principal.kind === 'user' && principal.isAdmin;
    const { projectId } = event.payload;
    const project = await this.#deps.projects.findById(projectId);
    if (!project) {
      const isAdmin = principal.kind === 'user' && principal.isAdmin;
      return isAdmin || this.#known.has(projectId) || (await this.#deps.projects.wasPublic(projectId));
    }
    const roles =
      principal.kind === 'user' ? await this.#deps.projects.rolesOf(principal.userId, projectId) : [];
    if (roles.length > 0) this.#known.add(projectId);
    else this.#known.delete(projectId);
    // Who could read it until now hears that it became private.
    if (event.kind === 'project.updated' && event.payload.becamePrivate === true) return true;
    // Whose own membership changes hears of it, also when it ends.
    const isOwn =
      event.kind === 'member.changed' &&
      principal.kind === 'user' &&
      event.payload.accountId === principal.userId;
    return isOwn || decideProject(principal, HEARD_WITH[event.kind], { project, roles });
  }

  #write(text: string): void {
    if (this.#ended || this.output.destroyed) return;
    this.output.push(text);
    if (this.output.readableLength > MAX_BUFFERED_BYTES) this.output.destroy();
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#deps.clock.after(HEARTBEAT_MS, () => void this.#check());
  }

  async #check(): Promise<void> {
    try {
      if (!(await this.#reader.isStillValid())) return this.end();
      if (this.output.destroyed) return;
      // An event, since a page is not told of comments: it has to notice that a stream is dead.
      this.#write('event: beat\ndata: {}\n\n');
      this.#beat();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#deps.onFailure(error);
    this.output.destroy();
  }
}
