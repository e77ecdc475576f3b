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
import { bareMediaType, OCI_INDEX } from '../../lib/media-types.ts';
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
/** References that are followed in one archive, however often its images hold the same index: it is done in one go. */
const MAX_REFERENCES = 200_000;

interface Node extends FoundManifest {
  readonly manifest: Manifest;
  readonly blobs: readonly Digest[];
}

/** What an archive does not have. */
interface Absent {
  readonly absent: string;
}

/** What can be told of a platform; "unknown" stands for what is no image, such as an attestation. */
const isPlatform = ({ os, architecture }: Platform): boolean =>
  os !== '' && os !== 'unknown' && architecture !== 'unknown';

/** Reads the manifests of an archive, each once for all the walks that come by it. */
class Manifests {
  readonly #byDigest: ReadonlyMap<Digest, ArchiveFile>;
  readonly #known = new Map<string, Node | Absent>();
  #references = 0;

  constructor(byDigest: ReadonlyMap<Digest, ArchiveFile>) {
    this.#byDigest = byDigest;
  }

  /** The manifest, if all that it needs is here; else what is not. */
  read({ digest, mediaType }: Descriptor): Node | Absent {
    // A type with parameters is the same type: it is not read anew for each of them.
    const key = `${digest} ${bareMediaType(mediaType)}`;
    const known = this.#known.get(key) ?? this.#parse(digest, mediaType);
    this.#known.set(key, known);
    return known;
  }

  /** Throws `unprocessable` where there is no end to what is to be followed. */
  follow(references: readonly unknown[]): void {
    this.#references += references.length;
    if (this.#references > MAX_REFERENCES)
      throw refuseArchive(`the images of the archive refer to more than ${MAX_REFERENCES} parts`);
  }

  #parse(digest: Digest, mediaType: string): Node | Absent {
    const file = this.#byDigest.get(digest);
    if (!file) return { absent: `its manifest ${digest}` };
    if (!file.json) throw refuseArchive(`${digest} in the archive is no manifest, or a very large one`);
    const manifest = parseManifest(file.json, mediaType);
    const required = requiredBlobs(manifest);
    const lacking = required.find((blob) => this.#byDigest.get(blob.digest) === undefined);
    if (lacking) return { absent: `the layer or config ${lacking.digest}` };
    const wrong = required.find((blob) => this.#byDigest.get(blob.digest)?.sizeBytes !== blob.sizeBytes);
    if (wrong) throw refuseArchive(`${wrong.digest} has another size than the manifest ${digest} says`);
    const blobs = [...new Set(required.map((blob) => blob.digest))];
    return { digest, mediaType: manifest.mediaType, bytes: file.json, manifest, blobs };
  }
}

/** Walks from an entry of index.json to all that it needs. */
class Walk {
  readonly #manifests: Manifests;
  readonly nodes = new Map<Digest, Node>();
  readonly blobs = new Set<Digest>();
  missing = 0;
  readonly platforms: Platform[] = [];

  constructor(manifests: Manifests) {
    this.#manifests = manifests;
  }

  /** Takes it with its children; false where it is not here, which only a child of an index may be. */
  take(descriptor: Descriptor, at: { depth: number; name: string }): boolean {
    const { depth, name } = at;
    if (this.nodes.has(descriptor.digest)) return true;
    if (depth > MAX_DEPTH)
      throw refuseArchive(`${name} holds indexes within indexes more than ${MAX_DEPTH} deep`);
    const node = this.#manifests.read(descriptor);
    if ('absent' in node) {
      if (depth > 0) return false;
      throw refuseArchive(`the archive is incomplete: it lacks ${node.absent}, which ${name} needs`);
    }
    if (node.manifest.kind === 'index') this.#takeChildren(node.manifest.children, at);
    this.#add(node, name);
    return true;
  }

  /** Takes all of what belongs to it, such as a signature with its own signatures. */
  absorb(other: Walk, name: string): void {
    for (const node of other.nodes.values()) this.#add(node, name);
    this.missing += other.missing;
  }

  #add(node: Node, name: string): void {
    this.#manifests.follow(node.blobs);
    for (const blob of node.blobs) this.blobs.add(blob);
    this.nodes.set(node.digest, node);
    if (this.nodes.size > MAX_MANIFESTS) throw refuseArchive(`${name} has more than ${MAX_MANIFESTS} parts`);
  }

  #takeChildren(children: readonly Descriptor[], { depth, name }: { depth: number; name: string }): void {
    this.#manifests.follow(children);
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
  const manifests = new Manifests(byDigest);
  const found: { walk: Walk; root: Node; names: Set<string> }[] = [];
  for (const { descriptor, names } of readEntries(index)) {
    const walk = new Walk(manifests);
    walk.take(descriptor, { depth: 0, name: [...names][0] ?? descriptor.digest });
    const root = walk.nodes.get(descriptor.digest);
    if (root) found.push({ walk, root, names });
  }
  // What went with another may be another's subject in turn, as a signature that is signed.
  const into = new Map<Walk, Walk>();
  const end = (walk: Walk): Walk => {
    const next = into.get(walk);
    return next ? end(next) : walk;
  };
  const images = found.filter(({ walk, root, names }) => {
    const subject = root.manifest.subject?.digest;
    if (names.size > 0 || subject === undefined || walk.nodes.has(subject)) return true;
    const owner = found.find((other) => other.walk.nodes.has(subject));
    if (!owner) return true;
    const last = end(owner.walk);
    last.absorb(walk, root.digest);
    into.set(walk, last);
    return false;
  });
  return images.map(({ walk, root, names }) => ({ names: [...names], ...describe(walk, root, byDigest) }));
}

/** Bytes of an image with one manifest, as a registry counts them. */
export const imageBytes = (manifest: Manifest, bytes: Buffer): number =>
  contentSizeBytes(manifest, bytes.byteLength);
