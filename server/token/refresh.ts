import { createHash } from 'node:crypto';
import type { UserPrincipal } from '../access/principal.ts';
import type { Actor } from '../access/scope.ts';
import type { Database, Tx } from '../db/database.ts';
import type { AuditTrail } from '../events/audit.ts';
import { DAYS, HOURS, type Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Ids } from '../lib/ids.ts';

const TOKEN_BYTES = 32;
/** By it people, and programs that look for leaked secrets, know what it is. */
const PREFIX = 'berth-refresh-';
/** A token that nobody used for so long has ended. */
const IDLE_MS = DAYS(30);
/** A use is written down when the last one is so long ago: most pulls then write nothing. */
const USED_STEP_MS = HOURS(1);
/** Tokens of one account; one more ends that which was not used for the longest time. */
const MAX_OF_ACCOUNT = 500;

/**
 * What a client keeps instead of the password (distribution token specification, "offline_token"): it gives access tokens,
 * with the rights that its account has then, and opens nothing else. It ends with the account, with the password that it
 * was given for, and after 30 days without use.
 */
export interface RefreshTokens {
  /**
   * Makes a token for the stored hash that a password was right for, so that it cannot outlive a change made meanwhile, with a
   * row in the audit log. It is kept as a hash, so this is the only time that anybody sees it.
   */
  mint(token: {
    actor: Actor & { readonly principal: UserPrincipal };
    storedHash: string;
    service: string;
  }): Promise<string>;
  /** The account of the token as it is now. Throws `unauthorized` when it has ended or never was. */
  redeem(token: string, service: string): Promise<UserPrincipal>;
  /** Ends every token of the account, in the transaction that ends what they were given for. */
  endAllOf(tx: Tx, accountId: number): Promise<void>;
  /** Keeps the tokens of a password that is from now on stored as another hash. */
  keepAllOf(tx: Tx, change: { accountId: number; from: string; to: string }): Promise<void>;
  /** Removes tokens that have ended. */
  purge(): Promise<void>;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Ends the tokens of the account that are too many, those first that were not used for long; never the newest. */
async function endSurplus(tx: Tx, newest: { id: string; accountId: number }): Promise<void> {
  const surplus = await tx
    .selectFrom('refresh_token')
    .select('id')
    .where('account_id', '=', newest.accountId)
    .where('id', '!=', newest.id)
    .orderBy('used_at', 'desc')
    .orderBy('id')
    .limit(100)
    .offset(MAX_OF_ACCOUNT - 1)
    .execute();
  for (const { id } of surplus) await tx.deleteFrom('refresh_token').where('id', '=', id).execute();
}

export interface RefreshTokenDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly audit: AuditTrail;
}

export function createRefreshTokens(deps: RefreshTokenDeps): RefreshTokens {
  const { db, clock, ids } = deps;

  async function find(id: string, service: string) {
    const row = await db.read
      .selectFrom('refresh_token')
      .innerJoin('account', 'account.id', 'refresh_token.account_id')
      .select(['account.id', 'account.username', 'account.is_admin', 'account.password_hash'])
      .select(['refresh_token.password_mark', 'refresh_token.used_at'])
      .where('refresh_token.id', '=', id)
      .where('refresh_token.service', '=', service)
      .where('refresh_token.used_at', '>', clock.now() - IDLE_MS)
      .where('account.deleted_at', 'is', null)
      .executeTakeFirst();
    return row?.password_hash != null && sha256(row.password_hash) === row.password_mark ? row : undefined;
  }

  return {
    async mint({ actor, storedHash, service }) {
      const { userId, username } = actor.principal;
      const token = `${PREFIX}${ids.secret(TOKEN_BYTES)}`;
      const now = clock.now();
      const row = {
        // The token has 256 random bits: a plain hash of it cannot be searched.
        id: sha256(token),
        account_id: userId,
        service,
        password_mark: sha256(storedHash),
        created_at: now,
        used_at: now,
      };
      await db.tx(async (tx) => {
        await tx.insertInto('refresh_token').values(row).execute();
        await endSurplus(tx, { id: row.id, accountId: userId });
        await deps.audit.record(tx, {
          actor,
          operation: 'create',
          resourceType: 'token',
          resource: username,
          description: `a refresh token of ${username}, kept by a client instead of the password`,
        });
      });
      return token;
    },
    async redeem(token, service) {
      const id = sha256(token);
      const row = await find(id, service);
      if (!row)
        throw new AppError(
          'unauthorized',
          'the refresh token has ended or is not of this registry: sign in again',
        );
      const now = clock.now();
      if (now - row.used_at >= USED_STEP_MS)
        await db.tx((tx) =>
          tx.updateTable('refresh_token').set({ used_at: now }).where('id', '=', id).execute(),
        );
      return {
        kind: 'user',
        userId: row.id,
        username: row.username,
        isAdmin: row.is_admin === 1,
        via: 'token',
      };
    },
    async endAllOf(tx, accountId) {
      await tx.deleteFrom('refresh_token').where('account_id', '=', accountId).execute();
    },
    async keepAllOf(tx, { accountId, from, to }) {
      await tx
        .updateTable('refresh_token')
        .set({ password_mark: sha256(to) })
        .where('account_id', '=', accountId)
        .where('password_mark', '=', sha256(from))
        .execute();
    },
    async purge() {
      await db.tx((tx) =>
        tx
          .deleteFrom('refresh_token')
          .where((eb) =>
            eb.or([
              eb('used_at', '<=', clock.now() - IDLE_MS),
              eb('account_id', 'in', (accounts) =>
                accounts.selectFrom('account').select('account.id').where('deleted_at', 'is not', null),
              ),
            ]),
          )
          .execute(),
      );
    },
  };
}
