import type { Blob } from './chance.ts';
import { createLedger, type Ledger } from './ledger.ts';

export interface Image {
  readonly digest: string;
  readonly body: Buffer;
  readonly mediaType: string;
  readonly blobs: readonly Blob[];
}

/** An upload that was begun and, as far as its client knows, not ended. */
export interface Session {
  readonly repository: string;
  readonly location: string;
  readonly blob: Blob;
  /** Bytes that were acknowledged. */
  acknowledged: number;
  /** Its end was asked for (finished or cancelled) and not answered: it may be gone. */
  ending: boolean;
}

/** What the clients did so far, across crashes. */
export interface World {
  readonly repositories: readonly string[];
  readonly tags: readonly string[];
  readonly ledger: Ledger;
  /** Everything that was ever pushed, or may have been, by repository. */
  readonly blobs: Map<string, Map<string, Blob>>;
  readonly images: Map<string, Map<string, Image>>;
  readonly sessions: Set<Session>;
  /** Replies that nothing explains. */
  readonly surprises: string[];
  /** Acknowledged operations. */
  acknowledged: number;
}

export function createWorld(repositories: readonly string[], tags: readonly string[]): World {
  return {
    repositories,
    tags,
    ledger: createLedger(),
    blobs: new Map(repositories.map((name) => [name, new Map()])),
    images: new Map(repositories.map((name) => [name, new Map()])),
    sessions: new Set(),
    surprises: [],
    acknowledged: 0,
  };
}

export const blobsOf = (world: World, repository: string): Map<string, Blob> => {
  const found = world.blobs.get(repository);
  if (!found) throw new Error(`${repository} is not of this world`);
  return found;
};

export const imagesOf = (world: World, repository: string): Map<string, Image> => {
  const found = world.images.get(repository);
  if (!found) throw new Error(`${repository} is not of this world`);
  return found;
};
