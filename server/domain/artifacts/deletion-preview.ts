import { setImmediate } from 'node:timers/promises';
import type { ProjectScope } from '../../access/scope.ts';
import type { Db } from '../../db/database.ts';
import { AppError } from '../../lib/errors.ts';
import { findParents } from './artifact-store.ts';
import {
  countReferences,
  countTags,
  countUses,
  MAX_COUNTED_ARTIFACTS,
  MAX_COUNTED_BLOBS,
  selectSizesAfter,
} from './deletion-store.ts';
import { requireArtifact, requireRepository, type RepositoryAt } from './locate.ts';
import type { PartRow } from './relations-store.ts';
import { collectDoomed } from './removals.ts';

/** Artifacts of one repository by their digests, or repositories by their names in the project. */
export type DeletionRequest =
  | (RepositoryAt & { readonly digests: readonly string[] })
  | { readonly repositories: readonly string[] };

/** What would happen to one thing that somebody wants to delete. */
export interface DeletionItem {
  /** The digest or the repository's name, as asked. */
  readonly name: string;
  /** Why it stays; undefined where it goes. */
  readonly stays?: string;
  /** Artifacts that go with it, itself and its accessories among them. */
  readonly artifacts: number;
  /** Of these, its signatures and whatever else belongs to another. Not said of a repository. */
  readonly accessories?: number;
  readonly tags: number;
}

export interface DeletionPreview {
  readonly items: readonly DeletionItem[];
  /** Bytes that only what goes refers to: a clean-up makes them free. Undefined where they are too many to add up. */
  readonly freedBytes: number | undefined;
  /** Bytes that what goes refers to, and something that stays too. */
  readonly sharedBytes: number | undefined;
}

/** Artifacts of which the blobs are added up at once; after them others have their turn. */
const STEP = 500;
/** Digests asked about at once: one of them may be in each image of a registry. */
const DIGEST_STEP = 50;

/** Adds up blobs, by how often what goes refers to each. */
class BlobSums {
  readonly #db: Db;
  readonly #uses = new Map<string, number>();
  /** Others are not told of: a sparse manifest may name a blob that only a project has which the caller may not see. */
  readonly #linked = new Set<string>();
  #manifestBytes = 0;
  #artifacts = 0;
  #tooMany = false;

  constructor(db: Db) {
    this.#db = db;
  }

  /** False once there is too much to add up. */
  async add(artifacts: readonly { id: number; manifest_bytes: number }[]): Promise<boolean> {
    this.#artifacts += artifacts.length;
    this.#tooMany ||= this.#artifacts > MAX_COUNTED_ARTIFACTS;
    if (this.#tooMany) return false;
    for (const { manifest_bytes: bytes } of artifacts) this.#manifestBytes += Number(bytes);
    const rows = await countReferences(
      this.#db,
      artifacts.map((artifact) => artifact.id),
    );
    for (const { digest, count, isLinked } of rows) {
      this.#uses.set(digest, (this.#uses.get(digest) ?? 0) + count);
      if (isLinked) this.#linked.add(digest);
    }
    this.#tooMany = this.#uses.size > MAX_COUNTED_BLOBS;
    await setImmediate();
    return !this.#tooMany;
  }

  async sums(): Promise<Pick<DeletionPreview, 'freedBytes' | 'sharedBytes'>> {
    if (this.#tooMany) return { freedBytes: undefined, sharedBytes: undefined };
    let freedBytes = this.#manifestBytes;
    let sharedBytes = 0;
    const digests = [...this.#linked];
    for (let at = 0; at < digests.length; at += DIGEST_STEP) {
      for (const blob of await countUses(this.#db, digests.slice(at, at + DIGEST_STEP))) {
        if (blob.count > (this.#uses.get(blob.digest) ?? 0)) sharedBytes += blob.sizeBytes;
        else freedBytes += blob.sizeBytes;
      }
      await setImmediate();
    }
    return { freedBytes, sharedBytes };
  }
}

const GONE = { artifacts: 0, tags: 0 };

const sentenceOf = (error: unknown): string => {
  if (error instanceof AppError) return error.message;
  throw error;
};

/**
 * What deleting these artifacts one after the other would take, in that order: the rules are those of
 * `Records.deleteArtifact`. Throws `not_found` for the repository.
 */
export async function previewArtifacts(
  db: Db,
  scope: ProjectScope,
  { digests, ...at }: RepositoryAt & { readonly digests: readonly string[] },
): Promise<DeletionPreview> {
  const repository = await requireRepository(db, scope, at);
  const gone = new Map<string, PartRow>();
  const sums = new BlobSums(db);
  const items: DeletionItem[] = [];
  for (const name of digests) {
    if (gone.has(name)) {
      items.push({ name, ...GONE });
      continue;
    }
    try {
      const { row } = await requireArtifact(db, scope, { ...at, reference: name });
      const parent = (await findParents(db, repository.id, row.digest)).find((digest) => !gone.has(digest));
      if (parent !== undefined) throw new AppError('referenced', `part of the index ${parent}`);
      const doomed = await collectDoomed(db, repository.id, { root: row, gone });
      for (const part of doomed) gone.set(part.digest, part);
      items.push({
        name,
        artifacts: doomed.length,
        accessories: doomed.filter((part) => part.accessory_subject !== null).length,
        tags: doomed.reduce((sum, part) => sum + part.tag_count, 0),
      });
      await sums.add(doomed);
    } catch (error) {
      items.push({ name, stays: sentenceOf(error), ...GONE });
    }
  }
  return { items, ...(await sums.sums()) };
}

/** What deleting these repositories would take. One that is not there stays, with that reason. */
export async function previewRepositories(
  db: Db,
  scope: ProjectScope,
  names: readonly string[],
): Promise<DeletionPreview> {
  const sums = new BlobSums(db);
  const items: DeletionItem[] = [];
  for (const name of new Set(names)) {
    try {
      const { id, artifact_count: artifacts } = await requireRepository(db, scope, { repository: name });
      items.push({ name, artifacts, tags: await countTags(db, id) });
      await addAll(db, id, sums);
    } catch (error) {
      items.push({ name, stays: sentenceOf(error), ...GONE });
    }
  }
  return { items, ...(await sums.sums()) };
}

/** Adds every artifact of a repository, until there is too much. */
async function addAll(db: Db, repositoryId: number, sums: BlobSums): Promise<void> {
  for (let after = 0; ;) {
    const rows = await selectSizesAfter(db, repositoryId, { after, limit: STEP });
    const last = rows.at(-1);
    if (!last || !(await sums.add(rows))) return;
    after = last.id;
  }
}
