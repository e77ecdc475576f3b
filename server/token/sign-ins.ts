import { LRUCache } from 'lru-cache';
import type { UserPrincipal } from '../access/principal.ts';
import type { Actor } from '../access/scope.ts';
import type { Database, Tx } from '../db/database.ts';
import type { AuditTrail } from '../events/audit.ts';
import type { Outbox } from '../events/outbox.ts';
import type { Clock } from '../lib/clock.ts';

/** A client signs in for each image that it pulls: one row tells of all that came in so long from the same place. */
const FOLD_MS = 60_000;
const REMEMBERED = 10_000;

export interface TokenSignIn {
  readonly actor: Actor & { readonly principal: UserPrincipal };
  /** What the client calls itself. */
  readonly userAgent: string;
  readonly by: 'password' | 'refresh token';
}

/** Writes down who signed in at the token service, and tells the first-run guide. */
export interface SignIns {
  /**
   * Resolves once the row is durable. One of the same account, address and client within the last minute stands for this
   * one as well. Never rejects: a registry whose disk is full still lets pull.
   */
  note(signIn: TokenSignIn): Promise<void>;
}

export interface SignInDeps {
  readonly db: Database;
  readonly audit: AuditTrail;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** The program behind a User-Agent. */
  readonly clientOf: (userAgent: string) => string;
  readonly onFailure: (error: unknown) => void;
}

export function createSignIns(deps: SignInDeps): SignIns {
  const { db, clock } = deps;
  const noted = new LRUCache<string, number>({ max: REMEMBERED });

  async function write(tx: Tx, signIn: TokenSignIn, isFolded: boolean): Promise<void> {
    const { actor, by } = signIn;
    const { username } = actor.principal;
    const client = deps.clientOf(signIn.userAgent);
    if (!isFolded) {
      await deps.audit.record(tx, {
        actor,
        operation: 'login',
        resourceType: 'user',
        resource: username,
        description: `${username} signed in to the registry by ${by} (${client})`,
      });
    }
    if (by === 'password')
      await deps.outbox.record(tx, { kind: 'login.token', payload: { username, client } });
  }

  return {
    async note(signIn) {
      const { actor, by } = signIn;
      const key = `${actor.principal.userId} ${by} ${actor.address} ${deps.clientOf(signIn.userAgent)}`;
      const now = clock.now();
      const isFolded = now - (noted.get(key) ?? -FOLD_MS) < FOLD_MS;
      if (isFolded && by !== 'password') return;
      if (!isFolded) noted.set(key, now);
      const written = db
        .tx((tx) => write(tx, signIn, isFolded))
        .catch((error: unknown) => {
          if (!isFolded) noted.delete(key);
          deps.onFailure(error);
        });
      // What another row stands for, nobody waits for.
      if (!isFolded) await written;
    },
  };
}
