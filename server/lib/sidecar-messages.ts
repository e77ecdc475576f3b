/**
 * What the desktop shell and its server say to each other. The messages travel as JSON over the child's IPC channel,
 * which only the parent process holds: nothing secret is ever in an argument, in the environment or on a socket, and
 * no HTTP endpoint hands out sessions.
 *
 * Order: `hello` ← child, `init` →, then `ready` or `failed` ←. After `ready` any number of `mint-session` →
 * `session` ←. `shutdown` → (or the channel's end) stops the server.
 */
export interface InitMessage {
  readonly type: 'init';
  /** The data folder; left out, the server takes its ordinary one (flag, environment, platform's folder). */
  readonly dataDir?: string;
  /** `HOST:PORT` to listen on; left out, the server decides as it does without a shell. */
  readonly listen?: string;
  /** Whether a taken port may be replaced by any free one. */
  readonly fallbackPort: boolean;
  /** Folder of a console that is built already; left out, the server finds or builds its own. */
  readonly consoleDir?: string;
}

export type ToServer =
  | InitMessage
  | { readonly type: 'mint-session'; readonly id: number }
  | { readonly type: 'shutdown' };

/** A session for the machine's owner, as the cookie that carries it. */
export interface SessionCookie {
  readonly name: string;
  readonly value: string;
  readonly maxAgeSeconds: number;
}

export type FromServer =
  | { readonly type: 'hello'; readonly version: string }
  | { readonly type: 'ready'; readonly origin: string; readonly portChanged: boolean }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | { readonly type: 'session'; readonly id: number; readonly cookie: SessionCookie }
  /** The session with this id could not be made. */
  | { readonly type: 'session-failed'; readonly id: number; readonly message: string };
