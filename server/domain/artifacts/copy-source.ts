import type { ProjectScope } from '../../access/scope.ts';
import type { Db } from '../../db/database.ts';
import { parseDigest } from '../../lib/digest.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import { parseManifest, type Manifest } from '../../lib/manifest.ts';
import { parseRepositoryName, parseTag } from '../../lib/reference.ts';
import { fullName, requireArtifact, type ArtifactAt } from './locate.ts';
import { inChunks, MAX_PARTS, selectBelonging, selectTagNames, type PartRow } from './relations-store.ts';
import type { RepositoryRow } from './repository-store.ts';

/** One copy is one transaction: beside {@link MAX_PARTS} artifacts it takes so much and no more. */
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;
const MAX_TAGS = 1_000;
/** An index may hold indexes, and a signature may be signed. */
const MAX_DEPTH = 16;

/** Where a copy is from. */
export interface CopyFrom extends ArtifactAt {
  readonly project: string;
}

/** `project/repository:tag` or `project/repository@digest`, the digest winning; throws `bad_request` and the grammars' own. */
export function parseFrom(from: string): CopyFrom {
  const [head = '', digest] = from.split('@', 2);
  const colon = head.indexOf(':', head.lastIndexOf('/'));
  const name = colon < 0 ? head : head.slice(0, colon);
  const reference = digest ?? (colon < 0 ? '' : head.slice(colon + 1));
  if (reference === '' || from.split('@').length > 2)
    throw new AppError('bad_request', 'from: write PROJECT/REPOSITORY:TAG or PROJECT/REPOSITORY@DIGEST');
  const { project, path } = parseRepositoryName(name);
  return {
    project,
    repository: path,
    reference: digest === undefined ? parseTag(reference) : parseDigest(digest),
  };
}

/** One artifact that is copied. */
export interface CopyItem {
  readonly row: PartRow;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
  readonly tags: readonly string[];
}

export interface CopySource {
  readonly repository: RepositoryRow;
  readonly root: CopyItem;
  /** All of it, the root too: an index after its children. */
  readonly items: readonly CopyItem[];
}

const tooMuch = (what: string): AppError =>
  new AppError('bad_request', `the artifact has ${what}: that is more than one copy takes; push it instead`);

/** The artifact with its children and all that belongs to them. */
async function collectRows(
  db: Db,
  repositoryId: number,
  { root, withAccessories }: { root: PartRow; withAccessories: boolean },
): Promise<PartRow[]> {
  const found = new Map<string, PartRow>([[root.digest, root]]);
  let layer: readonly PartRow[] = [root];
  for (let depth = 0; depth < MAX_DEPTH && layer.length > 0; depth++) {
    const { accessories, children } = await selectBelonging(db, repositoryId, layer);
    const next = new Map<string, PartRow>();
    for (const row of withAccessories ? [...accessories, ...children] : children)
      if (!found.has(row.digest)) next.set(row.digest, row);
    for (const [digest, row] of next) found.set(digest, row);
    if (found.size > MAX_PARTS) throw tooMuch(`over ${MAX_PARTS} parts`);
    layer = [...next.values()];
  }
  const rows = [...found.values()];
  const bytes = rows.reduce((sum, row) => sum + row.manifest_bytes, 0);
  if (bytes > MAX_MANIFEST_BYTES) throw tooMuch(`over ${MAX_MANIFEST_BYTES} bytes of manifests`);
  const tags = rows.reduce((sum, row) => sum + row.tag_count, 0);
  if (tags > MAX_TAGS) throw tooMuch(`${tags} tags`);
  return rows;
}

/** Children before the indexes that list them: an index counts its children's sizes when it is written. */
function childrenFirst(items: readonly CopyItem[]): CopyItem[] {
  const byDigest = new Map(items.map((item) => [item.row.digest, item]));
  const ordered = new Set<CopyItem>();
  const visit = (item: CopyItem, depth: number): void => {
    if (ordered.has(item) || depth > MAX_DEPTH) return;
    for (const child of item.manifest.kind === 'index' ? item.manifest.children : []) {
      const there = byDigest.get(child.digest);
      if (there) visit(there, depth + 1);
    }
    ordered.add(item);
  };
  for (const item of items) visit(item, 0);
  return [...ordered];
}

/**
 * What a copy of the artifact takes. Throws `not_found`, `denied` for what belongs to another artifact (it is copied with
 * that one), and `bad_request` for what is too much.
 */
export async function readSource(db: Db, scope: ProjectScope, at: ArtifactAt): Promise<CopySource> {
  const { repository, row: root } = await requireArtifact(db, scope, at);
  if (root.accessory_subject !== null)
    throw new AppError(
      'denied',
      `${fullName(scope, at)}@${root.digest} belongs to ${root.accessory_subject}: copy that, and this comes with it`,
    );
  return readParts(db, { repository, root, name: fullName(scope, at), withAccessories: true });
}

/** The artifact with its children alone. Throws `not_found`, and `bad_request` for what is too much. */
export async function readImage(db: Db, scope: ProjectScope, at: ArtifactAt): Promise<CopySource> {
  const { repository, row: root } = await requireArtifact(db, scope, at);
  return readParts(db, { repository, root, name: fullName(scope, at), withAccessories: false });
}

async function readParts(
  db: Db,
  from: { repository: RepositoryRow; root: PartRow; name: string; withAccessories: boolean },
): Promise<CopySource> {
  const { repository, root, name } = from;
  const rows = await collectRows(db, repository.id, from);
  const ids = rows.map((row) => row.id);
  const tags = await selectTagNames(db, ids);
  const manifests = await inChunks(ids, (chunk) =>
    db.selectFrom('artifact_manifest').selectAll().where('artifact_id', 'in', chunk).execute(),
  );
  const bytesOf = new Map(manifests.map((manifest) => [manifest.artifact_id, manifest.bytes]));
  const items = rows.flatMap((row): CopyItem[] => {
    const bytes = bytesOf.get(row.id);
    // Deleted since it was found: what is left is copied.
    if (!bytes) return [];
    return [{ row, bytes, manifest: parseManifest(bytes, row.media_type), tags: tags.get(row.id) ?? [] }];
  });
  const rootItem = items.find((item) => item.row.id === root.id);
  // Deleted since it was found.
  if (!rootItem) throw notFound('artifact', `${name}@${root.digest}`);
  return { repository, root: rootItem, items: childrenFirst(items) };
}
