import type { Insertable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import type { SessionTable } from '../db/tables.ts';

/** A session as it is stored; whether it is idle for too long is for the reader to say. */
export interface StoredSession {
  /** SHA-256 of the cookie's value, hex. */
  readonly id: string;
  readonly publicId: string;
  readonly userId: number;
  readonly username: string;
  readonly isAdmin: boolean;
  readonly via: 'password' | 'shell';
  readonly csrfSecret: string;
  readonly address: string;
  readonly userAgent: string;
  readonly createdAtMs: number;
  /** Its last request, not finer than a minute. */
  readonly usedAtMs: number;
  readonly expiresAtMs: number;
}

/** Sessions whose account is there, and whose last moment has not come. */
function liveSessions(db: Db, nowMs: number) {
  return db
    .selectFrom('session')
    .innerJoin('account', 'account.id', 'session.account_id')
    .select([
      'session.id',
      'session.public_id as publicId',
      'account.id as userId',
      'account.username',
      'account.is_admin',
      'session.via',
      'session.csrf_secret as csrfSecret',
      'session.address',
      'session.user_agent as userAgent',
      'session.created_at as createdAtMs',
      'session.used_at as usedAtMs',
      'session.expires_at as expiresAtMs',
    ])
    .where('session.expires_at', '>', nowMs)
    .where('account.deleted_at', 'is', null);
}

type Row = Awaited<ReturnType<ReturnType<typeof liveSessions>['execute']>>[number];

const toSession = ({ is_admin: isAdmin, ...row }: Row): StoredSession => ({ ...row, isAdmin: isAdmin === 1 });

export async function selectSession(db: Db, id: string, nowMs: number): Promise<StoredSession | undefined> {
  const row = await liveSessions(db, nowMs).where('session.id', '=', id).executeTakeFirst();
  return row && toSession(row);
}

/** The account's sessions, the one used last first. */
export async function selectSessionsOf(db: Db, accountId: number, nowMs: number): Promise<StoredSession[]> {
  const rows = await liveSessions(db, nowMs)
    .where('session.account_id', '=', accountId)
    .orderBy('session.used_at', 'desc')
    .orderBy('session.id')
    .execute();
  return rows.map(toSession);
}

export async function insertSession(tx: Tx, row: Insertable<SessionTable>): Promise<void> {
  await tx.insertInto('session').values(row).execute();
}

/** Moves the last use; a later one that another node wrote stays. */
export async function touchSession(tx: Tx, id: string, usedAtMs: number): Promise<void> {
  await tx
    .updateTable('session')
    .set({ used_at: usedAtMs })
    .where('id', '=', id)
    .where('used_at', '<', usedAtMs)
    .execute();
}

/** Whether there was one. */
export async function deleteSession(tx: Tx, id: string): Promise<boolean> {
  const result = await tx.deleteFrom('session').where('id', '=', id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Ends the sessions of the account but the one of this public id, those too that are over; resolves to their number. */
export async function deleteSessionsOf(tx: Tx, accountId: number, except?: string): Promise<number> {
  let query = tx.deleteFrom('session').where('account_id', '=', accountId);
  if (except !== undefined) query = query.where('public_id', '!=', except);
  return Number((await query.executeTakeFirst()).numDeletedRows);
}

/** Ends those of the account that are more than `max`, first what was not used for the longest time; never `newest`. */
export async function deleteSurplus(
  tx: Tx,
  { accountId, newest, max }: { accountId: number; newest: string; max: number },
): Promise<void> {
  const surplus = await tx
    .selectFrom('session')
    .select('id')
    .where('account_id', '=', accountId)
    .where('id', '!=', newest)
    .orderBy('used_at', 'desc')
    .orderBy('id')
    .limit(100)
    .offset(max - 1)
    .execute();
  for (const { id } of surplus) await deleteSession(tx, id);
}

/** Forgets what ended before: by its last moment, or as one by password that nobody used since `idleBeforeMs`. */
export async function purgeSessions(tx: Tx, nowMs: number, idleBeforeMs: number): Promise<number> {
  const result = await tx
    .deleteFrom('session')
    .where((eb) =>
      eb.or([
        eb('expires_at', '<=', nowMs),
        eb.and([eb('via', '=', 'password'), eb('used_at', '<=', idleBeforeMs)]),
      ]),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
