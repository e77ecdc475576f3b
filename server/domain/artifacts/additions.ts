import pLimit from 'p-limit';
import type { ProjectScope } from '../../access/scope.ts';
import { readJson } from '../../db/json.ts';
import type { Digest } from '../../lib/digest.ts';
import { AppError } from '../../lib/errors.ts';
import { HELM_CHART, INDEX_TYPES } from '../../lib/media-types.ts';
import { readTar, type TarLimits } from '../../lib/tar.ts';
import type { ArtifactRow, ReferenceRow } from './artifact-store.ts';
import { findLinkedBlob } from './blob-store.ts';
import { DEPENDENCY_FILES, readChartFiles, readDependencies } from './chart-archive.ts';
import { readBytes, readHistory } from './image-config.ts';
import { selectReferences } from './list-store.ts';
import { requireArtifact, type ArtifactAt } from './locate.ts';
import { listModelFiles, MODEL_FILEPATH } from './model-files.ts';
import type { RecordDeps } from './record-deps.ts';

/** Harbor's names of additions, in lower case. */
export const ADDITIONS = [
  'build_history',
  'values.yaml',
  'readme.md',
  'dependencies',
  'sbom',
  'license',
  'files',
] as const;
export type AdditionName = (typeof ADDITIONS)[number];

/** What an artifact tells of itself beside its manifest. */
export interface Addition {
  readonly contentType: string;
  readonly bytes: Buffer;
}

export interface Additions {
  /**
   * Throws `bad_request` for what this kind of artifact has not, `not_found` where the blob that holds it is not here, and
   * `unprocessable` for a name that Harbor does not know, or a blob that cannot be read or is too large;
   * `too_many_requests` at once when too many wait already.
   */
  read(scope: ProjectScope, at: ArtifactAt, name: string): Promise<Addition>;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const MARKDOWN_TYPE = 'text/markdown; charset=utf-8';
/** Harbor answers the media type of its own. */
const SBOM_TYPE = 'application/vnd.goharbor.harbor.sbom.v1';

/** A config or an SBOM is read whole. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024;
const MAX_SBOM_BYTES = 16 * 1024 * 1024;
/** An archive before it is unpacked. */
const MAX_ARCHIVE_BYTES = 32 * 1024 * 1024;
const MODEL_LIMITS: TarLimits = {
  totalBytes: MAX_ARCHIVE_BYTES,
  fileBytes: MAX_CONFIG_BYTES,
  entries: 1_000,
};
/** Read and unpacked at once: each takes as much memory as its blob may be large. */
const AT_ONCE = 2;
const MAX_WAITING = 100;

type Kind = Pick<ArtifactRow, 'kind' | 'media_type'>;

/** The additions of that kind of artifact, in Harbor's order. An index has none of its own. */
export function additionsOf({ kind, media_type: mediaType }: Kind): readonly AdditionName[] {
  if ((INDEX_TYPES as readonly string[]).includes(mediaType)) return [];
  switch (kind) {
    case 'IMAGE':
    case 'WASM':
      return ['build_history'];
    case 'CHART':
      return ['values.yaml', 'readme.md', 'dependencies'];
    case 'CNAI':
      return ['readme.md', 'license', 'files'];
    case 'SBOM':
      return ['sbom'];
    default:
      return [];
  }
}

/** In any case, as Harbor has it. Throws `unprocessable` for a name that it does not know. */
function parseName(text: string): AdditionName {
  const name = ADDITIONS.find((known) => known === text.toLowerCase());
  if (name) return name;
  throw new AppError(
    'unprocessable',
    `there is no addition ${JSON.stringify(text.slice(0, 100))}: there are ${ADDITIONS.join(', ')}`,
  );
}

interface Asked {
  readonly deps: RecordDeps;
  readonly scope: ProjectScope;
  readonly at: ArtifactAt;
  readonly references: readonly ReferenceRow[];
}

/** The digest, where the blob is linked to this repository: a sparse manifest may name any, also a private project's. */
async function requireBlob(asked: Asked, blob: ReferenceRow | undefined, maxBytes: number): Promise<Digest> {
  const { deps, scope, at } = asked;
  if (!blob) throw new AppError('not_found', 'the manifest names no blob that holds it');
  const digest = blob.digest as Digest;
  const size = await findLinkedBlob(deps.db.read, scope, { repository: at.repository, digest });
  if (size === undefined || (await deps.storage.size(digest)) !== size)
    throw new AppError('not_found', `${digest}, which holds it, is not in this repository: push it first`);
  if (size > maxBytes)
    throw new AppError('unprocessable', `${digest}, which holds it, is larger than ${maxBytes} bytes`);
  return digest;
}

const json = (value: unknown): Addition => ({
  contentType: JSON_TYPE,
  bytes: Buffer.from(JSON.stringify(value)),
});

async function readBuildHistory(asked: Asked): Promise<Addition> {
  const config = asked.references.find((reference) => reference.role === 'config');
  const digest = await requireBlob(asked, config, MAX_CONFIG_BYTES);
  return json(readHistory(await readBytes(asked.deps.storage, digest)));
}

async function readChart(asked: Asked, name: AdditionName): Promise<Addition> {
  const config = asked.references.find((reference) => reference.role === 'config');
  const layers = asked.references.filter(
    (reference) => reference.role === 'layer' && reference.digest !== config?.digest,
  );
  const layer = layers.find((each) => each.media_type === HELM_CHART) ?? layers[0];
  const digest = await requireBlob(asked, layer, MAX_ARCHIVE_BYTES);
  const names = name === 'dependencies' ? DEPENDENCY_FILES : [name.toUpperCase()];
  const files = await readChartFiles(await asked.deps.storage.read(digest), names);
  if (name === 'dependencies') return json(readDependencies(files));
  // A chart without such a file has an empty one, as in Harbor.
  const bytes = files.get(name.toUpperCase()) ?? Buffer.alloc(0);
  return { contentType: name === 'readme.md' ? MARKDOWN_TYPE : TEXT_TYPE, bytes };
}

const MODEL_DOCUMENTS: Readonly<Partial<Record<AdditionName, readonly string[]>>> = {
  'readme.md': ['README', 'README.MD'],
  license: ['LICENSE', 'LICENSE.TXT'],
};

async function readModel(asked: Asked, name: AdditionName): Promise<Addition> {
  const layers = asked.references.filter((reference) => reference.role === 'layer');
  if (name === 'files') return json(listModelFiles(layers));
  const wanted = MODEL_DOCUMENTS[name] ?? [];
  const layer = layers.find(
    (each) =>
      each.media_type.includes('.model.doc.') &&
      wanted.includes(
        (readJson<Record<string, string>>(each.annotations)[MODEL_FILEPATH] ?? '').toUpperCase(),
      ),
  );
  if (!layer) throw new AppError('not_found', `the model has no ${name}`);
  const digest = await requireBlob(asked, layer, MAX_ARCHIVE_BYTES);
  const contentType = name === 'readme.md' ? MARKDOWN_TYPE : TEXT_TYPE;
  if (!layer.media_type.includes('.tar')) {
    if (layer.size_bytes > MAX_CONFIG_BYTES)
      throw new AppError(
        'unprocessable',
        `${digest}, which holds it, is larger than ${MAX_CONFIG_BYTES} bytes`,
      );
    return { contentType, bytes: await readBytes(asked.deps.storage, digest) };
  }
  const isWanted = (path: string): boolean => wanted.includes(path.split('/').at(-1)?.toUpperCase() ?? '');
  const packed = await asked.deps.storage.read(digest);
  for await (const { bytes } of readTar(packed, { limits: MODEL_LIMITS, isWanted }))
    return { contentType, bytes };
  throw new AppError('not_found', `the model's archive has no ${name}`);
}

async function readSbom(asked: Asked): Promise<Addition> {
  const [layer, ...others] = asked.references.filter((reference) => reference.role === 'layer');
  const digest = await requireBlob(asked, others.length === 0 ? layer : undefined, MAX_SBOM_BYTES);
  return { contentType: SBOM_TYPE, bytes: await readBytes(asked.deps.storage, digest) };
}

/** Reads additions from the blobs that hold them, a few at once: what was pushed may be anything. */
export function createAdditions(deps: RecordDeps): Additions {
  const limit = pLimit(AT_ONCE);
  return {
    async read(scope, at, text) {
      const name = parseName(text);
      const { row } = await requireArtifact(deps.db.read, scope, at);
      const has = additionsOf(row);
      if (!has.includes(name)) {
        const instead = has.length > 0 ? `it has ${has.join(', ')}` : 'it has none';
        throw new AppError('bad_request', `this artifact (${row.kind}) has no addition ${name}: ${instead}`);
      }
      if (limit.pendingCount >= MAX_WAITING)
        throw new AppError('too_many_requests', 'too many additions are being read: try again in a moment', {
          headers: { 'Retry-After': '2' },
        });
      return limit(async () => {
        const asked = { deps, scope, at, references: await selectReferences(deps.db.read, row.id) };
        if (name === 'build_history') return readBuildHistory(asked);
        if (name === 'sbom') return readSbom(asked);
        return row.kind === 'CHART' ? readChart(asked, name) : readModel(asked, name);
      });
    },
  };
}
