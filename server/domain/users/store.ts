import { sql, type Insertable, type Selectable, type SqlBool, type Updateable } from 'kysely';
import type { Db, Tx } from '../../db/database.ts';
import { readKeyset, withTotal, type KeysetOrder } from '../../db/keyset.ts';
import {
  conditionsOf,
  narrow,
  orderOf,
  readPage,
  type Condition,
  type ListColumns,
} from '../../db/list-filter.ts';
import type { AccountTable } from '../../db/tables.ts';
import type { Filter, KeysetPage, KeysetRequest, ListRequest, ResultPage } from '../../lib/list-query.ts';

/** The first administrator. Harbor's clients expect this id. */
export const ADMIN_ID = 1;

export interface User {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  readonly realname: string;
  readonly comment: string;
  /** PHC string, or null while no password was ever set. */
  readonly passwordHash: string | null;
  readonly isAdmin: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Harbor's `username_or_email`: what is asked of either. */
const eitherName = (filter: Filter): Condition => {
  const asked = (['username', 'email'] as const).flatMap((key) =>
    conditionsOf(COLUMNS, [{ ...filter, key }]),
  );
  return sql<SqlBool>`(${sql.join(asked, sql` or `)})`;
};

const COLUMNS: ListColumns = {
  user_id: { ref: 'id', kind: 'number' },
  username: { ref: 'username', kind: 'text', search: { table: 'account_search', id: 'account.id' } },
  email: { ref: 'email', kind: 'text' },
  username_or_email: { where: eitherName },
  realname: { ref: 'realname', kind: 'text' },
  comment: { ref: 'comment', kind: 'text' },
  sysadmin_flag: { ref: 'is_admin', kind: 'flag' },
  creation_time: { ref: 'created_at', kind: 'time' },
  update_time: { ref: 'updated_at', kind: 'time' },
};

function toUser(row: Selectable<AccountTable>): User {
  return {
    id: row.id,
    username: row.username,
    email: row.email,
    realname: row.realname,
    comment: row.comment,
    passwordHash: row.password_hash,
    isAdmin: row.is_admin === 1,
    createdAtMs: row.created_at,
    updatedAtMs: row.updated_at,
  };
}

const present = (db: Db) => db.selectFrom('account').selectAll().where('deleted_at', 'is', null);

export async function selectByName(db: Db, username: string): Promise<User | undefined> {
  const row = await present(db).where('username', '=', username).executeTakeFirst();
  return row && toUser(row);
}

export async function selectById(db: Db, id: number): Promise<User | undefined> {
  const row = await present(db).where('id', '=', id).executeTakeFirst();
  return row && toUser(row);
}

/** Whether a user has the address already, in any case of its letters. */
export async function isEmailTaken(db: Db, email: string): Promise<boolean> {
  const row = await present(db)
    .where(sql`lower(email)`, '=', sql`lower(${email})`)
    // As the index has it.
    .where('email', '!=', '')
    .executeTakeFirst();
  return row !== undefined;
}

export async function insertUser(tx: Tx, row: Insertable<AccountTable>): Promise<number> {
  const { id } = await tx.insertInto('account').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

/**
 * The account as it is now, or undefined when it is gone; nobody else changes it before the transaction ends. Whoever
 * locks the first administrator as well does that first.
 */
export async function lockUser(tx: Tx, id: number): Promise<User | undefined> {
  // An update of nothing, since SQLite knows no "for update".
  await tx
    .updateTable('account')
    .set((eb) => ({ is_admin: eb.ref('is_admin') }))
    .where('id', '=', id)
    .execute();
  return selectById(tx, id);
}

export async function updateUser(tx: Tx, id: number, change: Updateable<AccountTable>): Promise<void> {
  await tx.updateTable('account').set(change).where('id', '=', id).execute();
}

/** Marks the account as removed, and frees its name and address: no name that can be chosen has a "#". */
export async function markDeleted(tx: Tx, user: User, nowMs: number): Promise<void> {
  await updateUser(tx, user.id, {
    username: `${user.username}#${user.id}`,
    email: `${user.email}#${user.id}`,
    is_admin: 0,
    password_hash: null,
    deleted_at: nowMs,
    updated_at: nowMs,
  });
}

export async function countAdmins(tx: Tx): Promise<number> {
  const row = await present(tx)
    .clearSelect()
    .select(sql<number>`count(*)`.as('total'))
    .where('is_admin', '=', 1)
    .executeTakeFirstOrThrow();
  return row.total;
}

/** Stores another hash of the same password; false when the stored one is not `from` any more. */
export async function replaceHash(
  tx: Tx,
  change: { accountId: number; from: string; to: string },
): Promise<boolean> {
  const result = await tx
    .updateTable('account')
    .set({ password_hash: change.to })
    .where('id', '=', change.accountId)
    .where('password_hash', '=', change.from)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Inserts the first administrator as id 1, whatever number the database was about to give. */
export async function insertAdmin(tx: Tx, row: Insertable<AccountTable>): Promise<void> {
  const id = await insertUser(tx, row);
  // Not given in the INSERT: PostgreSQL's sequence would hand out 1 a second time.
  if (id !== ADMIN_ID) await tx.updateTable('account').set({ id: ADMIN_ID }).where('id', '=', id).execute();
}

/** Sets the password while none is set; false when one was set already. */
export async function setFirstPassword(
  tx: Tx,
  change: { id: number; hash: string; nowMs: number },
): Promise<boolean> {
  const result = await tx
    .updateTable('account')
    .set({ password_hash: change.hash, updated_at: change.nowMs })
    .where('id', '=', change.id)
    .where('password_hash', 'is', null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

const ORDER: KeysetOrder = { columns: COLUMNS, by: { key: 'username', descending: false }, unique: 'id' };

/** Everybody; Harbor's list leaves the first administrator out. */
async function listed(db: Db, filters: readonly Filter[], { withFirst }: { withFirst: boolean }) {
  const conditions = conditionsOf(COLUMNS, filters);
  const narrowed = await narrow(db, COLUMNS, filters);
  const meeting = (more: readonly Condition[]) =>
    present(db)
      .$if(!withFirst, (query) => query.where('id', '!=', ADMIN_ID))
      .where((eb) => eb.and([...conditions, ...more]));
  return { query: meeting(narrowed.page), counted: meeting(narrowed.count) };
}

export async function selectUsers(db: Db, request: ListRequest): Promise<ResultPage<User>> {
  const { query, counted } = await listed(db, request.filters, { withFirst: false });
  const order = orderOf(COLUMNS, request.sort, { by: [ORDER.by], unique: ORDER.unique });
  const { items, total } = await readPage(query, order, { ...request, counted });
  return { items: items.map(toUser), total };
}

/** Everybody, the first administrator too, from a position on. */
export async function selectUsersAfter(db: Db, request: KeysetRequest): Promise<KeysetPage<User>> {
  const { query, counted } = await listed(db, request.filters, { withFirst: true });
  const page = await readKeyset(query, ORDER, request);
  return withTotal({ ...page, items: page.items.map(toUser) }, request, { db, query: counted });
}
