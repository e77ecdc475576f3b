import { sql, type Kysely } from 'kysely';

/** Whether an artifact stands in the list by itself: it refers to no other, and has a tag or is in no index here. */
const listed = sql`artifact.subject_digest is null and (artifact.tag_count > 0 or not exists (
  select 1 from artifact_reference r join artifact parent on parent.id = r.artifact_id
  where r.digest = artifact.digest and r.role = 'child' and parent.repository_id = artifact.repository_id))`;

/** Counters and indices by which a page of a list costs the same in a repository of any size. */
export async function addListCounters(db: Kysely<unknown>): Promise<void> {
  for (const [table, column, type] of [
    ['artifact', 'tag_count', 'bigint'],
    ['artifact', 'is_listed', 'integer'],
    ['repository', 'listed_count', 'bigint'],
  ] as const) {
    await db.schema
      .alterTable(table)
      .addColumn(column, type, (c) => c.notNull().defaultTo(0))
      .execute();
  }
  await sql`update artifact set tag_count = (select count(*) from tag where tag.artifact_id = artifact.id)`.execute(
    db,
  );
  await sql`update artifact set is_listed = 1 where ${listed}`.execute(db);
  await sql`update repository set listed_count =
    (select count(*) from artifact where artifact.repository_id = repository.id and artifact.is_listed = 1)`.execute(
    db,
  );
  await replaceIndices(db);
}

async function replaceIndices(db: Kysely<unknown>): Promise<void> {
  for (const name of ['tag_artifact', 'artifact_subject']) await db.schema.dropIndex(name).execute();
  await db.schema
    .createIndex('tag_artifact_time')
    .on('tag')
    .columns(['artifact_id', 'pushed_at', 'id'])
    .execute();
  await db.schema.createIndex('tag_artifact_name').on('tag').columns(['artifact_id', 'name']).execute();
  // With the tags' number in it, tagged and untagged ones are counted without a look at the artifacts.
  await db.schema
    .createIndex('artifact_listed')
    .on('artifact')
    .columns(['repository_id', 'is_listed', 'pushed_at', 'id', 'tag_count'])
    .execute();
  // Few artifacts refer to another one: the others cost these indices nothing.
  for (const [name, columns] of [
    ['artifact_subject', 'repository_id, subject_digest, digest'],
    ['artifact_subject_type', 'repository_id, subject_digest, referrer_type, digest'],
  ] as const) {
    await sql`create index ${sql.id(name)} on artifact (${sql.raw(columns)}) where subject_digest is not null`.execute(
      db,
    );
  }
}
