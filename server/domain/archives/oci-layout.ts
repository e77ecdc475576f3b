import { AppError } from '../../lib/errors.ts';
import type { Digest } from '../../lib/digest.ts';
import {
  artifactKind,
  contentSizeBytes,
  parseManifest,
  requiredBlobs,
  type Descriptor,
  type Manifest,
  type Platform,
} from '../../lib/manifest.ts';
import { OCI_INDEX } from '../../lib/media-types.ts';
import {
  MAX_IMAGES,
  MAX_NAMES,
  refuseArchive,
  type ArchiveContents,
  type ArchiveFile,
  type FoundImage,
  type FoundManifest,
} from './contents.ts';
import { givenNameOf } from './names.ts';

/** Indexes within indexes. */
const MAX_DEPTH = 8;
/** Of one image: each is written in its transaction. */
const MAX_MANIFESTS = 500;

interface Node extends FoundManifest {
  readonly manifest: Manifest;
}

/** What can be told of a platform; "unknown" stands for what is no image, such as an attestation. */
const isPlatform = ({ os, architecture }: Platform): boolean =>
  os !== '' && os !== 'unknown' && architecture !== 'unknown';

/** Walks from an entry of index.json to all that it needs. */
class Walk {
  readonly #byDigest: ReadonlyMap<Digest, ArchiveFile>;
  readonly nodes = new Map<Digest, Node>();
  readonly blobs = new Set<Digest>();
  missing = 0;
  readonly platforms: Platform[] = [];

  constructor(byDigest: ReadonlyMap<Digest, ArchiveFile>) {
    this.#byDigest = byDigest;
  }

  /** The manifest, if all that it needs is here; else what is not. */
  #read(descriptor: Descriptor): Node | { readonly absent: string } {
    const { digest, mediaType } = descriptor;
    const file = this.#byDigest.get(digest);
    if (!file) return { absent: `its manifest ${digest}` };
    if (!file.json) throw refuseArchive(`${digest} in the archive is no manifest, or a very large one`);
    const manifest = parseManifest(file.json, mediaType);
    const lacking = requiredBlobs(manifest).find((blob) => this.#byDigest.get(blob.digest) === undefined);
    if (lacking) return { absent: `the layer or config ${lacking.digest}` };
    const wrong = requiredBlobs(manifest).find(
      (blob) => this.#byDigest.get(blob.digest)?.sizeBytes !== blob.sizeBytes,
    );
    if (wrong) throw refuseArchive(`${wrong.digest} has another size than the manifest ${digest} says`);
    return { digest, mediaType: manifest.mediaType, bytes: file.json, manifest };
  }

  /** Takes it with its children; false where it is not here, which only a child of an index may be. */
  take(descriptor: Descriptor, at: { depth: number; name: string }): boolean {
    const { depth, name } = at;
    if (this.nodes.has(descriptor.digest)) return true;
    if (depth > MAX_DEPTH)
      throw refuseArchive(`${name} holds indexes within indexes more than ${MAX_DEPTH} deep`);
    const node = this.#read(descriptor);
    if ('absent' in node) {
      if (depth > 0) return false;
      throw refuseArchive(`the archive is incomplete: it lacks ${node.absent}, which ${name} needs`);
    }
    if (node.manifest.kind === 'index') this.#takeChildren(node.manifest.children, at);
    else for (const blob of requiredBlobs(node.manifest)) this.blobs.add(blob.digest);
    this.nodes.set(node.digest, node);
    if (this.nodes.size > MAX_MANIFESTS) throw refuseArchive(`${name} has more than ${MAX_MANIFESTS} parts`);
    return true;
  }

  #takeChildren(children: readonly Descriptor[], { depth, name }: { depth: number; name: string }): void {
    let here = 0;
    for (const child of children) {
      const { platform } = child;
      if (!this.take(child, { depth: depth + 1, name })) this.missing++;
      else {
        here++;
        if (platform && isPlatform(platform)) this.platforms.push(platform);
      }
    }
    if (children.length > 0 && here === 0)
      throw refuseArchive(`the archive is incomplete: it has none of the platforms of ${name}`);
  }
}

/** Platform of an image by its config, where the archive has it at hand. */
function platformOf(manifest: Manifest, byDigest: ReadonlyMap<Digest, ArchiveFile>): Platform[] {
  const json = manifest.kind === 'image' ? byDigest.get(manifest.config.digest)?.json : undefined;
  return json ? readPlatform(json) : [];
}

/** What an image's config says it runs on; nothing where it says nothing. */
export function readPlatform(config: Buffer): Platform[] {
  try {
    const value = JSON.parse(config.toString()) as Record<string, unknown> | null;
    const text = (key: string): string => (typeof value?.[key] === 'string' ? value[key] : '');
    const [os, architecture, variant] = [text('os'), text('architecture'), text('variant')];
    return os === '' || architecture === ''
      ? []
      : [{ os, architecture, ...(variant === '' ? {} : { variant }) }];
  } catch {
    return [];
  }
}

function describe(
  walk: Walk,
  root: Node,
  byDigest: ReadonlyMap<Digest, ArchiveFile>,
): Omit<FoundImage, 'names'> {
  const nodes = [...walk.nodes.values()];
  const blobBytes = [...walk.blobs].reduce((sum, digest) => sum + (byDigest.get(digest)?.sizeBytes ?? 0), 0);
  return {
    digest: root.digest,
    mediaType: root.mediaType,
    kind: artifactKind(root.manifest),
    manifests: nodes.map(({ digest, mediaType, bytes }) => ({ digest, mediaType, bytes })),
    blobs: [...walk.blobs],
    sizeBytes: nodes.reduce((sum, { bytes }) => sum + bytes.byteLength, blobBytes),
    platforms: walk.platforms.length > 0 ? walk.platforms : platformOf(root.manifest, byDigest),
    missing: walk.missing,
  };
}

interface Entry {
  readonly descriptor: Descriptor;
  readonly names: Set<string>;
}

/** The entries of index.json, each digest once with all its names. */
function readEntries(index: Buffer): Entry[] {
  let parsed: Manifest;
  try {
    parsed = parseManifest(index, OCI_INDEX);
  } catch (cause) {
    const why = cause instanceof AppError ? cause.message : 'it cannot be read';
    throw refuseArchive(`index.json of the archive: ${why}`);
  }
  const entries = new Map<Digest, Entry>();
  for (const descriptor of parsed.kind === 'index' ? parsed.children : []) {
    const entry = entries.get(descriptor.digest) ?? { descriptor, names: new Set<string>() };
    const name = givenNameOf(descriptor.annotations);
    if (name !== undefined) entry.names.add(name);
    if (entry.names.size > MAX_NAMES)
      throw refuseArchive(`an image of the archive has more than ${MAX_NAMES} names`);
    entries.set(descriptor.digest, entry);
  }
  if (entries.size > MAX_IMAGES) throw refuseArchive(`the archive has more than ${MAX_IMAGES} images`);
  return [...entries.values()];
}

/**
 * The images of an OCI layout, in the order of index.json. What belongs to another of them, such as a signature, and has no
 * name of its own goes with that one. Throws `unprocessable` where something is missing or is not what it says.
 */
export function findOciImages(contents: ArchiveContents, index: Buffer): FoundImage[] {
  const byDigest = new Map([...contents.files.values()].map((file) => [file.digest, file]));
  const found: { walk: Walk; root: Node; names: Set<string> }[] = [];
  for (const { descriptor, names } of readEntries(index)) {
    const walk = new Walk(byDigest);
    walk.take(descriptor, { depth: 0, name: [...names][0] ?? descriptor.digest });
    const root = walk.nodes.get(descriptor.digest);
    if (root) found.push({ walk, root, names });
  }
  const images = found.filter(({ root, names }) => {
    const subject = root.manifest.subject?.digest;
    const owner = found.find((other) => subject !== undefined && other.walk.nodes.has(subject));
    if (names.size > 0 || !owner || owner.root === root) return true;
    owner.walk.take(
      { ...root, sizeBytes: root.bytes.byteLength, annotations: {}, urls: [] },
      { depth: 1, name: root.digest },
    );
    return false;
  });
  return images.map(({ walk, root, names }) => ({ names: [...names], ...describe(walk, root, byDigest) }));
}

/** Bytes of an image with one manifest, as a registry counts them. */
export const imageBytes = (manifest: Manifest, bytes: Buffer): number =>
  contentSizeBytes(manifest, bytes.byteLength);
