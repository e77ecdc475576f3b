import type { Kysely } from 'kysely';

/** The tags of a repository, the newest first. */
export async function indexTagTimes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('tag_repository_time')
    .on('tag')
    .columns(['repository_id', 'pushed_at', 'id'])
    .execute();
}
