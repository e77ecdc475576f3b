/** Every event of the server that a page may listen to. */
export const domainEvents = [
  'artifact.pushed',
  'artifact.deleted',
  'tag.created',
  'tag.deleted',
  'label.added',
  'label.removed',
  'repository.created',
  'repository.updated',
  'repository.deleted',
  'project.created',
  'project.updated',
  'project.deleted',
  'member.changed',
] as const;
const otherEvents = ['login.token', 'configuration.changed', 'reload'] as const;
export type StreamEvent = (typeof domainEvents)[number] | (typeof otherEvents)[number];

/** What a stream tells of itself and of the server. */
export type StreamNews =
  | { readonly kind: 'event'; readonly name: StreamEvent; readonly data: string }
  /** It is open, as this user; `after` a silence that was long enough to have missed something. */
  | { readonly kind: 'open'; readonly userId: number | null; readonly after: boolean }
  /** Nothing has come since then (milliseconds since 1970). */
  | { readonly kind: 'silent'; readonly since: number };

/** The server beats every 15 seconds; after two beats that did not come the connection is dead. */
const deadMs = 40_000;
const lookMs = 5_000;
/** A refused stream is not opened anew by the browser. */
const againMs = 5_000;

/**
 * One stream of events from the server: kept open, opened anew after a loss, a sleep of the machine and a connection that
 * died without a word. Works in a page and in a worker.
 */
export class LiveStream {
  readonly #url: string;
  readonly #tell: (news: StreamNews) => void;
  #source: EventSource | null = null;
  #lastId = '';
  #silentSince: number | null = null;
  #heardAt = 0;
  #lookedAt = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, tell: (news: StreamNews) => void) {
    this.#url = url;
    this.#tell = tell;
  }

  get isOpen(): boolean {
    return this.#source !== null;
  }

  get silentSince(): number | null {
    return this.#silentSince;
  }

  /** Opens it, or opens it anew: as whoever is signed in now, after the last event that was seen. */
  open(): void {
    this.#closeSource();
    const after = this.#lastId === '' ? '' : `?after=${this.#lastId}`;
    const source = new EventSource(this.#url + after);
    this.#source = source;
    this.#heardAt = this.#lookedAt = Date.now();
    this.#timer ??= setInterval(() => this.#look(), lookMs);
    source.addEventListener('hello', (event: MessageEvent<string>) => this.#greeted(event));
    source.addEventListener('beat', () => this.#heard());
    source.addEventListener('error', () => this.#lost(source));
    for (const name of [...domainEvents, ...otherEvents])
      source.addEventListener(name, (event: MessageEvent<string>) => {
        this.#heard();
        this.#lastId = event.lastEventId;
        this.#tell({ kind: 'event', name, data: event.data });
      });
  }

  /** Gives the connection back; `open` goes on after the last event seen. */
  close(): void {
    this.#closeSource();
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#silentSince = null;
  }

  #closeSource(): void {
    clearTimeout(this.#again);
    this.#source?.close();
    this.#source = null;
  }

  #heard(): void {
    this.#heardAt = Date.now();
  }

  #greeted(event: MessageEvent<string>): void {
    this.#heard();
    this.#lastId = event.lastEventId;
    const { user_id: userId } = JSON.parse(event.data) as { user_id: number | null };
    const after = this.#silentSince !== null;
    this.#silentSince = null;
    this.#tell({ kind: 'open', userId, after });
  }

  #lost(source: EventSource): void {
    this.#fallSilent();
    if (source.readyState === EventSource.CLOSED)
      this.#again = setTimeout(() => this.#source === source && this.open(), againMs);
  }

  #fallSilent(): void {
    if (this.#silentSince !== null) return;
    this.#silentSince = Date.now();
    this.#tell({ kind: 'silent', since: this.#silentSince });
  }

  /** A machine that slept finds that much more time went by than between two looks. */
  #look(): void {
    const now = Date.now();
    const slept = now - this.#lookedAt > 6 * lookMs;
    this.#lookedAt = now;
    if (!slept && now - this.#heardAt < deadMs) return;
    this.#fallSilent();
    this.open();
  }
}
