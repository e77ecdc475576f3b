import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { digestOf, type Digest } from '#server/lib/digest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '#server/lib/media-types.ts';

const LAYERS = 20;
const LAYER_BYTES = 25_000_000;
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';

interface Packed {
  readonly plain: Buffer;
  readonly packed: Buffer;
}

const pack = (plain: Buffer): Packed => ({ plain, packed: gzipSync(plain, { level: 0 }) });

/**
 * Makes OCI layouts of images of 20 gzip layers, 500 MB together, each distinct from every other. A layer is one gzip
 * member that all share and a short one of its own (RFC 1952 allows several), so an image is made at the disk's speed.
 */
export function layoutMaker(): (folder: string, tag: string) => void {
  const base = pack(randomBytes(LAYER_BYTES));
  return (folder, tag) => {
    const blobs = join(folder, 'blobs', 'sha256');
    mkdirSync(blobs, { recursive: true });
    const store = (parts: readonly Buffer[]): { digest: Digest; size: number } => {
      const hash = createHash('sha256');
      for (const part of parts) hash.update(part);
      const hex = hash.digest('hex');
      writeFileSync(join(blobs, hex), parts[0] ?? '');
      for (const part of parts.slice(1)) writeFileSync(join(blobs, hex), part, { flag: 'a' });
      return {
        digest: `sha256:${hex}` as Digest,
        size: parts.reduce((sum, part) => sum + part.byteLength, 0),
      };
    };
    const own = Array.from({ length: LAYERS }, () => pack(randomBytes(64)));
    const layers = own.map((end) => ({ mediaType: LAYER_TYPE, ...store([base.packed, end.packed]) }));
    const diffIds = own.map((end) => digestOf(Buffer.concat([base.plain, end.plain])));
    const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } };
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType: OCI_CONFIG, ...store([Buffer.from(JSON.stringify(config))]) },
      layers,
    };
    const index = {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [
        {
          mediaType: OCI_MANIFEST,
          ...store([Buffer.from(JSON.stringify(manifest))]),
          annotations: { 'org.opencontainers.image.ref.name': tag },
        },
      ],
    };
    writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
    writeFileSync(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  };
}
