import type { Actor } from '../../access/scope.ts';
import { isUniqueViolation, type Database, type Tx } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import type { Hashing } from './hashing.ts';
import { hashPassword } from './password.ts';
import { checkDeletable, checkPassword, readProfileChange, type Profile } from './rules.ts';
import {
  ADMIN_ID,
  countAdmins,
  lockUser,
  markDeleted,
  replaceHash,
  selectById,
  updateUser,
  type User,
} from './store.ts';
import { tellChange } from './tell.ts';

/** What hangs on an account elsewhere, and ends or goes on in the transaction that changes the account. */
export interface AccountTies {
  /** Ends the account's sessions, but for the one of this public id. */
  endSessions(tx: Tx, accountId: number, except?: string): Promise<void>;
  endRefreshTokens(tx: Tx, accountId: number): Promise<void>;
  /** Keeps those given for a hash when only the way of hashing changed. */
  keepRefreshTokens(tx: Tx, change: HashChange): Promise<void>;
  endMemberships(tx: Tx, accountId: number): Promise<void>;
}

export interface HashChange {
  readonly accountId: number;
  /** Stored hash that the password was right for. */
  readonly from: string;
  readonly to: string;
}

/** Whether the password is right for the account's stored hash, which is told; a wrong one may not have been compared. */
export type CheckPassword = (
  username: string,
  password: string,
) => Promise<
  | { readonly kind: 'accepted'; readonly storedHash: string }
  | { readonly kind: 'rejected'; readonly checked: boolean }
>;

export interface PasswordChange {
  readonly userId: number;
  /** Needed for one's own password; else it is not looked at. */
  readonly oldPassword: string;
  readonly newPassword: string;
  /** Public id of the session that asks: the only one that goes on. */
  readonly keepSession?: string | undefined;
}

export interface AccountChanges {
  /**
   * Sets what the profile names and leaves the rest. Throws `bad_request`, `conflict` for a taken address, `not_found`.
   */
  updateProfile(actor: Actor, userId: number, asked: Partial<Profile>): Promise<void>;
  /**
   * Removes the account, frees its name and address, and ends its memberships, sessions and refresh tokens. Throws
   * `forbidden` for the first administrator, for oneself and for the last administrator, `not_found`.
   */
  delete(actor: Actor, userId: number): Promise<void>;
  /** Makes a user a system administrator or no longer one. Throws `forbidden` for the last one, `not_found`. */
  setAdmin(actor: Actor, userId: number, isAdmin: boolean): Promise<void>;
  /**
   * Sets a password, and ends the account's refresh tokens and sessions but the one that asks. Throws `forbidden` when
   * one's own old password is not right, `bad_request` for a weak or unchanged one, `not_found`.
   */
  changePassword(actor: Actor, change: PasswordChange): Promise<void>;
  /** Stores the same password hashed in another way; false when the stored hash is another one by now. */
  replaceHash(change: HashChange): Promise<boolean>;
}

export interface AccountChangesDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: AuditTrail;
  readonly outbox: Outbox;
  readonly hashing: Hashing;
  readonly ties: AccountTies;
  readonly checkOwnPassword: CheckPassword;
}

const ownIdOf = ({ principal }: Actor): number | undefined =>
  principal.kind === 'user' ? principal.userId : undefined;

async function lock(tx: Tx, userId: number): Promise<User> {
  const user = await lockUser(tx, userId);
  if (!user) throw notFound('user', userId);
  return user;
}

/**
 * Whoever takes administrators away holds the first account's row: two who do it at once come one after the other, and
 * the second one may have lost the right meanwhile.
 */
async function lockAdmins(tx: Tx, actor: Actor): Promise<void> {
  await lockUser(tx, ADMIN_ID);
  const ownId = ownIdOf(actor);
  const self = ownId === undefined ? undefined : await selectById(tx, ownId);
  if (!self?.isAdmin) throw new AppError('forbidden', 'only system administrators may do this');
}

async function refuseLastAdmin(tx: Tx, what: string): Promise<void> {
  if ((await countAdmins(tx)) <= 1)
    throw new AppError(
      'forbidden',
      `the last system administrator cannot be ${what}: make somebody else one first`,
    );
}

const presentProfile = (user: User): Record<string, unknown> => ({
  username: user.username,
  email: user.email,
  realname: user.realname,
  comment: user.comment,
  sysadmin_flag: user.isAdmin,
});

function createPasswordChange(deps: AccountChangesDeps): AccountChanges['changePassword'] {
  const { db, clock, audit } = deps;

  /** The stored hash that one's own old password is right for. */
  async function proveOldPassword(actor: Actor, user: User, password: string): Promise<string> {
    const verdict = await deps.checkOwnPassword(user.username, password);
    if (verdict.kind === 'accepted') return verdict.storedHash;
    if (verdict.checked) {
      await db.tx((tx) =>
        audit.record(tx, {
          actor,
          operation: 'update',
          resourceType: 'user',
          resource: user.username,
          description: `wrong old password when ${user.username} changed the password`,
          succeeded: false,
        }),
      );
    }
    throw new AppError(
      'forbidden',
      'old_password is not right; after a wrong one, wait two seconds before the next try',
    );
  }

  return async (actor, { userId, oldPassword, newPassword, keepSession }) => {
    const user = await selectById(db.read, userId);
    if (!user) throw notFound('user', userId);
    const isOwn = ownIdOf(actor) === userId;
    const provedHash = isOwn ? await proveOldPassword(actor, user, oldPassword) : undefined;
    checkPassword(newPassword);
    if (isOwn && newPassword === oldPassword)
      throw new AppError('bad_request', 'the new password is the old one: choose another');
    const hash = await deps.hashing.run(() => hashPassword(newPassword));
    await db.tx(async (tx) => {
      const { username, passwordHash } = await lock(tx, userId);
      if (provedHash !== undefined && passwordHash !== provedHash)
        throw new AppError(
          'forbidden',
          'the password was changed by somebody else in this moment: try again',
        );
      await updateUser(tx, userId, { password_hash: hash, updated_at: clock.now() });
      await deps.ties.endSessions(tx, userId, keepSession);
      await deps.ties.endRefreshTokens(tx, userId);
      await tellChange(deps, tx, {
        actor,
        operation: 'update',
        user: { id: userId, username },
        description: `changed the password of ${username}, which ended its other sessions`,
      });
    });
  };
}

/** What may take an administrator away. */
function createAdminChanges(deps: AccountChangesDeps): Pick<AccountChanges, 'setAdmin' | 'delete'> {
  const { db, clock, ties } = deps;

  async function setAdmin(actor: Actor, userId: number, isAdmin: boolean): Promise<void> {
    await db.tx(async (tx) => {
      await lockAdmins(tx, actor);
      const user = await lock(tx, userId);
      if (user.isAdmin === isAdmin) return;
      if (!isAdmin) await refuseLastAdmin(tx, 'demoted');
      await updateUser(tx, userId, { is_admin: isAdmin ? 1 : 0, updated_at: clock.now() });
      await tellChange(deps, tx, {
        actor,
        operation: 'update',
        user,
        description: `made ${user.username} ${isAdmin ? 'a system administrator' : 'no longer a system administrator'}`,
        change: { before: { sysadmin_flag: !isAdmin }, after: { sysadmin_flag: isAdmin } },
      });
    });
  }

  async function remove(actor: Actor, userId: number): Promise<void> {
    checkDeletable(userId, ownIdOf(actor), ADMIN_ID);
    await db.tx(async (tx) => {
      await lockAdmins(tx, actor);
      const user = await lock(tx, userId);
      if (user.isAdmin) await refuseLastAdmin(tx, 'deleted');
      await markDeleted(tx, user, clock.now());
      await ties.endSessions(tx, userId);
      await ties.endRefreshTokens(tx, userId);
      await ties.endMemberships(tx, userId);
      await tellChange(deps, tx, {
        actor,
        operation: 'delete',
        user,
        change: { before: presentProfile(user) },
      });
    });
  }

  return { setAdmin, delete: remove };
}

/** What changes accounts that exist. */
export function createAccountChanges(deps: AccountChangesDeps): AccountChanges {
  const { db, clock, ties } = deps;

  async function updateProfile(actor: Actor, userId: number, asked: Partial<Profile>): Promise<void> {
    const update = db.tx(async (tx) => {
      const user = await lock(tx, userId);
      const change = readProfileChange(user, asked);
      const fields = Object.keys(change) as (keyof Profile)[];
      if (fields.length === 0) return;
      await updateUser(tx, userId, { ...change, updated_at: clock.now() });
      const before = Object.fromEntries(fields.map((field) => [field, user[field]]));
      await tellChange(deps, tx, { actor, operation: 'update', user, change: { before, after: change } });
    });
    await update.catch((error: unknown) => {
      throw isUniqueViolation(error)
        ? new AppError('conflict', `the email ${asked.email} is taken by another account`)
        : error;
    });
  }

  return {
    updateProfile,
    ...createAdminChanges(deps),
    changePassword: createPasswordChange(deps),
    replaceHash: (change) =>
      db.tx(async (tx) => {
        const replaced = await replaceHash(tx, change);
        if (replaced) await ties.keepRefreshTokens(tx, change);
        return replaced;
      }),
  };
}
