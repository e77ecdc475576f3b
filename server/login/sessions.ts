import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { UserPrincipal } from '../access/principal.ts';
import type { Actor } from '../access/scope.ts';
import type { RegistrySettings } from '../config/registry-settings.ts';
import type { Database, Tx } from '../db/database.ts';
import { lockUser } from '../domain/users/index.ts';
import type { AuditTrail } from '../events/audit.ts';
import { DAYS, type Clock } from '../lib/clock.ts';
import { AppError, notFound } from '../lib/errors.ts';
import type { Ids } from '../lib/ids.ts';
import {
  deleteSession,
  deleteSessionsOf,
  deleteSurplus,
  insertSession,
  purgeSessions,
  selectSession,
  selectSessionsOf,
  touchSession,
  type StoredSession,
} from './session-store.ts';

/** How long a session lasts from its login on, however much it is used. */
export const SESSION_SECONDS = DAYS(7) / 1000;
/** A use is written down when the last one is so long ago: most requests write nothing. */
const USED_STEP_MS = 60_000;
/** Sessions of one account; one more ends that which was not used for the longest time. */
const MAX_OF_ACCOUNT = 100;
/** Sessions whose last use is remembered to the millisecond. */
const MAX_REMEMBERED = 10_000;
const VALUE_BYTES = 32;
const CSRF_BYTES = 32;
const SHOWN_MAX = 255;

export interface NewSession {
  readonly userId: number;
  /** By password, or asked for by the desktop shell over its private channel. */
  readonly via: 'password' | 'shell';
  readonly maxAgeSeconds: number;
  /** The stored hash that the password was right for. */
  readonly storedHash?: string;
  readonly userAgent?: string;
  readonly address?: string;
  readonly requestId?: string;
}

/** A live session, with the account as it is now. */
export interface Session extends StoredSession {
  /** When it ends if nobody uses it. */
  readonly idleEndMs: number;
}

/** From where somebody acts on a session. */
type From = Pick<Actor, 'requestId' | 'address'>;

export interface Sessions {
  /**
   * Begins a session, with a row in the audit log; `value` goes into the cookie and is kept nowhere. Throws `unauthorized`
   * when the account is gone or its password is another one by now.
   */
  mint(session: NewSession): Promise<{ readonly value: string; readonly maxAgeSeconds: number }>;
  /** The live session of a cookie's value; with `renews` this is a use of it, from which it lasts anew. */
  find(value: string, options: { readonly renews: boolean }): Promise<Session | undefined>;
  /** Ends the session, with a row in the audit log; nothing happens when there is none. */
  end(value: string, from: From): Promise<void>;
  /** The live sessions of the account, at most 100, the one used last first. */
  listOf(accountId: number): Promise<readonly Session[]>;
  /** Ends one session of the account, with a row in the audit log. Throws `not_found`. */
  revoke(actor: Actor, accountId: number, publicId: string): Promise<void>;
  /** Ends the account's sessions but the one of `except`, with a row in the audit log; resolves to their number. */
  revokeAll(actor: Actor, accountId: number, except?: string): Promise<number>;
  /** The same without a row, in the transaction that changes the account and tells it. */
  endAllOf(tx: Tx, accountId: number, except?: string): Promise<void>;
  /** Forgets sessions that are over; resolves to their number. */
  purge(): Promise<number>;
}

export interface SessionsDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly audit: AuditTrail;
  readonly settings: () => Pick<RegistrySettings, 'sessionTimeoutMinutes'>;
  /** Hears why a use could not be written: the request goes on. */
  readonly onFailure: (error: unknown) => void;
}

// The value has 256 random bits: a plain hash of it cannot be searched.
const idOf = (value: string): string => createHash('sha256').update(value).digest('hex');

const SIGNED_IN = { password: 'by password', shell: 'as the owner of this computer' } as const;

const principalOf = (user: { id: number; username: string; isAdmin: boolean }): UserPrincipal => ({
  kind: 'user',
  userId: user.id,
  username: user.username,
  isAdmin: user.isAdmin,
  via: 'session',
});

/** When sessions were used, in memory by the millisecond and in the database by the minute. */
function createUses(deps: SessionsDeps) {
  const { db, clock } = deps;
  const uses = new LRUCache<string, { usedAtMs: number; writtenAtMs: number }>({ max: MAX_REMEMBERED });
  const idleMs = (): number => deps.settings().sessionTimeoutMinutes * 60_000;

  return {
    idleMs,
    /** The session with its last use and its end; undefined when it was idle for too long. */
    judge: (session: StoredSession): Session | undefined => {
      const usedAtMs = Math.max(session.usedAtMs, uses.get(session.id)?.usedAtMs ?? 0);
      // The window of the desktop shell lasts as long as the shell asked for: its owner sits before it.
      const slides = session.via === 'password';
      const idleEndMs = slides ? Math.min(session.expiresAtMs, usedAtMs + idleMs()) : session.expiresAtMs;
      return idleEndMs > clock.now() ? { ...session, usedAtMs, idleEndMs } : undefined;
    },
    async note({ id, usedAtMs: writtenAtMs }: StoredSession): Promise<void> {
      const now = clock.now();
      const use = uses.get(id) ?? { usedAtMs: now, writtenAtMs };
      use.usedAtMs = now;
      uses.set(id, use);
      // After a restart, the database is all that is known of the last use.
      const stepMs = Math.min(USED_STEP_MS, idleMs() / 4);
      if (now - use.writtenAtMs < stepMs) return;
      use.writtenAtMs = now;
      await db.quickTx((tx) => touchSession(tx, id, now)).catch(deps.onFailure);
    },
  };
}

/** What ends sessions of others, or of oneself elsewhere. */
function createRevocations(
  deps: SessionsDeps,
  judge: (session: StoredSession) => Session | undefined,
): Pick<Sessions, 'revoke' | 'revokeAll'> {
  const { db, clock, audit } = deps;
  const liveOf = async (tx: Tx, accountId: number): Promise<Session[]> =>
    (await selectSessionsOf(tx, accountId, clock.now())).flatMap((session) => judge(session) ?? []);

  return {
    async revoke(actor, accountId, publicId) {
      await db.tx(async (tx) => {
        const found = (await liveOf(tx, accountId)).find((session) => session.publicId === publicId);
        if (!found || !(await deleteSession(tx, found.id))) throw notFound('session', publicId);
        const { username, via, address, userAgent } = found;
        await audit.record(tx, {
          actor,
          operation: 'delete',
          resourceType: 'session',
          resource: username,
          description: `ended a session of ${username}`,
          change: { before: { id: publicId, via, address, user_agent: userAgent } },
        });
      });
    },
    async revokeAll(actor, accountId, except) {
      return db.tx(async (tx) => {
        const ended = (await liveOf(tx, accountId)).filter((session) => session.publicId !== except);
        await deleteSessionsOf(tx, accountId, except);
        const [{ username } = { username: '' }] = ended;
        if (ended.length > 0) {
          await audit.record(tx, {
            actor,
            operation: 'delete',
            resourceType: 'session',
            resource: username,
            description: `ended ${ended.length === 1 ? 'a session' : `${ended.length} sessions`} of ${username}`,
          });
        }
        return ended.length;
      });
    },
  };
}

async function mintSession(
  { db, clock, ids, audit }: SessionsDeps,
  session: NewSession,
): Promise<{ value: string; maxAgeSeconds: number }> {
  const value = ids.secret(VALUE_BYTES);
  const now = clock.now();
  const row = {
    id: idOf(value),
    public_id: ids.uuid(),
    account_id: session.userId,
    via: session.via,
    csrf_secret: ids.secret(CSRF_BYTES),
    user_agent: (session.userAgent ?? '').slice(0, SHOWN_MAX),
    address: session.address ?? '',
    created_at: now,
    used_at: now,
    expires_at: now + session.maxAgeSeconds * 1000,
  };
  await db.tx(async (tx) => {
    // Locked, so that whoever changes the password ends this session as well or comes before it.
    const user = await lockUser(tx, session.userId);
    if (!user || (session.storedHash !== undefined && session.storedHash !== user.passwordHash))
      throw new AppError('unauthorized', 'the account was changed in this moment: sign in again');
    await insertSession(tx, row);
    await deleteSurplus(tx, { accountId: user.id, newest: row.id, max: MAX_OF_ACCOUNT });
    await audit.record(tx, {
      actor: { principal: principalOf(user), requestId: session.requestId ?? '', address: row.address },
      operation: 'login',
      resourceType: 'user',
      resource: user.username,
      description: `${user.username} signed in ${SIGNED_IN[session.via]}`,
    });
  });
  return { value, maxAgeSeconds: session.maxAgeSeconds };
}

export function createSessions(deps: SessionsDeps): Sessions {
  const { db, clock, audit } = deps;
  const uses = createUses(deps);

  async function end(value: string, { requestId, address }: From): Promise<void> {
    await db.tx(async (tx) => {
      const stored = await selectSession(tx, idOf(value), clock.now());
      const ended = await deleteSession(tx, idOf(value));
      if (!ended || !stored || !uses.judge(stored)) return;
      const { userId: id, username, isAdmin } = stored;
      await audit.record(tx, {
        actor: { principal: principalOf({ id, username, isAdmin }), requestId, address },
        operation: 'logout',
        resourceType: 'user',
        resource: username,
        description: `${username} signed out`,
      });
    });
  }

  return {
    mint: (session) => mintSession(deps, session),
    async find(value, { renews }) {
      const stored = await selectSession(db.read, idOf(value), clock.now());
      const session = stored && uses.judge(stored);
      if (!session) return undefined;
      if (renews) await uses.note(stored);
      return session;
    },
    end,
    async listOf(accountId) {
      const stored = await selectSessionsOf(db.read, accountId, clock.now());
      return stored
        .flatMap((session) => uses.judge(session) ?? [])
        .toSorted((a, b) => b.usedAtMs - a.usedAtMs);
    },
    ...createRevocations(deps, uses.judge),
    async endAllOf(tx, accountId, except) {
      await deleteSessionsOf(tx, accountId, except);
    },
    purge: () =>
      // Memory may know of a use that is not written yet.
      db.tx((tx) => purgeSessions(tx, clock.now(), clock.now() - uses.idleMs() - USED_STEP_MS)),
  };
}
