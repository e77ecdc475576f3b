import { sql, type Kysely } from 'kysely';
import type { DatabaseKind } from '../kind.ts';

/**
 * What lists and searches need to cost the same in a registry of any size: a repository's name with its project, names
 * by their trigrams, and counters. Triggers keep them, so that no way to add or remove a row can forget it.
 */
export async function addSearch(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  const name = kind === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema
    .alterTable('repository')
    .addColumn('full_name', name, (c) => c.notNull().defaultTo(''))
    .execute();
  await db.schema
    .alterTable('project')
    .addColumn('repository_count', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute();
  await sql`update repository set full_name =
    (select project.name from project where project.id = repository.project_id) || '/' || name`.execute(db);
  await sql`update project set repository_count =
    (select count(*) from repository where repository.project_id = project.id)`.execute(db);
  await sql`create table storage_total (shard integer primary key, bytes bigint not null)`.execute(db);
  await sql`insert into storage_total select 0, coalesce(sum(size_bytes), 0) from blob`.execute(db);
  await (kind === 'sqlite' ? keepInSqlite(db) : keepInPostgres(db));
  await addIndices(db);
}

/** A page in each order that the console offers walks an index; the last column makes the order total. */
async function addIndices(db: Kysely<unknown>): Promise<void> {
  for (const [name, on] of [
    ['repository_full_name', 'repository (full_name, id)'],
    ['repository_project_name', 'repository (project_id, full_name, id)'],
    ['repository_created', 'repository (project_id, created_at, id)'],
    ['repository_updated', 'repository (project_id, updated_at, id)'],
    ['repository_all_created', 'repository (created_at, id)'],
    ['repository_all_updated', 'repository (updated_at, id)'],
    ['project_created', 'project (created_at, id)'],
    ['account_listed', 'account (username, deleted_at, id)'],
    ['project_visibility', 'project (is_public, deleted_at, repository_count)'],
    ['artifact_pulled', 'artifact (repository_id, is_listed, coalesce(pulled_at, 0), id)'],
    ['artifact_size', 'artifact (repository_id, is_listed, size_bytes, id)'],
  ] as const)
    await sql`create index ${sql.id(name)} on ${sql.raw(on)}`.execute(db);
}

// Each name is indexed with two line feeds after it: so each of its letters, and each pair of them, begins a trigram, and
// what is shorter than a trigram is found as the begin of one.
const SQLITE_TRIGGERS = [
  `create trigger repository_added after insert on repository begin
    insert into repository_search (rowid, name) values (new.id, new.full_name || char(10, 10));
    update project set repository_count = repository_count + 1 where id = new.project_id;
  end`,
  `create trigger repository_removed after delete on repository begin
    delete from repository_search where rowid = old.id;
    update project set repository_count = repository_count - 1 where id = old.project_id;
  end`,
  `create trigger repository_renamed after update of full_name on repository begin
    delete from repository_search where rowid = old.id;
    insert into repository_search (rowid, name) values (new.id, new.full_name || char(10, 10));
  end`,
  `create trigger project_added after insert on project begin
    insert into project_search (rowid, name) values (new.id, new.name || char(10, 10));
  end`,
  `create trigger project_removed after delete on project begin
    delete from project_search where rowid = old.id;
  end`,
  `create trigger project_renamed after update of id, name on project begin
    delete from project_search where rowid = old.id;
    insert into project_search (rowid, name) values (new.id, new.name || char(10, 10));
  end`,
  `create trigger account_added after insert on account begin
    insert into account_search (rowid, name) values (new.id, new.username || char(10, 10));
  end`,
  `create trigger account_removed after delete on account begin
    delete from account_search where rowid = old.id;
  end`,
  `create trigger account_renamed after update of id, username on account begin
    delete from account_search where rowid = old.id;
    insert into account_search (rowid, name) values (new.id, new.username || char(10, 10));
  end`,
  `create trigger blob_added after insert on blob begin
    update storage_total set bytes = bytes + new.size_bytes where shard = 0;
  end`,
  `create trigger blob_removed after delete on blob begin
    update storage_total set bytes = bytes - old.size_bytes where shard = 0;
  end`,
];

async function keepInSqlite(db: Kysely<unknown>): Promise<void> {
  for (const [table, source] of [
    ['repository_search', 'select id, full_name || char(10, 10) from repository'],
    ['project_search', 'select id, name || char(10, 10) from project'],
    ['account_search', 'select id, username || char(10, 10) from account'],
  ] as const) {
    // Which rows have a trigram is all that is kept: LIKE then looks at those few rows themselves.
    await sql`create virtual table ${sql.id(table)} using fts5
      (name, content='', contentless_delete=1, detail=none, tokenize='trigram')`.execute(db);
    await sql`create virtual table ${sql.id(`${table}_terms`)} using fts5vocab(${sql.id(table)}, 'row')`.execute(
      db,
    );
    await sql`insert into ${sql.id(table)} (rowid, name) ${sql.raw(source)}`.execute(db);
  }
  for (const trigger of SQLITE_TRIGGERS) await sql.raw(trigger).execute(db);
}

/** Rows of `storage_total` that PostgreSQL's connections share, so that two pushes seldom wait for one row. */
const SHARDS = 16;

/**
 * The triggers of PostgreSQL run at the commit: what they lock is locked last, so that no two transactions wait for each
 * other.
 */
async function keepInPostgres(db: Kysely<unknown>): Promise<void> {
  await sql`insert into storage_total select shard, 0 from generate_series(1, ${sql.lit(SHARDS - 1)}) as shard`.execute(
    db,
  );
  await sql`create function berth_count_repository() returns trigger language plpgsql as $$ begin
    if tg_op = 'INSERT' then
      update project set repository_count = repository_count + 1 where id = new.project_id;
    else
      update project set repository_count = repository_count - 1 where id = old.project_id;
    end if;
    return null;
  end $$`.execute(db);
  await sql`create function berth_count_bytes() returns trigger language plpgsql as $$ declare added bigint; begin
    if tg_op = 'INSERT' then added := new.size_bytes; else added := -old.size_bytes; end if;
    update storage_total set bytes = bytes + added where shard = pg_backend_pid() % ${sql.lit(SHARDS)};
    return null;
  end $$`.execute(db);
  for (const [table, call] of [
    ['repository', 'berth_count_repository'],
    ['blob', 'berth_count_bytes'],
  ] as const) {
    await sql`create constraint trigger ${sql.id(`${table}_counted`)} after insert or delete on ${sql.id(table)}
      deferrable initially deferred for each row execute function ${sql.raw(call)}()`.execute(db);
  }
  // Names come seldom and are searched often: nothing of them waits outside the index (fastupdate).
  // The extension comes with PostgreSQL, but who owns the database may not be allowed to add it: names are then read
  // one by one, with the same result.
  await sql`do $$ begin
    create extension if not exists pg_trgm;
    create index repository_trigrams on repository using gin (lower(full_name) gin_trgm_ops) with (fastupdate = off);
    create index project_trigrams on project using gin (lower(name) gin_trgm_ops) with (fastupdate = off);
    create index account_trigrams on account using gin (lower(username) gin_trgm_ops) with (fastupdate = off);
  exception when others then
    raise notice 'names are searched without trigrams: %', sqlerrm;
  end $$`.execute(db);
}
