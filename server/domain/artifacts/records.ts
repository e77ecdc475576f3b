import type { ProjectScope } from '../../access/scope.ts';
import { isUniqueViolation, type Database, type Tx } from '../../db/database.ts';
import { readJson } from '../../db/json.ts';
import type { AuditTrail } from '../../events/audit.ts';
import type { Outbox } from '../../events/outbox.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Digest } from '../../lib/digest.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import type { ListRequest, ResultPage } from '../../lib/list-query.ts';
import { parseReference, parseTag } from '../../lib/reference.ts';
import type { BlobStorage } from '../../storage/port.ts';
import {
  findArtifact,
  findParents,
  findTag,
  listReferrers,
  putTag,
  removeArtifact,
  removeTag,
  type ArtifactRow,
  type Referrer,
  type TagRow,
} from './artifact-store.ts';
import { findLinkedBlob } from './blob-store.ts';
import { readImageConfig, type ImageConfig } from './image-config.ts';
import { lockListing } from './listed-store.ts';
import {
  selectArtifacts,
  selectPageDetails,
  selectReferences,
  selectRepositories,
  selectTags,
  type ChildRow,
} from './list-store.ts';
import {
  changeArtifactCount,
  findRepository,
  removeRepository,
  type RepositoryRow,
} from './repository-store.ts';
import type { ReferenceRow } from './artifact-store.ts';

/** An artifact as its page shows it. */
export interface ArtifactRecord {
  readonly row: ArtifactRow;
  readonly tags: readonly TagRow[];
  readonly children: readonly ChildRow[];
}

export interface ArtifactContent extends ArtifactRecord {
  readonly references: readonly ReferenceRow[];
  readonly config: ImageConfig | undefined;
}

export interface RepositoryAt {
  readonly repository: string;
}
export interface ArtifactAt extends RepositoryAt {
  /** Tag or digest. */
  readonly reference: string;
}

/** Repositories, artifacts and tags as the REST API shows and changes them. What is missing throws `not_found`. */
export interface Records {
  repositories(scope: ProjectScope, request: ListRequest): Promise<ResultPage<RepositoryRow>>;
  repository(scope: ProjectScope, at: RepositoryAt): Promise<RepositoryRow>;
  /** Deletes the repository with all its artifacts. */
  deleteRepository(scope: ProjectScope, at: RepositoryAt): Promise<void>;
  artifacts(scope: ProjectScope, at: RepositoryAt, request: ListRequest): Promise<ResultPage<ArtifactRecord>>;
  artifact(scope: ProjectScope, at: ArtifactAt): Promise<ArtifactRecord>;
  content(scope: ProjectScope, at: ArtifactAt): Promise<ArtifactContent>;
  referrers(scope: ProjectScope, at: ArtifactAt): Promise<Referrer[]>;
  /** Deletes the artifact with its tags, what refers to it, and children nobody else needs; `referenced` while an index lists it. */
  deleteArtifact(scope: ProjectScope, at: ArtifactAt): Promise<void>;
  tags(scope: ProjectScope, at: ArtifactAt, request: ListRequest): Promise<ResultPage<TagRow>>;
  /** Throws `conflict` when the repository has a tag of that name. */
  createTag(scope: ProjectScope, at: ArtifactAt, name: string): Promise<void>;
  deleteTag(scope: ProjectScope, at: ArtifactAt, name: string): Promise<void>;
}

export interface RecordDeps {
  readonly db: Database;
  readonly storage: BlobStorage;
  readonly outbox: Outbox;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** Referrers shown for one artifact; the protocol's own list pages. */
const MAX_REFERRERS = 100;
/** An index may hold indexes: how deep a deletion follows. */
const MAX_DEPTH = 16;

async function requireRepository(
  db: Parameters<typeof findRepository>[0],
  scope: ProjectScope,
  name: string,
): Promise<RepositoryRow> {
  const row = await findRepository(db, scope, name);
  if (!row) throw notFound('repository', `${scope.project.name}/${name}`);
  return row;
}

async function requireArtifact(
  db: Parameters<typeof findRepository>[0],
  scope: ProjectScope,
  at: ArtifactAt,
): Promise<{ repository: RepositoryRow; row: ArtifactRow }> {
  const repository = await requireRepository(db, scope, at.repository);
  const reference = parseReference(at.reference);
  const missing = notFound(
    'artifact',
    `${scope.project.name}/${at.repository}${reference.kind === 'tag' ? ':' : '@'}${at.reference}`,
  );
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

/** The artifact, for a change of it or of its tags. */
async function requireLockedArtifact(tx: Tx, scope: ProjectScope, at: ArtifactAt) {
  await lockListing(tx, (await requireRepository(tx, scope, at.repository)).id);
  return requireArtifact(tx, scope, at);
}

/** The artifact, and of what refers to it and of its children those without a name or another index of their own. */
async function collectDoomed(tx: Tx, repositoryId: number, root: ArtifactRow): Promise<ArtifactRow[]> {
  const doomed = new Map<number, ArtifactRow>([[root.id, root]]);
  let layer = [root];
  for (let depth = 0; depth < MAX_DEPTH && layer.length > 0; depth++) {
    const next: ArtifactRow[] = [];
    for (const artifact of layer) {
      const referring = await tx
        .selectFrom('artifact')
        .selectAll()
        .where('repository_id', '=', repositoryId)
        .where('subject_digest', '=', artifact.digest)
        .execute();
      const children = (await selectReferences(tx, artifact.id)).filter(
        (reference) => reference.role === 'child',
      );
      const rows: ArtifactRow[] = [];
      for (const row of referring) if (await isUnneeded(tx, row, doomed)) rows.push(row);
      for (const child of children) {
        const row = await findArtifact(tx, repositoryId, child.digest);
        if (row && (await isUnneeded(tx, row, doomed))) rows.push(row);
      }
      for (const row of rows) {
        if (doomed.has(row.id)) continue;
        doomed.set(row.id, row);
        next.push(row);
      }
    }
    layer = next;
  }
  return [...doomed.values()];
}

/** Tags by which cosign finds what belongs to a digest: they name no artifact of a person's. */
const FALLBACK_TAG = /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})/;

/** Whether nobody named the artifact, and no index that stays lists it. */
async function isUnneeded(
  tx: Tx,
  artifact: ArtifactRow,
  doomed: ReadonlyMap<number, ArtifactRow>,
): Promise<boolean> {
  const tags = await tx
    .selectFrom('tag')
    .select('name')
    .where('artifact_id', '=', artifact.id)
    .limit(100)
    .execute();
  if (tags.some((tag) => !FALLBACK_TAG.test(tag.name))) return false;
  const gone = new Set([...doomed.values()].map((row) => row.digest));
  const parents = await findParents(tx, artifact.repository_id, artifact.digest);
  return parents.every((parent) => gone.has(parent));
}

async function deleteArtifactInTx(
  deps: RecordDeps,
  tx: Tx,
  scope: ProjectScope,
  at: ArtifactAt,
): Promise<void> {
  const { repository, row } = await requireLockedArtifact(tx, scope, at);
  const parents = await findParents(tx, repository.id, row.digest);
  if (parents.length > 0)
    throw new AppError('referenced', `${row.digest} is part of the index ${parents[0]}: delete that first`);
  const doomed = await collectDoomed(tx, repository.id, row);
  for (const artifact of doomed) {
    await removeArtifact(tx, repository.id, artifact.id);
    const resource = `${scope.project.name}/${repository.name}@${artifact.digest}`;
    await deps.audit.record(tx, {
      actor: scope,
      operation: 'delete',
      resourceType: 'artifact',
      resource,
      projectId: scope.projectId,
    });
    const payload = {
      projectId: scope.projectId,
      projectName: scope.project.name,
      repositoryName: repository.name,
      digest: artifact.digest,
    };
    await deps.outbox.record(tx, { kind: 'artifact.deleted', payload });
  }
  await changeArtifactCount(tx, repository.id, { by: -doomed.length, nowMs: deps.clock.now() });
}

async function changeTag(
  deps: RecordDeps,
  tx: Tx,
  change: { scope: ProjectScope; at: ArtifactAt; name: string; operation: 'create' | 'delete' },
): Promise<void> {
  const { scope, at, name, operation } = change;
  const { repository, row } = await requireLockedArtifact(tx, scope, at);
  const existing = await findTag(tx, repository.id, name);
  const full = `${scope.project.name}/${repository.name}:${name}`;
  if (operation === 'create') {
    if (existing) throw new AppError('conflict', `tag ${full} exists already`);
    await putTag(tx, repository.id, { name, artifactId: row.id, nowMs: deps.clock.now() });
  } else {
    if (existing?.artifact_id !== row.id) throw notFound('tag', full);
    await removeTag(tx, repository.id, name);
  }
  await deps.audit.record(tx, {
    actor: scope,
    operation,
    resourceType: 'tag',
    resource: full,
    projectId: scope.projectId,
  });
  const payload = {
    projectId: scope.projectId,
    projectName: scope.project.name,
    repositoryName: repository.name,
    digest: row.digest,
    tag: name,
  };
  await deps.outbox.record(tx, { kind: operation === 'create' ? 'tag.created' : 'tag.deleted', payload });
}

async function deleteRepositoryInTx(
  deps: RecordDeps,
  tx: Tx,
  scope: ProjectScope,
  name: string,
): Promise<void> {
  const repository = await requireRepository(tx, scope, name);
  await removeRepository(tx, scope, repository.id);
  const resource = `${scope.project.name}/${name}`;
  await deps.audit.record(tx, {
    actor: scope,
    operation: 'delete',
    resourceType: 'repository',
    resource,
    projectId: scope.projectId,
  });
  const payload = {
    projectId: scope.projectId,
    projectName: scope.project.name,
    repositoryName: name,
    repositoryId: repository.id,
  };
  await deps.outbox.record(tx, { kind: 'repository.deleted', payload });
}

async function detailsOf(deps: RecordDeps, rows: readonly ArtifactRow[]): Promise<ArtifactRecord[]> {
  const { tags, children } = await selectPageDetails(deps.db.read, rows);
  return rows.map((row) => ({
    row,
    tags: tags.filter((tag) => tag.artifact_id === row.id),
    children: children.filter((child) => child.artifact_id === row.id),
  }));
}

async function detailOf(deps: RecordDeps, row: ArtifactRow): Promise<ArtifactRecord> {
  const [record] = await detailsOf(deps, [row]);
  if (!record) throw new Error('an artifact has no details');
  return record;
}

/** The config, if it is a blob of this repository: a sparse image may name any digest, also one of a private project. */
async function readLinkedConfig(
  deps: RecordDeps,
  scope: ProjectScope,
  { at, config }: { at: RepositoryAt; config: ReferenceRow },
): Promise<ImageConfig | undefined> {
  const digest = config.digest as Digest;
  const linked = await findLinkedBlob(deps.db.read, scope, { repository: at.repository, digest });
  if (linked === undefined) return undefined;
  return readImageConfig(deps.storage, { digest, sizeBytes: config.size_bytes });
}

export function createRecords(deps: RecordDeps): Records {
  const { read } = deps.db;
  return {
    repositories: (scope, request) => selectRepositories(read, scope, request),
    repository: (scope, at) => requireRepository(read, scope, at.repository),
    deleteRepository: (scope, at) => deps.db.tx((tx) => deleteRepositoryInTx(deps, tx, scope, at.repository)),
    async artifacts(scope, at, request) {
      const repository = await requireRepository(read, scope, at.repository);
      const page = await selectArtifacts(read, repository, request);
      return { items: await detailsOf(deps, page.items), total: page.total };
    },
    artifact: async (scope, at) => detailOf(deps, (await requireArtifact(read, scope, at)).row),
    async content(scope, at) {
      const { row } = await requireArtifact(read, scope, at);
      const references = await selectReferences(read, row.id);
      const config = references.find((reference) => reference.role === 'config');
      const parsed = config && (await readLinkedConfig(deps, scope, { at, config }));
      return { ...(await detailOf(deps, row)), references, config: parsed };
    },
    async referrers(scope, at) {
      const { repository, row } = await requireArtifact(read, scope, at);
      return listReferrers(read, repository.id, {
        subject: row.digest as Digest,
        last: '',
        limit: MAX_REFERRERS,
      });
    },
    deleteArtifact: (scope, at) => deps.db.tx((tx) => deleteArtifactInTx(deps, tx, scope, at)),
    async tags(scope, at, request) {
      return selectTags(read, (await requireArtifact(read, scope, at)).row, request);
    },
    async createTag(scope, at, text) {
      const name = parseTag(text);
      await deps.db
        .tx((tx) => changeTag(deps, tx, { scope, at, name, operation: 'create' }))
        .catch((error: unknown) => {
          throw isUniqueViolation(error) ? new AppError('conflict', `tag ${name} exists already`) : error;
        });
    },
    deleteTag: (scope, at, name) =>
      deps.db.tx((tx) => changeTag(deps, tx, { scope, at, name, operation: 'delete' })),
  };
}

/** Annotations as stored. */
export function annotationsOf(row: { annotations: string }): Record<string, string> {
  return readJson<Record<string, string>>(row.annotations);
}
