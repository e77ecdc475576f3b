import { digestOf, type Digest } from '../../lib/digest.ts';
import { MANIFEST_MAX_BYTES, parseManifest } from '../../lib/manifest.ts';
import { DOCKER_CONFIG, DOCKER_MANIFEST, OCI_CONFIG, OCI_MANIFEST } from '../../lib/media-types.ts';
import {
  fileAt,
  MAX_IMAGES,
  MAX_NAMES,
  refuseArchive,
  shown,
  type ArchiveContents,
  type ArchiveFile,
  type FoundImage,
} from './contents.ts';
import { imageBytes, readPlatform } from './oci-layout.ts';
import type { PackedForm } from './unpack.ts';

/** More layers than any client takes. */
const MAX_LAYERS = 1_000;

const DOCKER_LAYERS: Readonly<Partial<Record<PackedForm, string>>> = {
  plain: 'application/vnd.docker.image.rootfs.diff.tar',
  gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
};
const OCI_LAYERS: Readonly<Partial<Record<PackedForm, string>>> = {
  plain: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
};

const isText = (value: unknown): value is string => typeof value === 'string';

interface Saved {
  readonly config: string;
  readonly layers: readonly string[];
  readonly names: readonly string[];
}

function readSaved(value: unknown): Saved {
  const entry = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { Config: config, Layers: layers = [], RepoTags: names = [] } = entry;
  const [layerList, nameList] = [layers ?? [], names ?? []];
  if (!isText(config) || !Array.isArray(layerList) || !Array.isArray(nameList))
    throw refuseArchive('manifest.json of the archive names no config or no layers: save the image again');
  if (!layerList.every(isText) || !nameList.every(isText))
    throw refuseArchive('manifest.json of the archive has something else than texts for layers or names');
  if (layerList.length > MAX_LAYERS)
    throw refuseArchive(`an image of the archive has more than ${MAX_LAYERS} layers`);
  if (nameList.length > MAX_NAMES)
    throw refuseArchive(`an image of the archive has more than ${MAX_NAMES} names`);
  return { config, layers: layerList, names: [...new Set(nameList)] };
}

/** What the config says its layers are, unpacked. */
function readDiffIds(config: Buffer, name: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(config.toString());
  } catch {
    throw refuseArchive(`the config ${shown(name)} of the archive is no JSON`);
  }
  const { rootfs } = (value ?? {}) as { rootfs?: { diff_ids?: unknown } };
  const ids = rootfs?.diff_ids ?? [];
  if (!Array.isArray(ids) || !ids.every(isText))
    throw refuseArchive(`the config ${shown(name)} of the archive does not say what its layers are`);
  return ids;
}

function checkLayers(layers: readonly ArchiveFile[], saved: Saved, diffIds: readonly string[]): void {
  const name = saved.names[0] ?? saved.config;
  if (layers.length !== diffIds.length)
    throw refuseArchive(
      `${shown(name)} has ${layers.length} layers, but its config tells of ${diffIds.length}`,
    );
  layers.forEach((layer, i) => {
    if (layer.form === 'plain' && layer.digest !== diffIds[i])
      throw refuseArchive(
        `the layer ${shown(saved.layers[i] ?? '')} has the digest ${layer.digest}, but the config of ${shown(name)} says ${diffIds[i]}`,
      );
  });
}

/**
 * The manifest that such an image has in a registry. Docker writes layers unpacked, and they are kept as they are: the
 * config's digests of them are their own. A layer packed with zstd is known to OCI's manifests only.
 */
function writeManifest(
  config: ArchiveFile,
  layers: readonly ArchiveFile[],
): { mediaType: string; bytes: Buffer } {
  const isDocker = layers.every((layer) => DOCKER_LAYERS[layer.form] !== undefined);
  const types = isDocker ? DOCKER_LAYERS : OCI_LAYERS;
  const mediaType = isDocker ? DOCKER_MANIFEST : OCI_MANIFEST;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: isDocker ? DOCKER_CONFIG : OCI_CONFIG,
      size: config.sizeBytes,
      digest: config.digest,
    },
    layers: layers.map((layer) => {
      const type = types[layer.form];
      if (type === undefined)
        throw refuseArchive(`a layer of the archive is packed with ${layer.form}, which clients do not read`);
      return { mediaType: type, size: layer.sizeBytes, digest: layer.digest };
    }),
  };
  return { mediaType, bytes: Buffer.from(JSON.stringify(manifest)) };
}

function findImage(contents: ArchiveContents, saved: Saved): FoundImage {
  const name = saved.names[0] ?? saved.config;
  const need = (part: string): ArchiveFile => {
    const file = fileAt(contents, part);
    if (!file)
      throw refuseArchive(`the archive is incomplete: it lacks ${shown(part)}, which ${shown(name)} needs`);
    return file;
  };
  const config = need(saved.config);
  if (!config.json)
    throw refuseArchive(`the config ${shown(saved.config)} of the archive is no JSON, or very large`);
  const hex = /^(?:.*\/)?([0-9a-f]{64})(?:\.json)?$/.exec(saved.config)?.[1];
  if (hex !== undefined && config.digest !== `sha256:${hex}`)
    throw refuseArchive(
      `the config ${shown(saved.config)} has the digest ${config.digest}: the archive is damaged`,
    );
  const layers = saved.layers.map(need);
  checkLayers(layers, saved, readDiffIds(config.json, saved.config));
  const { mediaType, bytes } = writeManifest(config, layers);
  if (bytes.byteLength > MANIFEST_MAX_BYTES) throw refuseArchive(`${shown(name)} has too many layers`);
  const digest = digestOf(bytes);
  const blobs = new Set<Digest>([config.digest, ...layers.map((layer) => layer.digest)]);
  return {
    names: saved.names,
    digest,
    mediaType,
    kind: 'IMAGE',
    manifests: [{ digest, mediaType, bytes }],
    blobs: [...blobs],
    sizeBytes: imageBytes(parseManifest(bytes, mediaType), bytes),
    platforms: readPlatform(config.json),
    missing: 0,
  };
}

/** The images that `docker save` (since Docker 1.10), podman and others describe in manifest.json. Throws `unprocessable`. */
export function findDockerImages(contents: ArchiveContents, manifest: Buffer): FoundImage[] {
  let list: unknown;
  try {
    list = JSON.parse(manifest.toString());
  } catch {
    throw refuseArchive('manifest.json of the archive is no JSON');
  }
  if (!Array.isArray(list)) throw refuseArchive('manifest.json of the archive is no list of images');
  if (list.length > MAX_IMAGES) throw refuseArchive(`the archive has more than ${MAX_IMAGES} images`);
  const images = new Map<Digest, FoundImage>();
  for (const entry of list) {
    const image = findImage(contents, readSaved(entry));
    const known = images.get(image.digest);
    images.set(
      image.digest,
      known ? { ...known, names: [...new Set([...known.names, ...image.names])] } : image,
    );
  }
  return [...images.values()];
}
