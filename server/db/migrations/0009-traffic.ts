import { sql, type Kysely } from 'kysely';
import type { DatabaseKind } from '../kind.ts';

/**
 * What the overview shows: pulls and pushes by hour and by day, bytes stored by day, when each project was pushed to
 * last, and how many artifacts are listed. Project 0 is the whole registry, so that its numbers cost one row a day.
 */
export async function addTraffic(db: Kysely<unknown>, kind: DatabaseKind): Promise<void> {
  await sql`create table traffic (
    span text not null, project_id bigint not null, starts_at bigint not null,
    pulls bigint not null, pushes bigint not null,
    primary key (span, project_id, starts_at))`.execute(db);
  await sql`create index traffic_age on traffic (span, starts_at)`.execute(db);
  await sql`create table storage_day (starts_at bigint primary key, bytes bigint not null)`.execute(db);
  await sql`create table project_push (project_id bigint primary key, pushed_at bigint not null)`.execute(db);
  await sql`create index project_push_newest on project_push (pushed_at)`.execute(db);
  await sql`insert into project_push select project_id, max(pushed_at) from artifact group by project_id`.execute(
    db,
  );
  await sql`alter table storage_total add column artifacts bigint not null default 0`.execute(db);
  await sql`update storage_total set artifacts = (select coalesce(sum(listed_count), 0) from repository)
    where shard = 0`.execute(db);
  await (kind === 'sqlite' ? countInSqlite(db) : countInPostgres(db));
}

async function countInSqlite(db: Kysely<unknown>): Promise<void> {
  for (const trigger of [
    `create trigger artifacts_added after insert on repository when new.listed_count <> 0 begin
      update storage_total set artifacts = artifacts + new.listed_count where shard = 0;
    end`,
    `create trigger artifacts_changed after update of listed_count on repository
      when new.listed_count <> old.listed_count begin
      update storage_total set artifacts = artifacts + new.listed_count - old.listed_count where shard = 0;
    end`,
    `create trigger artifacts_removed after delete on repository when old.listed_count <> 0 begin
      update storage_total set artifacts = artifacts - old.listed_count where shard = 0;
    end`,
  ])
    await sql.raw(trigger).execute(db);
}

/** At the commit, and in the connection's own row, as migration 0006 counts bytes. */
async function countInPostgres(db: Kysely<unknown>): Promise<void> {
  await sql`create function berth_count_artifacts() returns trigger language plpgsql as $$ declare added bigint; begin
    if tg_op = 'INSERT' then added := new.listed_count;
    elsif tg_op = 'DELETE' then added := -old.listed_count;
    else added := new.listed_count - old.listed_count; end if;
    update storage_total set artifacts = artifacts + added
      where shard = pg_backend_pid() % (select count(*) from storage_total);
    return null;
  end $$`.execute(db);
  for (const [name, when, condition] of [
    ['added', 'insert', 'new.listed_count <> 0'],
    ['changed', 'update of listed_count', 'new.listed_count <> old.listed_count'],
    ['removed', 'delete', 'old.listed_count <> 0'],
  ] as const)
    await sql`create constraint trigger ${sql.id(`artifacts_${name}`)} after ${sql.raw(when)} on repository
      deferrable initially deferred for each row when (${sql.raw(condition)})
      execute function berth_count_artifacts()`.execute(db);
}
