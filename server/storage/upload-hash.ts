import { createHash, type Hash } from 'node:crypto';
import type { DigestAlgorithm } from '../lib/digest.ts';

/**
 * The running SHA-256 of uploads, kept in memory so that a finished upload need not be read again. It is only a
 * short cut: after a restart, or for sha512, the driver reads the bytes back.
 */
export class UploadHashes {
  readonly #running = new Map<string, { hash: Hash; bytes: number }>();

  begin(uploadId: string): void {
    this.#running.set(uploadId, { hash: createHash('sha256'), bytes: 0 });
  }

  /** Adds bytes received at `offset`; forgets the upload when it does not follow what was hashed. */
  update(uploadId: string, offset: number, chunk: Uint8Array): void {
    const state = this.#running.get(uploadId);
    if (!state) return;
    if (state.bytes !== offset) {
      this.#running.delete(uploadId);
      return;
    }
    state.hash.update(chunk);
    state.bytes += chunk.byteLength;
  }

  /** The hex digest, if all `sizeBytes` were hashed with that algorithm; undefined means: read them back. */
  finish(uploadId: string, algorithm: DigestAlgorithm, sizeBytes: number): string | undefined {
    const state = this.#running.get(uploadId);
    if (algorithm !== 'sha256' || !state || state.bytes !== sizeBytes) return undefined;
    return state.hash.copy().digest('hex');
  }

  forget(uploadId: string): void {
    this.#running.delete(uploadId);
  }
}
