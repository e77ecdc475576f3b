import { randomBytes, randomUUID } from 'node:crypto';

/** Randomness, passed in so that tests can repeat it. */
export interface Ids {
  /** A random UUID (RFC 9562, version 4). */
  uuid(): string;
  /** `bytes` bytes from the system's generator, as URL-safe text. */
  secret(bytes: number): string;
}

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  secret: (bytes) => randomBytes(bytes).toString('base64url'),
};

/** 20 letters and digits without look-alikes, upper, lower and digit present: about 115 bits, easy to type. */
export function generatePassword(ids: Ids): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
  for (;;) {
    let text = '';
    for (const byte of Buffer.from(ids.secret(64), 'base64url')) {
      // Bytes past the last whole multiple are dropped, so that each letter is equally likely.
      if (byte < alphabet.length * Math.floor(256 / alphabet.length))
        text += alphabet[byte % alphabet.length];
      if (text.length === 20) break;
    }
    if (text.length === 20 && /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text)) return text;
  }
}
