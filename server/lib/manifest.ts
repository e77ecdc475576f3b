import { AppError } from './errors.ts';
import { isDigest, type Digest } from './digest.ts';
import {
  bareMediaType,
  DOCKER_CONFIG,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  HELM_CONFIG,
  INDEX_TYPES,
  isForeignLayer,
  MANIFEST_TYPES,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from './media-types.ts';

/** The largest manifest taken, in bytes (containerd and ggcr read at least as much). */
export const MANIFEST_MAX_BYTES = 8 * 1024 * 1024;
const MAX_DESCRIPTORS = 10_000;
const MAX_DEPTH = 32;

export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  /** Of Windows images. */
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly urls: readonly string[];
  readonly platform?: Platform;
}

interface Common {
  readonly mediaType: string;
  readonly artifactType: string | null;
  readonly subject: Descriptor | null;
  readonly annotations: Readonly<Record<string, string>>;
}
export interface ImageManifest extends Common {
  readonly kind: 'image';
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}
export interface ImageIndex extends Common {
  readonly kind: 'index';
  readonly children: readonly Descriptor[];
}
export type Manifest = ImageManifest | ImageIndex;

const invalid = (message: string): AppError => new AppError('manifest_invalid', message);
type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Stops a document whose nesting could exhaust the stack of whoever walks it later. */
function checkDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (inString) {
      if (char === 0x5c) i++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x7b || char === 0x5b) {
      if (++depth > MAX_DEPTH) throw invalid(`the manifest is nested deeper than ${MAX_DEPTH} levels`);
    } else if (char === 0x7d || char === 0x5d) depth--;
  }
}

/** What decides how a document is read. */
const FIELDS = ['schemaVersion', 'mediaType', 'artifactType', 'config', 'layers', 'manifests', 'subject'];

/** Stops a name that other readers take for one of ours: Go's, as most clients are, match names in any case. */
function checkNames(doc: Json): void {
  const byLowerCase = new Map(FIELDS.map((field) => [field.toLowerCase(), field]));
  for (const name of Object.keys(doc)) {
    const field = byLowerCase.get(name.toLowerCase());
    if (field !== undefined && field !== name)
      throw invalid(`the document has ${JSON.stringify(name)}, which some clients read as ${field}`);
  }
}

function parseJson(bytes: Uint8Array): Json {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('the manifest is not UTF-8 text');
  }
  checkDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('manifest_invalid', 'the manifest is not valid JSON', { cause });
  }
  if (!isObject(value)) throw invalid('the manifest is not a JSON object');
  return value;
}

function readStrings(value: unknown, where: string): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw invalid(`${where} is not an object of strings`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw invalid(`${where}: ${JSON.stringify(key)} is not a string`);
  }
  return value as Record<string, string>;
}

function readPlatform(value: unknown, where: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw invalid(`${where} is not an object`);
  const text = (key: string): string => (typeof value[key] === 'string' ? value[key] : '');
  const variant = text('variant');
  const osVersion = text('os.version');
  const features = value['os.features'];
  const osFeatures = (Array.isArray(features) ? features : []).filter((each) => typeof each === 'string');
  return {
    architecture: text('architecture'),
    os: text('os'),
    ...(variant ? { variant } : {}),
    ...(osVersion ? { osVersion } : {}),
    ...(osFeatures.length > 0 ? { osFeatures } : {}),
  };
}

/** No type's name is longer (RFC 6838, section 4.2: twice 127 and a slash), and indices hold only so much of one. */
const TYPE_MAX = 255;

function checkTypeLength(type: string, where: string): void {
  if (type.length > TYPE_MAX) throw invalid(`${where} is longer than ${TYPE_MAX} characters`);
}

function readDescriptor(value: unknown, where: string): Descriptor {
  if (!isObject(value)) throw invalid(`${where} is not a descriptor`);
  const { digest, size, mediaType } = value;
  if (typeof digest !== 'string' || !isDigest(digest))
    throw invalid(`${where}.digest is not a sha256 or sha512 digest`);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw invalid(`${where}.size is not a byte count`);
  if (typeof mediaType !== 'string' || mediaType === '') throw invalid(`${where}.mediaType is missing`);
  checkTypeLength(mediaType, `${where}.mediaType`);
  const urls = Array.isArray(value.urls)
    ? value.urls.filter((url): url is string => typeof url === 'string')
    : [];
  const platform = readPlatform(value.platform, `${where}.platform`);
  return {
    digest,
    sizeBytes: size,
    mediaType,
    urls,
    annotations: readStrings(value.annotations, `${where}.annotations`),
    ...(platform ? { platform } : {}),
  };
}

function readList(value: unknown, where: string): Descriptor[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`${where} is not a list`);
  if (value.length > MAX_DESCRIPTORS) throw invalid(`${where} holds more than ${MAX_DESCRIPTORS} entries`);
  return value.map((item, index) => readDescriptor(item, `${where}[${index}]`));
}

/** The document's type: the header's, checked against the body's, else told from its shape. */
function decideType(contentType: string | undefined, doc: Json): string {
  const header = contentType === undefined ? '' : bareMediaType(contentType);
  const body = typeof doc.mediaType === 'string' ? doc.mediaType : '';
  if (header && body && header !== body)
    throw invalid(`Content-Type is ${header}, but the manifest's mediaType is ${body}`);
  const type = header || body || (Array.isArray(doc.manifests) ? OCI_INDEX : OCI_MANIFEST);
  const known: readonly string[] = [...MANIFEST_TYPES, ...INDEX_TYPES];
  if (!known.includes(type)) {
    throw invalid(
      `media type ${type} is not taken: push an OCI image manifest or index, or a Docker schema 2 manifest or list`,
    );
  }
  return type;
}

/**
 * Reads a manifest as pushed (OCI image spec v1.1; Docker schema 2). Unknown fields stay in the stored bytes.
 * Throws `manifest_invalid` naming the field, or `too_large` above {@link MANIFEST_MAX_BYTES}.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): Manifest {
  if (bytes.byteLength > MANIFEST_MAX_BYTES) {
    throw new AppError('too_large', `the manifest is larger than ${MANIFEST_MAX_BYTES} bytes`);
  }
  const doc = parseJson(bytes);
  checkNames(doc);
  const mediaType = decideType(contentType, doc);
  if (doc.schemaVersion !== 2) throw invalid('schemaVersion is not 2: schema 1 manifests are not taken');
  const isIndex = mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
  // A document that is both would be read one way by us and another way by a client (CVE-2021-41190).
  if (doc.manifests !== undefined && (doc.layers !== undefined || doc.config !== undefined)) {
    throw invalid('the document has both manifests and layers or config');
  }
  const artifactType =
    typeof doc.artifactType === 'string' && doc.artifactType !== '' ? doc.artifactType : null;
  if (artifactType !== null) checkTypeLength(artifactType, 'artifactType');
  const common = {
    mediaType,
    artifactType,
    subject:
      doc.subject === undefined || doc.subject === null ? null : readDescriptor(doc.subject, 'subject'),
    annotations: readStrings(doc.annotations, 'annotations'),
  };
  if (isIndex) {
    // Go writes an empty list that was never filled as null.
    if (doc.manifests === undefined) throw invalid('the index has no manifests list');
    return { ...common, kind: 'index', children: readList(doc.manifests, 'manifests') };
  }
  return {
    ...common,
    kind: 'image',
    config: readDescriptor(doc.config, 'config'),
    layers: readList(doc.layers, 'layers'),
  };
}

/** Descriptors that must be in the repository before the manifest is taken: all but layers held elsewhere. */
export function requiredBlobs(manifest: Manifest): readonly Descriptor[] {
  if (manifest.kind === 'index') return [];
  return [
    manifest.config,
    ...manifest.layers.filter((layer) => layer.urls.length === 0 && !isForeignLayer(layer.mediaType)),
  ];
}

/** What the referrers API shows as artifactType: the manifest's own, else an image's config type (OCI 1.1). */
export function referrerType(manifest: Manifest): string | null {
  return manifest.artifactType ?? (manifest.kind === 'image' ? manifest.config.mediaType : null);
}

/** A WebAssembly module in the form of an image, which two annotations tell from one. */
export function isAnnotatedWasm({ annotations }: Pick<Manifest, 'annotations'>): boolean {
  return annotations['module.wasm.image/variant'] === 'compat' || annotations['run.oci.handler'] === 'wasm';
}

/** Harbor's `type` of an artifact (IMAGE, CHART, ...), decided by artifactType or config type. */
export function artifactKind(manifest: Manifest): string {
  if (manifest.kind === 'index') {
    return manifest.annotations['org.opencontainers.artifactType'] === 'application/vnd.cnab.manifest.v1'
      ? 'CNAB'
      : 'IMAGE';
  }
  if (isAnnotatedWasm(manifest)) return 'WASM';
  const deciding = manifest.artifactType ?? manifest.config.mediaType;
  if (manifest.mediaType === DOCKER_MANIFEST || deciding === OCI_CONFIG || deciding === DOCKER_CONFIG)
    return 'IMAGE';
  if (deciding === HELM_CONFIG) return 'CHART';
  if (deciding.startsWith('application/vnd.wasm.')) return 'WASM';
  if (deciding.startsWith('application/vnd.goharbor.harbor.sbom.')) return 'SBOM';
  if (deciding.startsWith('application/vnd.cncf.model.')) return 'CNAI';
  const kind = /^application\/vnd\.[^.]+\.(.+)\.config\.[^.+]+\+json$/.exec(deciding)?.[1];
  return kind ? kind.toUpperCase() : 'UNKNOWN';
}

/** Bytes of an image as Harbor counts them: manifest, config and layers (an index adds its children elsewhere). */
export function contentSizeBytes(manifest: Manifest, manifestBytes: number): number {
  if (manifest.kind === 'index') return manifestBytes;
  return [manifest.config, ...manifest.layers].reduce((sum, item) => sum + item.sizeBytes, manifestBytes);
}
