import { sql, type Insertable, type Selectable } from 'kysely';
import type { Db, Tx } from '../../db/database.ts';
import { conditionsOf, orderOf, readPage, type ListColumns } from '../../db/list-filter.ts';
import type { AccountTable } from '../../db/tables.ts';
import type { ListRequest, ResultPage } from '../../lib/list-query.ts';

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

const COLUMNS: ListColumns = {
  user_id: { ref: 'id', kind: 'number' },
  username: { ref: 'username', kind: 'text' },
  email: { ref: 'email', kind: 'text' },
  realname: { ref: 'realname', kind: 'text' },
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
    .executeTakeFirst();
  return row !== undefined;
}

export async function insertUser(tx: Tx, row: Insertable<AccountTable>): Promise<number> {
  const { id } = await tx.insertInto('account').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
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

/** Everybody but the first administrator, as Harbor lists users. */
export async function selectUsers(db: Db, request: ListRequest): Promise<ResultPage<User>> {
  const matching = present(db)
    .where('id', '!=', ADMIN_ID)
    .where((eb) => eb.and(conditionsOf(COLUMNS, request.filters)));
  const order = orderOf(COLUMNS, request.sort, {
    by: [{ key: 'username', descending: false }],
    unique: 'id',
  });
  const { items, total } = await readPage(matching, order, request);
  return { items: items.map(toUser), total };
}
