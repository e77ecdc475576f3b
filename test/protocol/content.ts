import { createHash, randomBytes } from 'node:crypto';

export type Algorithm = 'sha256' | 'sha512';
export const ALGORITHMS = ['sha256', 'sha512'] as const;

export interface Content {
  readonly bytes: Buffer;
  readonly digest: string;
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [field: string]: unknown;
}

export const TYPES = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

export function digest(bytes: Buffer, algorithm: Algorithm = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

export function content(bytes: Buffer | string, algorithm: Algorithm = 'sha256'): Content {
  const buffer = Buffer.from(bytes);
  return { bytes: buffer, digest: digest(buffer, algorithm) };
}

/** Bytes that no registry has seen. */
export function randomContent(size: number, algorithm: Algorithm = 'sha256'): Content {
  return content(randomBytes(size), algorithm);
}

export function describeContent(mediaType: string, item: Content, more: object = {}): Descriptor {
  return { mediaType, digest: item.digest, size: item.bytes.length, ...more };
}

export interface PushedManifest extends Content {
  readonly mediaType: string;
  /** The digest that the document refers to. */
  readonly subject?: string;
}

/** A document as it is pushed: its type, its digest, and its subject if it names one. */
export function document(
  fields: { readonly mediaType: string; readonly subject?: Descriptor; readonly [field: string]: unknown },
  algorithm: Algorithm = 'sha256',
): PushedManifest {
  // Indented: who parses and prints it again does not get these bytes.
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...fields }, undefined, 2));
  return {
    ...content(bytes, algorithm),
    mediaType: fields.mediaType,
    ...(fields.subject ? { subject: fields.subject.digest } : {}),
  };
}

export interface Image {
  readonly config: Content;
  readonly layers: readonly Content[];
  readonly blobs: readonly Content[];
  readonly manifest: PushedManifest;
}

export interface ImageOptions {
  readonly algorithm?: Algorithm;
  readonly layers?: number;
  readonly layerType?: string;
  readonly more?: object;
  readonly architecture?: string;
}

/** An image of random layers; `more` goes into its manifest. */
export function image(options: ImageOptions = {}): Image {
  const { algorithm = 'sha256', architecture = 'amd64', layerType = TYPES.layerGzip } = options;
  const layers = Array.from({ length: options.layers ?? 2 }, () => randomContent(500, algorithm));
  const config = content(
    JSON.stringify({
      architecture,
      os: 'linux',
      author: randomBytes(12).toString('hex'),
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    }),
    algorithm,
  );
  const manifest = document(
    {
      mediaType: TYPES.manifest,
      config: describeContent(TYPES.config, config),
      layers: layers.map((layer) => describeContent(layerType, layer)),
      ...options.more,
    },
    algorithm,
  );
  return { config, layers, blobs: [config, ...layers], manifest };
}

/** A manifest's descriptor, as an index or a subject holds it. */
export function describeManifest(manifest: PushedManifest, more: object = {}): Descriptor {
  return describeContent(manifest.mediaType, manifest, more);
}
