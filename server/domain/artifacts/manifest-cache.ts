import { LRUCache } from 'lru-cache';
import type { DomainEvent } from '../../events/catalogue.ts';
import type { StoredManifest } from './artifact-store.ts';

const MAX_REPOSITORIES = 10_000;
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
  /** Forgets what the event changes: called in the moment the event is durable, before it is answered. */
  drop(event: DomainEvent): void;
}

export function createManifestCache(): ManifestCache {
  const manifests = new LRUCache<string, StoredManifest>({
    maxSize: MAX_BYTES,
    sizeCalculation: (entry) => entry.bytes.byteLength + ENTRY_BYTES,
  });
  // A repository's number is part of its keys: another number makes all of them unreachable at once, and they age away.
  const generations = new LRUCache<string, number>({ max: MAX_REPOSITORIES });
  let last = 0;

  function generationOf(name: string): number {
    const known = generations.get(name);
    if (known !== undefined) return known;
    generations.set(name, ++last);
    return last;
  }

  return {
    async get(key, look) {
      const name = `${key.projectId}/${key.repository}`;
      const generation = generationOf(name);
      const entry = `${generation} ${key.reference}`;
      const known = manifests.get(entry);
      if (known) return known;
      const found = await look();
      // Changed meanwhile: what was found may be what was there before.
      if (found && generationOf(name) === generation) manifests.set(entry, found);
      return found;
    },
    drop({ payload }) {
      if ('repositoryName' in payload) generations.delete(`${payload.projectId}/${payload.repositoryName}`);
    },
  };
}
