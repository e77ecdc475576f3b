import type { ProjectScope } from '../../access/scope.ts';
import type { Db, Tx } from '../../db/database.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import { isRepositoryPath, parseReference } from '../../lib/reference.ts';
import { findArtifact, findTag, type ArtifactRow } from './artifact-store.ts';
import { lockListing } from './listed-store.ts';
import { findRepository, type RepositoryRow } from './repository-store.ts';

export interface RepositoryAt {
  /** Name without the project. */
  readonly repository: string;
}
export interface ArtifactAt extends RepositoryAt {
  /** Tag or digest. */
  readonly reference: string;
}

export interface Located {
  readonly repository: RepositoryRow;
  readonly row: ArtifactRow;
}

/** `project/repository`. */
export const fullName = (scope: ProjectScope, at: RepositoryAt): string =>
  `${scope.project.name}/${at.repository}`;

/** The repository; throws `not_found`. */
export async function requireRepository(
  db: Db,
  scope: ProjectScope,
  at: RepositoryAt,
): Promise<RepositoryRow> {
  // What cannot be a name is not asked for: PostgreSQL refuses some texts.
  const row = isRepositoryPath(at.repository) ? await findRepository(db, scope, at.repository) : undefined;
  if (!row) throw notFound('repository', fullName(scope, at));
  return row;
}

/** The artifact by tag or digest; throws `not_found`, or `tag_invalid` and `digest_invalid` for what can be neither. */
export async function requireArtifact(db: Db, scope: ProjectScope, at: ArtifactAt): Promise<Located> {
  const reference = parseReference(at.reference);
  const repository = await requireRepository(db, scope, at);
  const mark = reference.kind === 'tag' ? ':' : '@';
  const missing = notFound('artifact', `${fullName(scope, at)}${mark}${at.reference}`);
  if (reference.kind === 'digest') {
    const row = await findArtifact(db, repository.id, reference.digest);
    if (!row) throw missing;
    return { repository, row };
  }
  const tag = await findTag(db, repository.id, reference.tag);
  const row =
    tag && (await db.selectFrom('artifact').selectAll().where('id', '=', tag.artifact_id).executeTakeFirst());
  if (!row) throw missing;
  return { repository, row };
}

/** The repository, for a change of it: two changes at once come one after the other. Throws `not_found`. */
export async function requireLockedRepository(
  tx: Tx,
  scope: ProjectScope,
  at: RepositoryAt,
): Promise<RepositoryRow> {
  const { id } = await requireRepository(tx, scope, at);
  await lockListing(tx, id).catch((error: unknown) => {
    // It went while this waited.
    throw error instanceof AppError && error.code === 'conflict'
      ? notFound('repository', fullName(scope, at))
      : error;
  });
  // Again, since it may have changed until the lock.
  return requireRepository(tx, scope, at);
}

/** The artifact, for a change of it or of its tags. */
export async function requireLockedArtifact(tx: Tx, scope: ProjectScope, at: ArtifactAt): Promise<Located> {
  await requireLockedRepository(tx, scope, at);
  return requireArtifact(tx, scope, at);
}
