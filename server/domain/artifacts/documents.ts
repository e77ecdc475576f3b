import type { ProjectScope } from '../../access/scope.ts';
import type { Digest } from '../../lib/digest.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import { findLinkedBlob } from './blob-store.ts';
import { readBytes } from './image-config.ts';
import { selectReferences } from './list-store.ts';
import { fullName, requireArtifact, type ArtifactAt } from './locate.ts';
import type { RecordDeps } from './record-deps.ts';

/** A config is read whole; pulling takes larger ones. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/** The very bytes that were pushed. */
export interface Document {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** The manifest of the artifact; throws `not_found`. It is no pull: it is not counted. */
export async function readManifestDocument(
  deps: RecordDeps,
  scope: ProjectScope,
  at: ArtifactAt,
): Promise<Document> {
  const { row } = await requireArtifact(deps.db.read, scope, at);
  const stored = await deps.db.read
    .selectFrom('artifact_manifest')
    .select('bytes')
    .where('artifact_id', '=', row.id)
    .executeTakeFirst();
  // Deleted since it was found.
  if (!stored) throw notFound('artifact', `${fullName(scope, at)}@${row.digest}`);
  return { digest: row.digest, bytes: stored.bytes };
}

/**
 * The config that the artifact's manifest names, where that blob is in this repository: a sparse manifest may name any, also
 * a private project's. Throws `not_found` where there is none, and `unprocessable` for one of more than 4 MiB.
 */
export async function readConfigDocument(
  deps: RecordDeps,
  scope: ProjectScope,
  at: ArtifactAt,
): Promise<Document> {
  const { row } = await requireArtifact(deps.db.read, scope, at);
  const references = await selectReferences(deps.db.read, row.id);
  const config = references.find((reference) => reference.role === 'config');
  if (!config) throw new AppError('not_found', 'an index has no config: its platforms have one each');
  const digest = config.digest as Digest;
  const size = await findLinkedBlob(deps.db.read, scope, { repository: at.repository, digest });
  if (size === undefined || (await deps.storage.size(digest)) !== size)
    throw new AppError('not_found', `the config ${digest} is not in this repository: push it first`);
  if (size > MAX_CONFIG_BYTES)
    throw new AppError(
      'unprocessable',
      `the config ${digest} is larger than ${MAX_CONFIG_BYTES} bytes: pull it as a blob`,
    );
  return { digest, bytes: await readBytes(deps.storage, digest) };
}
