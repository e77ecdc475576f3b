import { LRUCache } from 'lru-cache';
import type { Mark } from '../../lib/freshness.ts';
import type { StoredManifest } from './artifact-store.ts';
import type { RepositoryMarks } from './repository-marks.ts';

const MAX_BYTES = 64 * 1024 * 1024;
/** What an entry costs beside its bytes, about. */
const ENTRY_BYTES = 512;

/** Where a manifest is asked for: by tag, or by digest. */
export interface ManifestKey {
  readonly projectId: number;
  /** Name without the project. */
  readonly repository: string;
  readonly reference: string;
}

/** Manifests in memory, by repository and reference: pulling the same tag again asks no database. */
export interface ManifestCache {
  /** The manifest, from memory or by `look`, which is remembered unless something changed meanwhile. */
  get(key: ManifestKey, look: () => Promise<StoredManifest | undefined>): Promise<StoredManifest | undefined>;
}

export function createManifestCache(marks: RepositoryMarks): ManifestCache {
  const manifests = new LRUCache<string, { readonly manifest: StoredManifest; readonly mark: Mark }>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ manifest }) => manifest.bytes.byteLength + ENTRY_BYTES,
  });
  return {
    async get({ projectId, repository, reference }, look) {
      const key = `${projectId}/${repository} ${reference}`;
      const known = manifests.get(key);
      if (known?.mark.fresh) return known.manifest;
      const mark = marks.of(projectId, repository);
      const manifest = await look();
      // Changed meanwhile: what was found may be what was there before.
      if (manifest && mark.fresh) manifests.set(key, { manifest, mark });
      return manifest;
    },
  };
}
