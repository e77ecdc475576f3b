import type { Database } from '../../db/database.ts';
import type { Clock } from '../../lib/clock.ts';
import { countUploads } from './blob-store.ts';
import { OpenUploads } from './open-uploads.ts';
import { checkGuards, type PushGuard } from './push-guard.ts';
import { createUploadSlots } from './upload-slots.ts';

/** Guards are asked again each time so much has come. */
const STEP_BYTES = 2 ** 20;
/** Unfinished uploads of one account. */
const MAX_OPEN = 10_000;

/** What stands before the storage when bytes are pushed: who may begin, whose turn it is, and whether there is space. */
export interface UploadIntake {
  /** Before an upload is begun; rejects with `denied` or `too_many_requests`. */
  admit(accountId: number): Promise<void>;
  /**
   * Hands a stream to `write` in this account's turn, and resolves to what it resolves to. An empty one waits for
   * nothing: it closes an upload. Rejects with `too_many_requests` when no turn comes; with `denied` when a guard
   * refuses what still comes, after `drop` has freed what came before.
   */
  receive<T>(
    accountId: number,
    source: AsyncIterable<Uint8Array>,
    to: { write: (source: AsyncIterable<Uint8Array>) => Promise<T>; drop: () => Promise<unknown> },
  ): Promise<T>;
}

export interface UploadIntakeDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly guards: readonly PushGuard[];
  /** Requests that send a blob at once, in all and of one account. */
  readonly limits: { readonly maxUploads: number; readonly maxUploadsPerAccount: number };
}

class GuardedStream {
  readonly #guards: readonly PushGuard[];
  refused = false;

  constructor(guards: readonly PushGuard[]) {
    this.#guards = guards;
  }

  async *pass(
    first: Uint8Array,
    rest: AsyncIterator<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let uncheckedBytes = 0;
    for (let chunk: Uint8Array | undefined = first; chunk !== undefined;) {
      uncheckedBytes += chunk.byteLength;
      if (uncheckedBytes >= STEP_BYTES) {
        await this.#check(uncheckedBytes);
        uncheckedBytes = 0;
      }
      yield chunk;
      const next: IteratorResult<Uint8Array> = await rest.next();
      chunk = next.done === true ? undefined : next.value;
    }
    if (uncheckedBytes > 0) await this.#check(uncheckedBytes);
  }

  async #check(bytes: number): Promise<void> {
    try {
      await checkGuards(this.#guards, bytes);
    } catch (error) {
      this.refused = true;
      throw error;
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

/** Built once, for all requests. */
export function createUploadIntake(deps: UploadIntakeDeps): UploadIntake {
  const { maxUploads: max, maxUploadsPerAccount: maxPerAccount } = deps.limits;
  const slots = createUploadSlots({ clock: deps.clock, max, maxPerAccount });
  const open = new OpenUploads(MAX_OPEN, (accountId) => countUploads(deps.db.read, accountId));
  return {
    async admit(accountId) {
      await checkGuards(deps.guards, 0);
      await open.admit(accountId);
    },
    async receive(accountId, source, { write, drop }) {
      const chunks = source[Symbol.asyncIterator]();
      // A client that sends a head and no body takes nobody's turn.
      const first = await chunks.next();
      if (first.done === true) return write(nothing());
      const stream = new GuardedStream(deps.guards);
      try {
        const leave = await slots.enter(accountId);
        try {
          return await write(stream.pass(first.value, chunks));
        } finally {
          leave();
        }
      } catch (error) {
        // What the floor refused must not lie on it until the upload is purged.
        if (stream.refused) await drop();
        throw error;
      } finally {
        await chunks.return?.();
      }
    },
  };
}
