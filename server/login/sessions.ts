import { createHash } from 'node:crypto';
import type { Database } from '../db/database.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';

/** How long a session lasts, from its login on, used or not. */
export const SESSION_SECONDS = 12 * 3600;
const VALUE_BYTES = 32;
const CSRF_BYTES = 32;
const SHOWN_MAX = 255;

export interface NewSession {
  readonly userId: number;
  /** By password, or asked for by the desktop shell over its private channel. */
  readonly via: 'password' | 'shell';
  readonly maxAgeSeconds: number;
  readonly userAgent?: string;
  readonly address?: string;
}

export interface Session {
  readonly userId: number;
  readonly username: string;
  readonly isAdmin: boolean;
  readonly via: 'password' | 'shell';
  readonly csrfSecret: string;
  readonly expiresAtMs: number;
}

export interface Sessions {
  /** Begins a session; `value` goes into the cookie and is kept nowhere. */
  mint(session: NewSession): Promise<{ readonly value: string; readonly maxAgeSeconds: number }>;
  /** The live session of a cookie's value, with the account as it is now. */
  find(value: string): Promise<Session | undefined>;
  /** Ends the session; nothing happens when there is none. */
  end(value: string): Promise<void>;
  /** Forgets sessions that are over; resolves to their number. */
  purge(): Promise<number>;
}

// The value has 256 random bits: a plain hash of it cannot be searched.
const idOf = (value: string): string => createHash('sha256').update(value).digest('hex');

export function createSessions(deps: { db: Database; clock: Clock; ids: Ids }): Sessions {
  const { db, clock, ids } = deps;
  return {
    async mint(session) {
      const value = ids.secret(VALUE_BYTES);
      const now = clock.now();
      const row = {
        id: idOf(value),
        account_id: session.userId,
        via: session.via,
        csrf_secret: ids.secret(CSRF_BYTES),
        user_agent: (session.userAgent ?? '').slice(0, SHOWN_MAX),
        address: session.address ?? '',
        created_at: now,
        expires_at: now + session.maxAgeSeconds * 1000,
      };
      await db.tx((tx) => tx.insertInto('session').values(row).execute());
      return { value, maxAgeSeconds: session.maxAgeSeconds };
    },
    async find(value) {
      const row = await db.read
        .selectFrom('session')
        .innerJoin('account', 'account.id', 'session.account_id')
        .select([
          'account.id',
          'account.username',
          'account.is_admin',
          'session.via',
          'session.csrf_secret',
          'session.expires_at',
        ])
        .where('session.id', '=', idOf(value))
        .where('session.expires_at', '>', clock.now())
        .where('account.deleted_at', 'is', null)
        .executeTakeFirst();
      return (
        row && {
          userId: row.id,
          username: row.username,
          isAdmin: row.is_admin === 1,
          via: row.via,
          csrfSecret: row.csrf_secret,
          expiresAtMs: row.expires_at,
        }
      );
    },
    async end(value) {
      await db.tx((tx) => tx.deleteFrom('session').where('id', '=', idOf(value)).execute());
    },
    async purge() {
      const result = await db.tx((tx) =>
        tx.deleteFrom('session').where('expires_at', '<=', clock.now()).executeTakeFirst(),
      );
      return Number(result.numDeletedRows);
    },
  };
}
