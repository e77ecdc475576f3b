import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANONYMOUS } from '#server/access/principal.ts';
import { mintProjectScope, type ProjectScope } from '#server/access/scope.ts';
import type { Database } from '#server/db/database.ts';
import { openPostgres } from '#server/db/postgres.ts';
import { openSqlite } from '#server/db/sqlite.ts';
import { freshDatabase, hasPostgres } from '#test/support/postgres.ts';

export interface OpenDatabase {
  readonly db: Database;
  /** The folder of berth.db; undefined on PostgreSQL. */
  readonly folder?: string;
  readonly dispose: () => Promise<void>;
}

async function sqlite(): Promise<OpenDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-db-'));
  const db = await openSqlite(folder);
  return { db, folder, dispose: () => db.close().then(() => rm(folder, { recursive: true, force: true })) };
}

async function postgres(): Promise<OpenDatabase> {
  const fresh = await freshDatabase();
  if (!fresh) throw new Error('no PostgreSQL in this run');
  const db = await openPostgres(fresh.url);
  return { db, dispose: () => db.close().then(fresh.dispose) };
}

/** Name, how to open a new and empty one, and whether this run has it. */
export const databases = [
  ['SQLite', sqlite, true],
  ['PostgreSQL', postgres, hasPostgres()],
] as const;

/** A project with an owner in an empty database, and the right to everything in it. */
export async function makeProject(db: Database): Promise<ProjectScope> {
  const times = { created_at: 1, updated_at: 1 };
  const projectId = await db.tx(async (tx) => {
    const account = await tx
      .insertInto('account')
      .values({
        username: 'o',
        email: '',
        realname: '',
        comment: '',
        password_hash: null,
        is_admin: 1,
        ...times,
        deleted_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const project = await tx
      .insertInto('project')
      .values({ name: 'p', owner_id: account.id, is_public: 0, ...times, deleted_at: null })
      .returning('id')
      .executeTakeFirstOrThrow();
    return project.id;
  });
  return mintProjectScope({
    project: { id: projectId, name: 'p', ownerId: 1, createdAtMs: 1, isPublic: false, allowsSparse: false },
    principal: ANONYMOUS,
    roles: [],
    requestId: 'test',
    address: '192.0.2.1',
  });
}
