import type { ProjectScope } from '../../access/scope.ts';
import { isUniqueViolation, type Tx } from '../../db/database.ts';
import type { Digest } from '../../lib/digest.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import type { KeysetPage, KeysetRequest, ListRequest, ResultPage } from '../../lib/list-query.ts';
import { isTag, parseRepositoryName, parseTag } from '../../lib/reference.ts';
import { labelsOfArtifacts, type Label } from '../labels/index.ts';
import { selectAccessories, selectAccessoriesOf, type AccessoryRow } from './accessory-store.ts';
import { createAdditions, type Additions } from './additions.ts';
import type { ArtifactRow, ReferenceRow, TagRow } from './artifact-store.ts';
import { findLinkedBlob, findLinkedSizes } from './blob-store.ts';
import { copyInTx } from './copies.ts';
import { parseFrom, readSource } from './copy-source.ts';
import {
  previewArtifacts,
  previewRepositories,
  type DeletionPreview,
  type DeletionRequest,
} from './deletion-preview.ts';
import { describeRepositoryInTx, readDescription } from './describing.ts';
import { readConfigDocument, readManifestDocument, type Document } from './documents.ts';
import { readGraph, type Graph } from './graph.ts';
import { countSharing } from './graph-store.ts';
import { readImageConfig, type ImageConfig } from './image-config.ts';
import { changeLabelInTx } from './labelling.ts';
import {
  selectArtifacts,
  selectArtifactsAfter,
  selectPageDetails,
  selectReferences,
  selectTags,
  selectTagsAfter,
  type ChildRow,
} from './list-store.ts';
import {
  fullName,
  requireArtifact,
  requireRepository,
  type ArtifactAt,
  type RepositoryAt,
} from './locate.ts';
import { selectProjectArtifacts } from './project-list-store.ts';
import type { RecordDeps } from './record-deps.ts';
import { deleteArtifactInTx, deleteRepositoryInTx } from './removals.ts';
import { checkGuards } from './push-guard.ts';
import {
  selectAllRepositories,
  selectRepositories,
  selectRepositoriesAfter,
} from './repository-list-store.ts';
import type { RepositoryRow } from './repository-store.ts';
import { selectNamedTagsAfter, type NamedTagRow } from './tag-list-store.ts';
import { createTagInTx, deleteTagInTx } from './tagging.ts';

/** What a reader wants to see of artifacts beside themselves: Harbor's `with_...` flags. */
export interface Wants {
  readonly labels?: boolean;
  readonly accessories?: boolean;
}

/** An artifact as its page shows it. */
export interface ArtifactRecord {
  readonly row: ArtifactRow;
  /** `project/repository`. */
  readonly repositoryName: string;
  readonly tags: readonly TagRow[];
  readonly children: readonly ChildRow[];
  /** Undefined where nobody asked for them. */
  readonly labels?: readonly Label[];
  readonly accessories?: readonly AccessoryRow[];
}

/** A page of what belongs to one artifact, with that artifact. */
export interface AccessoryPage extends ResultPage<AccessoryRow> {
  readonly subject: ArtifactRow;
}

export interface ArtifactContent extends ArtifactRecord {
  readonly references: readonly ReferenceRow[];
  readonly config: ImageConfig | undefined;
  /** Layers that are in this repository. */
  readonly linked: ReadonlySet<string>;
  /** By layer, how many other artifacts of the project have it; a layer is left out where that is not known. */
  readonly sharing: ReadonlyMap<string, number>;
}

/** Repositories, artifacts and tags as the REST API shows and changes them. What is missing throws `not_found`. */
export interface Records {
  repositories(scope: ProjectScope, request: ListRequest): Promise<ResultPage<RepositoryRow>>;
  /** Repositories of several projects; `all` is for who may see each. */
  allRepositories(
    projectIds: readonly number[] | 'all',
    request: ListRequest,
  ): Promise<ResultPage<RepositoryRow>>;
  repository(scope: ProjectScope, at: RepositoryAt): Promise<RepositoryRow>;
  /** Sets the description, none where it is left out. Throws `bad_request` for one that is too long. */
  describeRepository(
    scope: ProjectScope,
    at: RepositoryAt,
    description: string | null | undefined,
  ): Promise<void>;
  /** Deletes the repository with all its artifacts. */
  deleteRepository(scope: ProjectScope, at: RepositoryAt): Promise<void>;
  artifacts(
    scope: ProjectScope,
    at: RepositoryAt,
    asked: { request: ListRequest; wants?: Wants },
  ): Promise<ResultPage<ArtifactRecord>>;
  /** Of the whole project; `isLatest` as `selectProjectArtifacts` has it. */
  projectArtifacts(
    scope: ProjectScope,
    asked: { request: ListRequest; isLatest: boolean; wants?: Wants },
  ): Promise<ResultPage<ArtifactRecord>>;
  artifact(scope: ProjectScope, at: ArtifactAt, wants?: Wants): Promise<ArtifactRecord>;
  content(scope: ProjectScope, at: ArtifactAt): Promise<ArtifactContent>;
  /** The artifact amid what belongs to it; of very much the first 200. */
  graph(scope: ProjectScope, at: ArtifactAt): Promise<Graph>;
  /** Throws as {@link readManifestDocument}. */
  manifest(scope: ProjectScope, at: ArtifactAt): Promise<Document>;
  /** Throws as {@link readConfigDocument}. */
  config(scope: ProjectScope, at: ArtifactAt): Promise<Document>;
  accessories(scope: ProjectScope, at: ArtifactAt, request: ListRequest): Promise<AccessoryPage>;
  /** What the artifact tells of itself beside its manifest. Throws as {@link Additions.read}. */
  readonly additions: Additions;
  /**
   * Copies `project/repository:tag` or `...@digest` with its tags, children and accessories into a repository, and resolves
   * to the reference as given. Throws as a push does, and as `enterSource` and `readSource` do.
   */
  copyArtifact(scope: ProjectScope, at: RepositoryAt, from: string): Promise<string>;
  /** What deleting would take, with nothing changed. */
  previewDeletion(scope: ProjectScope, asked: DeletionRequest): Promise<DeletionPreview>;
  /** Deletes the artifact with its tags, its accessories, and children nobody else needs; `referenced` while an index lists it. */
  deleteArtifact(scope: ProjectScope, at: ArtifactAt): Promise<void>;
  tags(scope: ProjectScope, at: ArtifactAt, request: ListRequest): Promise<ResultPage<TagRow>>;
  // The same from a position on, for lists that are read to their end.
  repositoriesAfter(scope: ProjectScope, request: KeysetRequest): Promise<KeysetPage<RepositoryRow>>;
  artifactsAfter(
    scope: ProjectScope,
    at: RepositoryAt,
    request: KeysetRequest,
  ): Promise<KeysetPage<ArtifactRecord>>;
  tagsAfter(scope: ProjectScope, at: ArtifactAt, request: KeysetRequest): Promise<KeysetPage<TagRow>>;
  /** All tags of the repository, each with the artifact that it names. */
  namedTagsAfter(
    scope: ProjectScope,
    at: RepositoryAt,
    request: KeysetRequest,
  ): Promise<KeysetPage<NamedTagRow>>;
  /** Throws `conflict` when the repository has a tag of that name. */
  createTag(scope: ProjectScope, at: ArtifactAt, name: string): Promise<void>;
  deleteTag(scope: ProjectScope, at: ArtifactAt, name: string): Promise<void>;
  /** Throws `not_found` for a label that this project cannot use, `conflict` for one that the artifact carries. */
  addLabel(scope: ProjectScope, at: ArtifactAt, labelId: number): Promise<void>;
  removeLabel(scope: ProjectScope, at: ArtifactAt, labelId: number): Promise<void>;
}

type Shown = Pick<ArtifactRecord, 'row' | 'repositoryName'>;

/** What is shown of a page of artifacts: a few queries for the page, none for a row. */
async function detailsOf(
  deps: RecordDeps,
  shown: readonly Shown[],
  wants: Wants = {},
): Promise<ArtifactRecord[]> {
  const { read } = deps.db;
  const rows = shown.map(({ row }) => row);
  const [{ tags, children }, labels, accessories] = await Promise.all([
    selectPageDetails(read, rows),
    wants.labels
      ? labelsOfArtifacts(
          read,
          rows.map((row) => row.id),
        )
      : undefined,
    wants.accessories ? selectAccessoriesOf(read, rows) : undefined,
  ]);
  const tagsOf = Map.groupBy(tags, (tag) => tag.artifact_id);
  const childrenOf = Map.groupBy(children, (child) => child.artifact_id);
  const accessoriesOf =
    accessories && Map.groupBy(accessories, (each) => `${each.repository_id} ${each.subject_digest}`);
  return shown.map(({ row, repositoryName }) => ({
    row,
    repositoryName,
    tags: tagsOf.get(row.id) ?? [],
    children: childrenOf.get(row.id) ?? [],
    ...(labels ? { labels: labels.get(row.id) ?? [] } : {}),
    ...(accessoriesOf ? { accessories: accessoriesOf.get(`${row.repository_id} ${row.digest}`) ?? [] } : {}),
  }));
}

async function detailOf(deps: RecordDeps, shown: Shown, wants: Wants = {}): Promise<ArtifactRecord> {
  const [record] = await detailsOf(deps, [shown], wants);
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

/** What only reads. */
function createReading(deps: RecordDeps) {
  const { read } = deps.db;
  const locate = async (scope: ProjectScope, at: ArtifactAt): Promise<Shown> => ({
    row: (await requireArtifact(read, scope, at)).row,
    repositoryName: fullName(scope, at),
  });
  return {
    repositories: (scope, request) => selectRepositories(read, scope, request),
    allRepositories: (projectIds, request) => selectAllRepositories(read, projectIds, request),
    repository: (scope, at) => requireRepository(read, scope, at),
    async artifacts(scope, at, { request, wants }) {
      const repository = await requireRepository(read, scope, at);
      const { items, total } = await selectArtifacts(read, repository, request);
      const repositoryName = fullName(scope, at);
      const shown = items.map((row) => ({ row, repositoryName }));
      return { items: await detailsOf(deps, shown, wants), total };
    },
    async projectArtifacts(scope, { wants, ...asked }) {
      const { items, total } = await selectProjectArtifacts(read, scope, asked);
      const shown = items.map((row) => ({ row, repositoryName: row.repository_name }));
      return { items: await detailsOf(deps, shown, wants), total };
    },
    artifact: async (scope, at, wants) => detailOf(deps, await locate(scope, at), wants),
    async content(scope, at) {
      const shown = await locate(scope, at);
      const { row } = shown;
      const references = await selectReferences(read, row.id);
      const config = references.find((reference) => reference.role === 'config');
      const parsed = config && (await readLinkedConfig(deps, scope, { at, config }));
      const digests = references
        .filter(({ role }) => role === 'layer')
        .map((layer) => layer.digest as Digest);
      const sizes = await findLinkedSizes(read, row.repository_id, digests);
      const sharing = await countSharing(read, scope, { artifactId: row.id, digests });
      const linked = new Set(sizes.keys());
      return { ...(await detailOf(deps, shown)), references, config: parsed, linked, sharing };
    },
    graph: (scope, at) => readGraph(read, scope, at),
    manifest: (scope, at) => readManifestDocument(deps, scope, at),
    config: (scope, at) => readConfigDocument(deps, scope, at),
    async accessories(scope, at, request) {
      const { row: subject } = await requireArtifact(read, scope, at);
      return { ...(await selectAccessories(read, subject, request)), subject };
    },
    additions: createAdditions(deps),
    previewDeletion: (scope, asked) =>
      'repositories' in asked
        ? previewRepositories(read, scope, asked.repositories)
        : previewArtifacts(read, scope, asked),
    async tags(scope, at, request) {
      return selectTags(read, (await requireArtifact(read, scope, at)).row, request);
    },
    repositoriesAfter: (scope, request) => selectRepositoriesAfter(read, scope, request),
    async artifactsAfter(scope, at, request) {
      const repository = await requireRepository(read, scope, at);
      const page = await selectArtifactsAfter(read, repository, request);
      const repositoryName = fullName(scope, at);
      const shown = page.items.map((row) => ({ row, repositoryName }));
      return { ...page, items: await detailsOf(deps, shown, { labels: true }) };
    },
    async tagsAfter(scope, at, request) {
      return selectTagsAfter(read, (await requireArtifact(read, scope, at)).row.id, request);
    },
    async namedTagsAfter(scope, at, request) {
      return selectNamedTagsAfter(read, (await requireRepository(read, scope, at)).id, request);
    },
  } satisfies Partial<Records>;
}

/** Builds the records; each change is one transaction with its audit row and its event. */
export function createRecords(deps: RecordDeps): Records {
  const { read } = deps.db;
  const change = <T>(does: (tx: Tx) => Promise<T>): Promise<T> => deps.db.tx(does);
  return {
    ...createReading(deps),
    async describeRepository(scope, at, text) {
      const description = readDescription(text);
      await change((tx) => describeRepositoryInTx(deps, tx, { scope, at, description }));
    },
    deleteRepository: (scope, at) => change((tx) => deleteRepositoryInTx(deps, tx, { scope, at })),
    async copyArtifact(scope, at, text) {
      const from = parseFrom(text);
      const target = parseRepositoryName(fullName(scope, at)).path;
      const sourceScope = await deps.enterSource(scope, from.project);
      const source = await readSource(read, sourceScope, from);
      await checkGuards(
        deps.guards,
        source.items.reduce((sum, item) => sum + item.bytes.byteLength, 0),
      );
      const copy = { scope, repository: target, source, from: fullName(sourceScope, from) };
      await change((tx) => copyInTx(deps, tx, copy));
      return from.reference;
    },
    deleteArtifact: (scope, at) => change((tx) => deleteArtifactInTx(deps, tx, { scope, at })),
    async createTag(scope, at, text) {
      const name = parseTag(text);
      await change((tx) => createTagInTx(deps, tx, { scope, at, name })).catch((error: unknown) => {
        throw isUniqueViolation(error) ? new AppError('conflict', `tag ${name} exists already`) : error;
      });
    },
    async deleteTag(scope, at, name) {
      // What cannot be a tag is not asked for.
      if (!isTag(name)) throw notFound('tag', name.slice(0, 140));
      await change((tx) => deleteTagInTx(deps, tx, { scope, at, name }));
    },
    addLabel: (scope, at, labelId) =>
      change((tx) => changeLabelInTx(deps, tx, { scope, at, labelId, does: 'add' })),
    removeLabel: (scope, at, labelId) =>
      change((tx) => changeLabelInTx(deps, tx, { scope, at, labelId, does: 'remove' })),
  };
}
