import { LiveStream, type StreamNews } from './live-stream.ts';

/** What a window tells the worker that keeps the stream. */
export type WindowSays =
  /** It is there, its page is in sight or not, and this is who it takes to be signed in. */
  | { readonly kind: 'here'; readonly userId: number | null; readonly hidden: boolean }
  | { readonly kind: 'gone' };

interface Window {
  hidden: boolean;
  saidAt: number;
}

/** A window says that it is there twice a minute; hidden ones are slowed down by browsers, to once a minute at worst. */
export const hereMs = 30_000;
const goneMs = 4 * 60_000;
/** With no window in sight for so long, the stream is given back. */
const hiddenGraceMs = 60_000;

/**
 * One stream for all windows of a browser: opened with the first, told to each, opened anew when somebody signs in or
 * out, and given back while none is in sight.
 */
export class LiveWindows {
  readonly #stream: LiveStream;
  readonly #windows = new Map<MessagePort, Window>();
  #userId: number | null | undefined;
  #hiddenTimer: ReturnType<typeof setTimeout> | undefined;
  /** What a window that comes later has to know. */
  #lastOpen: StreamNews | undefined;

  constructor(url: string) {
    this.#stream = new LiveStream(url, (news) => this.#tellAll(news));
  }

  add(port: MessagePort): void {
    port.addEventListener('message', (event: MessageEvent<WindowSays>) => this.#hear(port, event.data));
    port.start();
  }

  #hear(port: MessagePort, said: WindowSays): void {
    if (said.kind === 'gone') {
      this.#windows.delete(port);
      return this.#settle();
    }
    const isNew = !this.#windows.has(port);
    this.#windows.set(port, { hidden: said.hidden, saidAt: Date.now() });
    if (this.#userId !== said.userId) {
      this.#userId = said.userId;
      this.#lastOpen = undefined;
      this.#stream.open();
    } else if (isNew) this.#greet(port);
    this.#settle();
  }

  #greet(port: MessagePort): void {
    const since = this.#stream.silentSince;
    if (since !== null) port.postMessage({ kind: 'silent', since } satisfies StreamNews);
    else if (this.#lastOpen) port.postMessage(this.#lastOpen);
  }

  #tellAll(news: StreamNews): void {
    // What the stream was opened as is what the next window is compared with: a session may have ended meanwhile.
    if (news.kind === 'open') {
      this.#userId = news.userId;
      this.#lastOpen = { ...news, after: false };
    }
    for (const port of this.#windows.keys()) port.postMessage(news);
  }

  /** A window that ended without a word is noticed by its silence. */
  #settle(): void {
    const now = Date.now();
    for (const [port, { saidAt }] of this.#windows) if (now - saidAt > goneMs) this.#windows.delete(port);
    const isSeen = [...this.#windows.values()].some(({ hidden }) => !hidden);
    if (isSeen) {
      clearTimeout(this.#hiddenTimer);
      this.#hiddenTimer = undefined;
      if (!this.#stream.isOpen) this.#stream.open();
    } else if (this.#stream.isOpen) {
      this.#hiddenTimer ??= setTimeout(() => {
        this.#hiddenTimer = undefined;
        this.#stream.close();
      }, hiddenGraceMs);
    }
  }
}
