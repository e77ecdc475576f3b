import { sql, SqliteAdapter, type SqlBool } from 'kysely';
import type { Db } from '../../db/database.ts';
import { oneOf } from '../../db/id-set.ts';
import type { ProjectIds } from './repository-list-store.ts';

/** What is looked for in the whole registry, and how much of it is wanted. */
export interface Sought {
  /** How its name begins, letter by letter. */
  readonly begin: string;
  readonly limit: number;
}

export interface FoundTag {
  readonly project_name: string;
  readonly repository_name: string;
  readonly name: string;
  readonly digest: string;
  /** Harbor's kind of the artifact. */
  readonly kind: string;
  readonly pushed_at: number;
}

export type FoundArtifact = Omit<FoundTag, 'name'>;

/** So many rows that begin so are looked at, whoever may see them: what is beyond needs a longer begin. */
const LOOKED_AT = 1_000;
/** Above every letter that a tag or a digest can have. */
const LAST = '~';

/** Tags that begin so in these projects, by name, of the same name the newest first. */
export function findTags(db: Db, projects: ProjectIds, { begin, limit }: Sought): Promise<FoundTag[]> {
  const looked = db
    .selectFrom('tag')
    .selectAll()
    .where('name', '>=', begin)
    .where('name', '<', `${begin}${LAST}`)
    .orderBy('name')
    .orderBy('pushed_at', 'desc')
    .limit(LOOKED_AT);
  return tagsOf(db, { looked, projects, limit });
}

/** Tags that begin so in one of these repositories: one indexed look for each. */
export async function findTagsIn(
  db: Db,
  repositoryIds: readonly number[],
  { begin, limit }: Sought,
): Promise<FoundTag[]> {
  const found: FoundTag[] = [];
  for (const id of repositoryIds) {
    if (found.length >= limit) break;
    const looked = db
      .selectFrom('tag')
      .selectAll()
      .where('repository_id', '=', id)
      .where('name', '>=', begin)
      .where('name', '<', `${begin}${LAST}`)
      .orderBy('name')
      .limit(limit);
    found.push(...(await tagsOf(db, { looked, projects: 'all', limit: limit - found.length })));
  }
  return found;
}

function tagsOf(
  db: Db,
  from: { looked: ReturnType<typeof lookedAt>; projects: ProjectIds; limit: number },
): Promise<FoundTag[]> {
  const { looked, projects, limit } = from;
  return db
    .selectFrom(looked.as('looked'))
    .innerJoin('repository', 'repository.id', 'looked.repository_id')
    .innerJoin('project', 'project.id', 'repository.project_id')
    .innerJoin('artifact', 'artifact.id', 'looked.artifact_id')
    .select(['project.name as project_name', 'repository.name as repository_name'])
    .select(['looked.name', 'looked.pushed_at', 'artifact.digest', 'artifact.kind'])
    .where((eb) => eb.and(projects === 'all' ? [] : [oneOf(db, 'repository.project_id', projects)]))
    .orderBy('looked.name')
    .orderBy('looked.pushed_at', 'desc')
    .limit(limit)
    .execute();
}

const lookedAt = (db: Db) => db.selectFrom('tag').selectAll();

/** Artifacts whose digest begins so in these projects, the newest first. */
export function findArtifacts(
  db: Db,
  projects: ProjectIds,
  { begin, limit }: Sought,
): Promise<FoundArtifact[]> {
  const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter;
  const digest = isSqlite ? sql`digest` : sql`digest collate "C"`;
  const looked = db
    .selectFrom('artifact')
    .selectAll()
    .where(sql<SqlBool>`${digest} >= ${begin} and ${digest} < ${`${begin}${LAST}`}`)
    .orderBy(digest)
    .limit(LOOKED_AT);
  return db
    .selectFrom(looked.as('looked'))
    .innerJoin('repository', 'repository.id', 'looked.repository_id')
    .innerJoin('project', 'project.id', 'repository.project_id')
    .select(['project.name as project_name', 'repository.name as repository_name'])
    .select(['looked.digest', 'looked.kind', 'looked.pushed_at'])
    .where((eb) => eb.and(projects === 'all' ? [] : [oneOf(db, 'repository.project_id', projects)]))
    .orderBy('looked.pushed_at', 'desc')
    .orderBy('looked.id', 'desc')
    .limit(limit)
    .execute();
}
