import type { ProjectScope } from '../../access/scope.ts';
import type { Database } from '../../db/database.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Digest } from '../../lib/digest.ts';
import { AppError, notFound } from '../../lib/errors.ts';
import type { Ids } from '../../lib/ids.ts';
import { parseRepositoryName, parseTag } from '../../lib/reference.ts';
import type { BlobStorage } from '../../storage/port.ts';
import {
  createStaging,
  createUploadSlots,
  type BlobService,
  type ManifestService,
  type Staging,
  type UploadGroup,
  type UploadIntake,
  type UploadSlots,
} from '../artifacts/index.ts';
import type { ArchiveContents, FoundImage } from './contents.ts';
import { findImages, receiveFiles } from './receive.ts';
import {
  countImports,
  findImport,
  findParts,
  insertImport,
  listIdleImports,
  listImports,
  markStored,
  removeImport,
  touchImport,
  type ImportRow,
  type KeptImage,
  type PartRow,
} from './store.ts';
import { unpackArchive } from './unpack.ts';

/** Imports of one account that wait in one project. */
const MAX_WAITING = 50;
/** While an archive comes, its first files must not count as forgotten. */
const TOUCH_MS = 60_000;
const PURGED_AT_ONCE = 100;

/** Where an image of an archive is to be. */
export interface Target {
  /** Its place in the list of images found. */
  readonly position: number;
  /** Name without the project. */
  readonly repository: string;
  readonly tags: readonly string[];
}

/** What became of a target. */
export interface TargetOutcome extends Target {
  readonly digest: Digest;
  /** Undefined where it is there now. */
  readonly error?: AppError;
}

export interface Archives {
  /**
   * Takes an archive as it streams in; resolves to what was found in it once all of it is here. Whatever fails, nothing of
   * it stays. Throws `unprocessable` for what is hostile, damaged or no archive, and what a push of its blobs throws.
   */
  receive(
    scope: ProjectScope,
    archive: { fileName: string; source: AsyncIterable<Uint8Array> },
  ): Promise<ImportRow>;
  /** The caller's own; throws `not_found`. */
  find(scope: ProjectScope, id: string): Promise<ImportRow>;
  /** The caller's own that wait for their names, newest first. */
  list(scope: ProjectScope): Promise<ImportRow[]>;
  /**
   * Writes the images where they are to be, each target as a push and in a transaction of its own. What failed can be tried
   * again under another name; when nothing failed, the import is over. Throws `not_found`, and `conflict` while another
   * request does the same.
   */
  confirm(scope: ProjectScope, id: string, targets: readonly Target[]): Promise<TargetOutcome[]>;
  /** Forgets the import; throws `not_found`. */
  cancel(scope: ProjectScope, id: string): Promise<void>;
  /** Forgets imports that nobody went on with; resolves to how many. Their uploads are dropped like any other. */
  purge(idleBeforeMs: number): Promise<number>;
}

export interface ArchivesDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly storage: BlobStorage;
  readonly intake: UploadIntake;
  readonly blobs: Pick<BlobService, 'dropUploads'>;
  readonly manifests: Pick<ManifestService, 'pushWhole'>;
}

/** Archives that are received at once: each holds some of its JSON in memory. */
const SLOTS = { max: 4, maxPerAccount: 2 };

const accountOf = ({ principal }: ProjectScope): number => (principal.kind === 'user' ? principal.userId : 0);

const keepImage = (image: FoundImage): KeptImage => ({
  ...image,
  manifests: image.manifests.map((manifest) => manifest.digest),
});

/** What the images need, each once. */
function partsOf(contents: ArchiveContents, images: readonly FoundImage[]): ReadonlyMap<Digest, PartRow> {
  const parts = new Map<Digest, PartRow>();
  const needed = new Set(images.flatMap((image) => image.blobs));
  for (const { digest, sizeBytes, uploadId } of contents.files.values())
    if (needed.has(digest) && !parts.has(digest))
      parts.set(digest, { digest, sizeBytes, uploadId, manifest: null });
  for (const { digest, mediaType, bytes } of images.flatMap((image) => image.manifests)) {
    const blob = parts.get(digest);
    const manifest = { mediaType, bytes };
    parts.set(digest, { digest, sizeBytes: bytes.byteLength, uploadId: blob?.uploadId ?? null, manifest });
  }
  return parts;
}

class ArchiveService implements Archives {
  readonly #deps: ArchivesDeps;
  /** Imports that a request is writing now. */
  readonly #busy = new Set<string>();
  readonly #staging: Staging;
  readonly #slots: UploadSlots;

  constructor(deps: ArchivesDeps) {
    this.#deps = deps;
    this.#slots = createUploadSlots({ clock: deps.clock, ...SLOTS });
    const dropUploads = (where: UploadGroup): Promise<unknown> =>
      deps.blobs.dropUploads(where, new AbortController().signal);
    this.#staging = createStaging({ ...deps, dropUploads });
  }

  async receive(
    scope: ProjectScope,
    archive: { fileName: string; source: AsyncIterable<Uint8Array> },
  ): Promise<ImportRow> {
    const { db, intake } = this.#deps;
    await intake.admit(accountOf(scope));
    if ((await countImports(db.read, scope)) >= MAX_WAITING)
      throw new AppError(
        'too_many_requests',
        `${MAX_WAITING} imports of yours wait in this project: confirm or cancel some of them first`,
        { headers: { 'retry-after': '60' } },
      );
    const leave = await this.#slots.enter(accountOf(scope));
    const id = this.#deps.ids.uuid();
    try {
      return await this.#receive(scope, { ...archive, id });
    } catch (error) {
      await this.#staging.dropGroup(scope, id);
      throw error;
    } finally {
      leave();
    }
  }

  async #receive(
    scope: ProjectScope,
    { id, fileName, source }: { id: string; fileName: string; source: AsyncIterable<Uint8Array> },
  ): Promise<ImportRow> {
    const { db, clock, intake } = this.#deps;
    const staging = this.#staging;
    let touchedMs = clock.now();
    const open = async (): Promise<string> => {
      if (clock.now() - touchedMs >= TOUCH_MS) {
        touchedMs = clock.now();
        await db.quickTx((tx) => staging.touch(tx, id));
      }
      return staging.open(scope, id);
    };
    const contents = await intake.receive(accountOf(scope), unpackArchive(source), {
      write: (plain) =>
        receiveFiles(plain, { open, write: (uploadId, bytes) => staging.write(uploadId, bytes) }),
      // Whatever fails, all of it goes.
      drop: () => Promise.resolve(),
    });
    const images = findImages(contents);
    const parts = partsOf(contents, images);
    const kept = new Set([...parts.values()].map((part) => part.uploadId));
    for (const { uploadId } of contents.files.values()) if (!kept.has(uploadId)) await staging.drop(uploadId);
    const nowMs = clock.now();
    const row = { id, fileName, images: images.map(keepImage), createdAtMs: nowMs, activeAtMs: nowMs };
    await db.tx(async (tx) => {
      await insertImport(tx, scope, { ...row, parts: [...parts.values()] });
      await staging.touch(tx, id);
    });
    return row;
  }

  async find(scope: ProjectScope, id: string): Promise<ImportRow> {
    const row = await findImport(this.#deps.db.read, scope, id);
    if (!row) throw notFound('import', id.slice(0, 40));
    return row;
  }

  list(scope: ProjectScope): Promise<ImportRow[]> {
    return listImports(this.#deps.db.read, scope, MAX_WAITING);
  }

  async confirm(scope: ProjectScope, id: string, targets: readonly Target[]): Promise<TargetOutcome[]> {
    const row = await this.find(scope, id);
    return this.#alone(id, async () => {
      const outcomes: TargetOutcome[] = [];
      for (const target of targets) outcomes.push(await this.#confirmOne(scope, row, target));
      if (outcomes.every((outcome) => outcome.error === undefined)) await this.#forget(scope, id);
      return outcomes;
    });
  }

  async #alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    if (this.#busy.has(id))
      throw new AppError('conflict', 'another request is writing this import: wait for it to end');
    this.#busy.add(id);
    try {
      return await work();
    } finally {
      this.#busy.delete(id);
    }
  }

  async #confirmOne(scope: ProjectScope, row: ImportRow, target: Target): Promise<TargetOutcome> {
    const image = row.images[target.position];
    if (!image) throw new AppError('bad_request', `the archive has no image number ${target.position}`);
    const outcome = { ...target, digest: image.digest };
    try {
      parseRepositoryName(`${scope.project.name}/${target.repository}`);
      await this.#push(scope, row, { image, repository: target.repository, tags: target.tags.map(parseTag) });
      return outcome;
    } catch (error) {
      // A bug, or a broken disk: not an answer.
      if (!(error instanceof AppError)) throw error;
      return { ...outcome, error };
    }
  }

  async #push(
    scope: ProjectScope,
    row: ImportRow,
    { image, repository, tags }: { image: KeptImage; repository: string; tags: readonly string[] },
  ): Promise<void> {
    const { db, manifests } = this.#deps;
    const parts = await findParts(db.read, row.id, [...image.blobs, ...image.manifests]);
    const part = (digest: Digest): PartRow => {
      const found = parts.get(digest);
      if (!found) throw new Error(`import ${row.id} has lost ${digest}`);
      return found;
    };
    await this.#store(row.id, image.blobs.map(part));
    await manifests.pushWhole(scope, {
      repository,
      blobs: image.blobs.map(part),
      manifests: image.manifests.map((digest) => {
        const { manifest } = part(digest);
        if (!manifest) throw new Error(`import ${row.id} has lost the manifest ${digest}`);
        const { bytes, mediaType: contentType } = manifest;
        return { bytes, contentType, digest, tags: digest === image.digest ? [...new Set(tags)] : [] };
      }),
    });
  }

  /** Makes blobs of what is still an upload. */
  async #store(importId: string, blobs: readonly PartRow[]): Promise<void> {
    const { db, clock } = this.#deps;
    const staging = this.#staging;
    const files = blobs.flatMap(({ uploadId, digest, sizeBytes }) =>
      uploadId === null ? [] : [{ uploadId, digest, sizeBytes }],
    );
    try {
      for (const file of files) await staging.store(file);
    } catch (error) {
      throw error instanceof AppError && error.code === 'upload_unknown'
        ? new AppError('not_found', 'what was sent is not here any more: send the archive again', {
            cause: error,
          })
        : error;
    }
    await db.tx(async (tx) => {
      await staging.noteStored(tx, files);
      await markStored(
        tx,
        importId,
        files.map((file) => file.digest),
      );
      await touchImport(tx, importId, clock.now());
      await staging.touch(tx, importId);
    });
  }

  async #forget(scope: ProjectScope, id: string): Promise<void> {
    await this.#deps.db.tx((tx) => removeImport(tx, id));
    await this.#staging.dropGroup(scope, id);
  }

  async cancel(scope: ProjectScope, id: string): Promise<void> {
    await this.find(scope, id);
    await this.#alone(id, () => this.#forget(scope, id));
  }

  async purge(idleBeforeMs: number): Promise<number> {
    const { db } = this.#deps;
    let purged = 0;
    for (;;) {
      const ids = await listIdleImports(db.read, idleBeforeMs, PURGED_AT_ONCE);
      const idle = ids.filter((id) => !this.#busy.has(id));
      for (const id of idle) await db.tx((tx) => removeImport(tx, id));
      purged += idle.length;
      if (idle.length < PURGED_AT_ONCE) return purged;
    }
  }
}

/** Built once: it knows which imports are being written. */
export function createArchives(deps: ArchivesDeps): Archives {
  return new ArchiveService(deps);
}
