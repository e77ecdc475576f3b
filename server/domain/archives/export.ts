import type { ProjectScope } from '../../access/scope.ts';
import type { Database } from '../../db/database.ts';
import type { Digest } from '../../lib/digest.ts';
import { parseReference } from '../../lib/reference.ts';
import { TAR_END, tarBytes, tarHeader, tarPadding } from '../../lib/tar-write.ts';
import type { BlobStorage } from '../../storage/port.ts';
import { findLinkedSizes, readImage, type ManifestService } from '../artifacts/index.ts';
import { planExport, type PlannedFile } from './export-plan.ts';

/** Names that one archive gives an image. */
const MAX_TAGS = 100;

/** An artifact as an archive that can be sent. */
export interface ExportedArchive {
  readonly fileName: string;
  readonly sizeBytes: number;
  /** The bytes; a chunk is the reader's until it asks for the next one. Counts as a pull once it is asked for. */
  read(): AsyncIterable<Uint8Array>;
}

export interface Exports {
  /**
   * The artifact with its platforms as an OCI archive: by tag under that name, by digest under all its tags. `host` stands
   * before the names. Throws `manifest_unknown`, and `precondition` where the registry does not have all of it.
   */
  open(
    scope: ProjectScope,
    at: { repository: string; reference: string; host: string },
  ): Promise<ExportedArchive>;
}

export interface ExportDeps {
  readonly db: Database;
  readonly storage: BlobStorage;
  readonly manifests: Pick<ManifestService, 'get' | 'pullCounter'>;
}

/** `app-1.0.tar`, `app-sha256-0123456789ab.tar`: names and tags are of plain characters only. */
function fileNameOf(repository: string, reference: string): string {
  const base = repository.slice(repository.lastIndexOf('/') + 1);
  const [algorithm, hex] = reference.split(':', 2);
  return `${base}-${hex === undefined ? algorithm : `${algorithm}-${hex.slice(0, 12)}`}.tar`;
}

async function* write(
  storage: BlobStorage,
  files: readonly PlannedFile[],
): AsyncGenerator<Uint8Array, void, undefined> {
  for (const file of files) {
    yield tarHeader(file);
    if (Buffer.isBuffer(file.content)) yield file.content;
    else if (file.sizeBytes > 0)
      yield* await storage.read(file.content, { start: 0, end: file.sizeBytes - 1 });
    const padding = tarPadding(file.sizeBytes);
    if (padding.length > 0) yield padding;
  }
  yield TAR_END;
}

/** Makes archives of artifacts; they are written as they are read, and lie nowhere. */
export function createExports({ db, storage, manifests }: ExportDeps): Exports {
  return {
    async open(scope, at) {
      const { repository } = at;
      const reference = parseReference(at.reference);
      const manifest = await manifests.get(scope, { repository, reference });
      const count = manifests.pullCounter(scope, { repository, reference, manifest });
      const whole = await readImage(db.read, scope, { repository, reference: manifest.digest });
      const digests = whole.items.flatMap((item) =>
        item.manifest.kind === 'image' ? [item.manifest.config, ...item.manifest.layers] : [],
      );
      const sizes = await findLinkedSizes(db.read, whole.repository.id, [
        ...new Set(digests.map((descriptor) => descriptor.digest)),
      ]);
      const items = whole.items.map(({ row, bytes, manifest: parsed }) => ({
        digest: row.digest as Digest,
        mediaType: row.media_type,
        bytes,
        manifest: parsed,
      }));
      const root = items.find((item) => item.digest === manifest.digest);
      if (!root) throw new Error(`the export of ${manifest.digest} has no root`);
      const files = planExport({
        root,
        items,
        sizes,
        name: `${at.host}/${scope.project.name}/${repository}`,
        tags: reference.kind === 'tag' ? [reference.tag] : whole.root.tags.slice(0, MAX_TAGS),
      });
      return {
        fileName: fileNameOf(repository, at.reference),
        sizeBytes: tarBytes(files),
        read() {
          count(scope);
          return write(storage, files);
        },
      };
    },
  };
}
