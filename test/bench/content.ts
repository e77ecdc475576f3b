import { createHash, randomBytes, type Hash } from 'node:crypto';
import type { Digest } from '#server/lib/digest.ts';

/** A blob in parts, so that many distinct ones share what they have in common in memory. */
export interface Content {
  readonly parts: readonly Buffer[];
  readonly digest: Digest;
  readonly sizeBytes: number;
}

const SUFFIX_BYTES = 32;

/**
 * Makes any number of distinct blobs of one size from one random beginning: each differs in its last bytes, so its
 * digest costs next to nothing and the generator is never what limits a measurement.
 */
export function contentMaker(
  sizeBytes: number,
  beginning = randomBytes(sizeBytes - SUFFIX_BYTES),
): () => Content {
  const begun: Hash = createHash('sha256').update(beginning);
  return () => {
    const suffix = randomBytes(SUFFIX_BYTES);
    return {
      parts: [beginning, suffix],
      digest: `sha256:${begun.copy().update(suffix).digest('hex')}` as Digest,
      sizeBytes,
    };
  };
}
