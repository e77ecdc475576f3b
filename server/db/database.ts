import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely, Transaction } from 'kysely';
import type { Barrier } from './barrier.ts';
import type { DatabaseKind } from './kind.ts';
import { AppError } from '../lib/errors.ts';
import type { Tables } from './tables.ts';

/** For reading: a connection or a transaction. */
export type Db = Kysely<Tables>;
/** For writing: only inside {@link Database.tx}, which the type makes sure of. */
export type Tx = Transaction<Tables>;

export interface Database {
  readonly kind: DatabaseKind;
  /** Reads what is committed; on SQLite a connection of its own, so that reads wait for no writer. */
  readonly read: Db;
  /**
   * Runs `fn` in one transaction and resolves when it is committed **and durable**; throws what `fn` throws, with
   * nothing kept. Inside: no network, no blob, no timer (one connection serves every writer), and no nested `tx`.
   */
  tx<T>(fn: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * The same, but resolves when it is committed and not yet durable: for what may be lost with the machine's power,
   * because nobody was promised it (how far an upload is, that a blob was seen).
   */
  quickTx<T>(fn: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface TxState {
  readonly hooks: (() => void)[];
}
const current = new AsyncLocalStorage<TxState>();

/** Runs `hook` once the transaction under way is committed and durable; not at all if it fails. */
export function afterCommit(hook: () => void): void {
  const state = current.getStore();
  if (!state) throw new Error('afterCommit was called outside a transaction');
  state.hooks.push(hook);
}

const FULL = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', '53100']);

/** A disk that takes no more, as a refusal that says so (PostgreSQL: class 53, disk_full). */
function explain(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const rolledBack = message === 'cannot rollback - no transaction is active';
  if (!rolledBack && !(typeof code === 'string' && FULL.has(code))) return error;
  return new AppError('denied', "the registry's disk is full: nothing can be changed until space is freed", {
    cause: error,
  });
}

/** Builds {@link Database.tx} and {@link Database.quickTx} over a writing Kysely and a durability barrier. */
export function transactions(writer: Db, barrier: Barrier): Pick<Database, 'tx' | 'quickTx'> {
  async function commit<T>(fn: (tx: Tx) => Promise<T>, isDurable: boolean): Promise<T> {
    if (current.getStore()) throw new Error('a transaction was begun inside another one');
    const state: TxState = { hooks: [] };
    let thrown: { readonly error: unknown } | undefined;
    const noting = async (tx: Tx): Promise<T> => {
      try {
        return await fn(tx);
      } catch (error) {
        thrown = { error };
        throw error;
      }
    };
    const result = await current
      .run(state, () => writer.transaction().execute(noting))
      .catch((error: unknown) => {
        // SQLite rolls back by itself when the disk is full, and the rollback that follows hides why.
        throw explain(thrown ? thrown.error : error);
      });
    try {
      if (isDurable) await barrier.wait();
    } finally {
      // Also where the disk failed: what was committed is seen, and memory must not say otherwise. Outside the context,
      // since a hook may begin a transaction of its own.
      current.exit(() => {
        for (const hook of state.hooks) hook();
      });
    }
    return result;
  }
  return { tx: (fn) => commit(fn, true), quickTx: (fn) => commit(fn, false) };
}

/** Whether the error is a broken unique constraint, in either database. */
export function isUniqueViolation(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}

/** Whether the error is a reference to a row that is gone, in either database. */
export function isForeignKeyViolation(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === '23503' || code === 'SQLITE_CONSTRAINT_FOREIGNKEY';
}
