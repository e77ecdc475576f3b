import type { Session } from 'electron';
import type { SessionCookie } from '#server/lib/sidecar-messages.ts';

/** A partition without "persist:" lives in memory: nothing of the console stays on the disk. */
export const CONSOLE_PARTITION = 'console';

/**
 * Keeps the window signed in as the machine's owner: asks the server for a session over the child's channel, sets it
 * as a cookie that page script cannot read, and renews it at half its life, so that a window left open stays signed in.
 */
export class ConsoleSession {
  readonly #session: Session;
  readonly #mint: () => Promise<SessionCookie>;
  readonly #log: (text: string) => void;
  #renewal: NodeJS.Timeout | undefined;

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
    clearTimeout(this.#renewal);
    this.#renewal = setTimeout(() => void this.#renew(origin, cookie), (cookie.maxAgeSeconds * 1000) / 2);
  }

  /** No more renewals: the server behind this session is gone. */
  forget(): void {
    clearTimeout(this.#renewal);
  }

  async #renew(origin: string, earlier: SessionCookie): Promise<void> {
    try {
      const [current] = await this.#session.cookies.get({ url: origin, name: earlier.name });
      // Whoever signed out, or in as somebody else, meant it.
      if (current?.value === earlier.value) await this.signIn(origin);
    } catch (error) {
      this.#log(`the session was not renewed: ${String(error)}`);
    }
  }
}
