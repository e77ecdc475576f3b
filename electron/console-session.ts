import type { Session } from 'electron';
import type { SessionCookie } from '#server/lib/sidecar-messages.ts';

/** A partition without "persist:" lives in memory: nothing of the console stays on the disk. */
export const CONSOLE_PARTITION = 'console';
const RETRY_MS = 60_000;

/**
 * Keeps the window signed in as the machine's owner: asks the server for a session over the child's channel, sets it
 * as a cookie that page script cannot read, and renews it at half its life, so that a window left open stays signed in.
 */
export class ConsoleSession {
  readonly #session: Session;
  readonly #mint: () => Promise<SessionCookie>;
  readonly #log: (text: string) => void;
  #renewal: NodeJS.Timeout | undefined;
  #current: { origin: string; cookie: SessionCookie; endsAtMs: number } | undefined;

  constructor(session: Session, mint: () => Promise<SessionCookie>, log: (text: string) => void) {
    this.#session = session;
    this.#mint = mint;
    this.#log = log;
  }

  /** Signs the window in at this origin; rejects when the server gives no session. */
  async signIn(origin: string): Promise<void> {
    const cookie = await this.#mint();
    await this.#session.cookies.set({
      url: origin,
      name: cookie.name,
      value: cookie.value,
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      secure: origin.startsWith('https:'),
      expirationDate: Date.now() / 1000 + cookie.maxAgeSeconds,
    });
    this.#current = { origin, cookie, endsAtMs: Date.now() + cookie.maxAgeSeconds * 1000 };
    this.#renewIn((cookie.maxAgeSeconds * 1000) / 2);
  }

  /** The machine was asleep: timers stood still, and the session may have ended meanwhile. */
  wake(): void {
    if (this.#current) this.#renewIn(0);
  }

  /** No more renewals: the server behind this session is gone. */
  forget(): void {
    clearTimeout(this.#renewal);
    this.#current = undefined;
  }

  #renewIn(delayMs: number): void {
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => void this.#renew(), delayMs);
  }

  async #renew(): Promise<void> {
    const current = this.#current;
    if (!current) return;
    const { origin, cookie, endsAtMs } = current;
    try {
      const [found] = await this.#session.cookies.get({ url: origin, name: cookie.name });
      // Whoever signed out, or in as somebody else, meant it; a cookie that has run out was not taken away by anybody.
      const ranOut = found === undefined && Date.now() >= endsAtMs;
      if (this.#current === current && (ranOut || found?.value === cookie.value)) await this.signIn(origin);
    } catch (error) {
      this.#log(`the session was not renewed: ${String(error)}`);
      if (this.#current === current) this.#renewIn(RETRY_MS);
    }
  }
}
