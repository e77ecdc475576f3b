import type { Actor } from '../../access/scope.ts';
import { isUniqueViolation, type Database, type Tx } from '../../db/database.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import { generatePassword, type Ids } from '../../lib/ids.ts';
import type { KeysetPage, KeysetRequest, ListRequest, ResultPage } from '../../lib/list-query.ts';
import {
  createAccountChanges,
  type AccountChanges,
  type AccountTies,
  type CheckPassword,
} from './changes.ts';
import type { Hashing } from './hashing.ts';
import { hashPassword } from './password.ts';
import { checkNewUser, checkPassword, type NewUser } from './rules.ts';
import { tellChange } from './tell.ts';
import {
  ADMIN_ID,
  insertAdmin,
  insertUser,
  isEmailTaken,
  selectById,
  selectByName,
  selectUsers,
  selectUsersAfter,
  setFirstPassword,
  type User,
} from './store.ts';

export interface UsersDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly audit: AuditTrail;
  readonly outbox: Outbox;
  readonly hashing: Hashing;
  readonly ties: AccountTies;
  /** Checks one's own old password, with the guard against guessing that a sign-in has. */
  readonly checkOwnPassword: CheckPassword;
}

export interface FirstAdmin {
  /** The password to set while none is set. */
  readonly password?: string;
  /** What to do when none is given and none is set. */
  readonly whenMissing: 'generate' | 'leave-unset';
}

export interface Users extends AccountChanges {
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
  /** Throws `not_found`. */
  get(id: number): Promise<User>;
  /** Everybody but the first administrator, by name unless sorted otherwise. */
  list(request: ListRequest): Promise<ResultPage<User>>;
  /** Everybody, that one too, from a position on. */
  listAfter(request: KeysetRequest): Promise<KeysetPage<User>>;
  /** Those of them whose name contains the text, in any case of its letters. */
  search(namePart: string, page: Pick<ListRequest, 'limit' | 'offset'>): Promise<ResultPage<User>>;
  /** Whether an account has this name, or this address in any case of its letters. */
  isTaken(what: 'username' | 'email', value: string): Promise<boolean>;
}

export function createUsers(deps: UsersDeps): Users {
  const { db, clock, ids } = deps;

  /** For what the registry does by itself when it starts. */
  const tellStart = (tx: Tx, operation: 'create' | 'update', description: string): Promise<void> =>
    tellChange(deps, tx, {
      actor: 'registry',
      operation,
      user: { id: ADMIN_ID, username: 'admin' },
      description,
    });

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
      await tellStart(tx, 'create', 'make the first administrator, admin');
    });
  }

  async function create(actor: Actor, user: NewUser): Promise<number> {
    checkNewUser(user);
    const hash = await deps.hashing.run(() => hashPassword(user.password));
    const now = clock.now();
    const taken = new AppError(
      'conflict',
      `the username ${user.username} or the email ${user.email} is taken`,
    );
    return db
      .tx(async (tx) => {
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
        const { username, email, realname, comment } = user;
        await tellChange(deps, tx, {
          actor,
          operation: 'create',
          user: { id, username },
          change: { after: { username, email, realname, comment } },
        });
        return id;
      })
      .catch((error: unknown) => {
        throw isUniqueViolation(error) ? taken : error;
      });
  }

  return {
    ...createAccountChanges(deps),
    create,
    findByName: (username) => selectByName(db.read, username),
    findById: (id) => selectById(db.read, id),
    async get(id) {
      const user = await selectById(db.read, id);
      if (!user) throw notFound('user', id);
      return user;
    },
    list: (request) => selectUsers(db.read, request),
    listAfter: (request) => selectUsersAfter(db.read, request),
    search: (namePart, page) =>
      selectUsers(db.read, {
        filters: [{ key: 'username', op: 'contains', value: namePart }],
        sort: [],
        // Not all that it may carry: the page of a route has filters of its own.
        limit: page.limit,
        offset: page.offset,
      }),
    async isTaken(what, value) {
      if (what === 'email') return isEmailTaken(db.read, value);
      return (await selectByName(db.read, value)) !== undefined;
    },
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
        if (isSet) await tellStart(tx, 'update', 'set the first password of admin');
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
        await tellChange(deps, tx, {
          actor,
          operation: 'update',
          user: { id: ADMIN_ID, username: 'admin' },
          description: 'set the first password of admin',
        });
      });
      return { username: 'admin', ...(given === undefined ? { generated: password } : {}) };
    },
  };
}
