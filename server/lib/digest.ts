import { createHash } from 'node:crypto';
import { AppError } from './errors.ts';

/** A content digest, `algorithm:hex` (OCI image spec, "Digests"). Only sha256 and sha512 exist here. */
export type Digest = string & { readonly __digest: unique symbol };

export const DIGEST_ALGORITHMS = ['sha256', 'sha512'] as const;
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

const HEX_LENGTH: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 };
const PATTERN = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Whether the text is a well-formed digest of a supported algorithm. */
export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

/** The digest in `text`; throws `digest_invalid` naming what is wrong. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const algorithm = text.split(':', 1)[0] ?? '';
  const shown = text.length > 160 ? `${text.slice(0, 160)}…` : text;
  if (!Object.hasOwn(HEX_LENGTH, algorithm)) {
    throw new AppError('digest_invalid', `digest ${JSON.stringify(shown)}: use sha256 or sha512`);
  }
  const length = HEX_LENGTH[algorithm as DigestAlgorithm];
  throw new AppError(
    'digest_invalid',
    `digest ${JSON.stringify(shown)}: ${algorithm} needs ${length} lower-case hex digits`,
  );
}

export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(':')) as DigestAlgorithm;
}

export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}

/** The digest of bytes in memory. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
}
