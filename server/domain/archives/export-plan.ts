import type { Digest } from '../../lib/digest.ts';
import { AppError } from '../../lib/errors.ts';
import { artifactKind, requiredBlobs, type Descriptor, type Manifest } from '../../lib/manifest.ts';
import { DOCKER_CONFIG, OCI_CONFIG } from '../../lib/media-types.ts';

/** A file of an archive: bytes that are at hand, or a blob in storage. */
export interface PlannedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly content: Buffer | Digest;
}

/** A manifest that goes into the archive. */
export interface PlannedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
}

export interface ExportSource {
  readonly root: PlannedManifest;
  /** All of it, the root too. */
  readonly items: readonly PlannedManifest[];
  /** Blobs that the repository has, with their sizes. */
  readonly sizes: ReadonlyMap<string, number>;
  /** `host/project/repository` without a tag. */
  readonly name: string;
  readonly tags: readonly string[];
}

const blobPath = (digest: Digest): string => `blobs/${digest.replace(':', '/')}`;
const CONFIG_TYPES: readonly string[] = [OCI_CONFIG, DOCKER_CONFIG];

/** An index may say "unknown" of what is no image, such as an attestation. */
function isRunnable(descriptor: Descriptor): boolean {
  const { platform } = descriptor;
  return platform === undefined || (platform.os !== 'unknown' && platform.architecture !== 'unknown');
}

/** The one image that Docker's own list can name: an index of several platforms has none. */
function oneImage({ root, items }: ExportSource): PlannedManifest | undefined {
  if (root.manifest.kind === 'image') return root;
  const listed = root.manifest.children.filter(isRunnable);
  const [only] = listed;
  if (listed.length !== 1 || !only) return undefined;
  const child = items.find((item) => item.digest === only.digest);
  return child?.manifest.kind === 'image' ? child : undefined;
}

/** Docker's manifest.json, for `docker load` without containerd's store; undefined for what it cannot tell of. */
function dockerList(source: ExportSource): object[] | undefined {
  const image = oneImage(source)?.manifest;
  if (image?.kind !== 'image' || artifactKind(image) !== 'IMAGE') return undefined;
  if (!CONFIG_TYPES.includes(image.config.mediaType)) return undefined;
  if (image.layers.some((layer) => !source.sizes.has(layer.digest))) return undefined;
  return [
    {
      Config: blobPath(image.config.digest),
      RepoTags: source.tags.map((tag) => `${source.name}:${tag}`),
      Layers: image.layers.map((layer) => blobPath(layer.digest)),
    },
  ];
}

/** One entry for each tag, and one without a name where there is none. */
function indexOf({ root, name, tags }: ExportSource): object {
  const entry = { mediaType: root.mediaType, digest: root.digest, size: root.bytes.byteLength };
  const named = tags.map((tag) => ({
    ...entry,
    annotations: {
      'io.containerd.image.name': `${name}:${tag}`,
      'org.opencontainers.image.ref.name': tag,
    },
  }));
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: named.length > 0 ? named : [entry],
  };
}

/**
 * The files of an OCI archive of the artifact (OCI image spec, "Image Layout"), with what Docker reads beside them. Throws
 * `precondition` where the registry itself does not have all of it.
 */
export function planExport(source: ExportSource): PlannedFile[] {
  const files = new Map<string, PlannedFile>();
  const add = (name: string, content: Buffer): void => {
    files.set(name, { name, sizeBytes: content.byteLength, content });
  };
  add('oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}'));
  add('index.json', Buffer.from(JSON.stringify(indexOf(source))));
  const list = dockerList(source);
  if (list) add('manifest.json', Buffer.from(JSON.stringify(list)));
  for (const { digest, bytes, manifest } of source.items) {
    add(blobPath(digest), bytes);
    const lacking = requiredBlobs(manifest).find((blob) => !source.sizes.has(blob.digest));
    if (lacking)
      throw new AppError(
        'precondition',
        `${lacking.digest} of this artifact is not in the registry, so that no archive can be made of it: push the image whole`,
      );
    for (const blob of manifest.kind === 'image' ? [manifest.config, ...manifest.layers] : []) {
      const name = blobPath(blob.digest);
      const sizeBytes = source.sizes.get(blob.digest);
      if (sizeBytes !== undefined && !files.has(name))
        files.set(name, { name, sizeBytes, content: blob.digest });
    }
  }
  return [...files.values()];
}
