import { createHash } from 'node:crypto';
import { makeTar, type TarEntry } from './tar.ts';

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** An image as the archives below hold it: its layers' bytes, unpacked. */
export interface SavedImage {
  readonly names?: readonly string[];
  readonly layers?: readonly Buffer[];
  readonly architecture?: string;
}

const layersOf = ({ layers }: SavedImage): readonly Buffer[] =>
  layers ?? [makeTar([{ name: 'hello', content: 'hello\n' }])];

const configOf = (image: SavedImage): string =>
  JSON.stringify({
    architecture: image.architecture ?? 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: layersOf(image).map((layer) => `sha256:${sha256(layer)}`) },
  });

/** What `docker save` wrote until Docker 25: a folder for each layer, and manifest.json. */
export function dockerEntries(...images: readonly SavedImage[]): TarEntry[] {
  const entries = new Map<string, TarEntry>();
  const list = images.map((image) => {
    const config = configOf(image);
    const name = `${sha256(config)}.json`;
    const layers = layersOf(image).map((layer) => `${sha256(layer)}/layer.tar`);
    layersOf(image).forEach((layer, i) =>
      entries.set(layers[i] ?? '', { name: layers[i] ?? '', content: layer }),
    );
    entries.set(name, { name, content: config });
    return { Config: name, RepoTags: image.names ?? null, Layers: layers };
  });
  return [...entries.values(), { name: 'manifest.json', content: JSON.stringify(list) }];
}

export interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An OCI layout in the making. */
export class Layout {
  readonly entries = new Map<string, TarEntry>();
  readonly index: Record<string, unknown>[] = [];

  blob(mediaType: string, content: Buffer | string): Blob {
    const bytes = Buffer.from(content);
    const hex = sha256(bytes);
    const name = `blobs/sha256/${hex}`;
    this.entries.set(name, { name, content: bytes });
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  }

  /** The manifest of an image whose blobs are put here too. */
  image(image: SavedImage = {}): Blob {
    const config = this.blob('application/vnd.oci.image.config.v1+json', configOf(image));
    const layers = layersOf(image).map((layer) => this.blob('application/vnd.oci.image.layer.v1.tar', layer));
    return this.manifest({ config, layers });
  }

  manifest(fields: Record<string, unknown>): Blob {
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    return this.blob(mediaType, JSON.stringify({ schemaVersion: 2, mediaType, ...fields }));
  }

  indexOf(manifests: readonly object[]): Blob {
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    return this.blob(mediaType, JSON.stringify({ schemaVersion: 2, mediaType, manifests }));
  }

  /** Lists it in index.json under that name, OCI's or containerd's. */
  list(blob: Blob, name?: string, key = 'org.opencontainers.image.ref.name'): this {
    this.index.push({ ...blob, ...(name === undefined ? {} : { annotations: { [key]: name } }) });
    return this;
  }

  toEntries(): TarEntry[] {
    return [
      ...this.entries.values(),
      { name: 'index.json', content: JSON.stringify({ schemaVersion: 2, manifests: this.index }) },
      { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    ];
  }

  toTar(): Buffer {
    return makeTar(this.toEntries());
  }
}
