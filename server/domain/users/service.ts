import type { Actor } from '../../access/scope.ts';
import { isUniqueViolation, type Database, type Tx } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';
import { generatePassword, type Ids } from '../../lib/ids.ts';
import type { ListRequest, ResultPage } from '../../lib/list-query.ts';
import { hashPassword } from './password.ts';
import { checkNewUser, checkPassword, type NewUser } from './rules.ts';
import {
  ADMIN_ID,
  insertAdmin,
  insertUser,
  isEmailTaken,
  selectById,
  selectByName,
  selectUsers,
  setFirstPassword,
  type User,
} from './store.ts';

export interface UsersDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly audit: AuditTrail;
  readonly outbox: Outbox;
}

export interface FirstAdmin {
  /** The password to set while none is set. */
  readonly password?: string;
  /** What to do when none is given and none is set. */
  readonly whenMissing: 'generate' | 'leave-unset';
}

export interface Users {
  /**
   * Makes sure that account 1, `admin`, exists, and gives it its first password; changes nothing once one is set.
   * Resolves to the password that it made up, to be shown once. Throws `bad_request` for a weak one.
   */
  ensureAdmin(first: FirstAdmin): Promise<{ readonly generated?: string }>;
  /** Sets the administrator's first password, or makes one up and returns it. Throws `conflict` when one is set. */
  setAdminPassword(
    actor: Actor,
    password?: string,
  ): Promise<{ readonly username: string; readonly generated?: string }>;
  /** Whether the first administrator has a password. */
  isAdminPasswordSet(): Promise<boolean>;
  findByName(username: string): Promise<User | undefined>;
  findById(id: number): Promise<User | undefined>;
  /** Creates an ordinary user and resolves to its id. Throws `bad_request`, or `conflict` for a taken name or address. */
  create(actor: Actor, user: NewUser): Promise<number>;
  /** Everybody but the first administrator, by name unless sorted otherwise. */
  list(request: ListRequest): Promise<ResultPage<User>>;
}

export function createUsers(deps: UsersDeps): Users {
  const { db, clock, ids, audit, outbox } = deps;

  /** Belongs into every transaction that changes what access asks of an account: caches of accounts live by it. */
  const tellChanged = (tx: Tx, accountId: number): Promise<void> =>
    outbox.record(tx, { kind: 'user.changed', payload: { accountId } });

  async function insertAdminOnce(): Promise<void> {
    const now = clock.now();
    await db.tx(async (tx) => {
      if (await selectById(tx, ADMIN_ID)) return;
      await insertAdmin(tx, {
        username: 'admin',
        email: '',
        realname: 'system admin',
        comment: 'admin user',
        password_hash: null,
        is_admin: 1,
        created_at: now,
        updated_at: now,
        deleted_at: null,
      });
      await tellChanged(tx, ADMIN_ID);
    });
  }

  async function create(actor: Actor, user: NewUser): Promise<number> {
    checkNewUser(user);
    const hash = await hashPassword(user.password);
    const now = clock.now();
    const taken = new AppError(
      'conflict',
      `the username ${user.username} or the email ${user.email} is taken`,
    );
    return db
      .tx(async (tx) => {
        if (await isEmailTaken(tx, user.email)) throw taken;
        const id = await insertUser(tx, {
          username: user.username,
          email: user.email,
          realname: user.realname,
          comment: user.comment,
          password_hash: hash,
          is_admin: 0,
          created_at: now,
          updated_at: now,
          deleted_at: null,
        });
        await audit.record(tx, { actor, operation: 'create', resourceType: 'user', resource: user.username });
        await tellChanged(tx, id);
        return id;
      })
      .catch((error: unknown) => {
        throw isUniqueViolation(error) ? taken : error;
      });
  }

  return {
    create,
    findByName: (username) => selectByName(db.read, username),
    findById: (id) => selectById(db.read, id),
    list: (request) => selectUsers(db.read, request),
    async isAdminPasswordSet() {
      return (await selectById(db.read, ADMIN_ID))?.passwordHash != null;
    },
    async ensureAdmin(first) {
      if (first.password !== undefined) checkPassword(first.password);
      const admin = await selectById(db.read, ADMIN_ID);
      if (!admin) await insertAdminOnce();
      else if (admin.passwordHash !== null) return {};
      if (first.password === undefined && first.whenMissing === 'leave-unset') return {};
      const password = first.password ?? generatePassword(ids);
      const hash = await hashPassword(password);
      const set = await db.tx(async (tx) => {
        const isSet = await setFirstPassword(tx, { id: ADMIN_ID, hash, nowMs: clock.now() });
        if (isSet) await tellChanged(tx, ADMIN_ID);
        return isSet;
      });
      return set && first.password === undefined ? { generated: password } : {};
    },
    async setAdminPassword(actor, given) {
      if (given !== undefined) checkPassword(given);
      const password = given ?? generatePassword(ids);
      const hash = await hashPassword(password);
      await db.tx(async (tx) => {
        const set = await setFirstPassword(tx, { id: ADMIN_ID, hash, nowMs: clock.now() });
        if (!set) throw new AppError('conflict', 'the administrator has a password already');
        await audit.record(tx, {
          actor,
          operation: 'update',
          resourceType: 'user',
          resource: 'admin',
          description: 'set the first password of admin',
        });
        await tellChanged(tx, ADMIN_ID);
      });
      return { username: 'admin', ...(given === undefined ? { generated: password } : {}) };
    },
  };
}
