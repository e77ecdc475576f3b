import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { digestAlgorithm, digestHex, digestOf, isDigest, parseDigest } from '#server/lib/digest.ts';

describe('digests', () => {
  it('takes what it makes, of either algorithm and any content', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('sha256' as const, 'sha512' as const),
        (bytes, algorithm) => {
          const digest = digestOf(bytes, algorithm);
          expect(parseDigest(digest)).toBe(digest);
          expect(`${digestAlgorithm(digest)}:${digestHex(digest)}`).toBe(digest);
        },
      ),
    );
  });

  it('knows the digest of nothing', () => {
    expect(digestOf(new Uint8Array())).toBe(
      'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it.each([
    '',
    'sha256',
    'sha256:',
    'sha256:baddigeststring',
    `sha256:${'A'.repeat(64)}`,
    `md5:${'0'.repeat(32)}`,
    `sha512:${'0'.repeat(64)}`,
    `x sha256:${'0'.repeat(64)}`,
    `sha256:${'0'.repeat(64)}\n`,
  ])('refuses %j and says what one looks like', (text) => {
    expect(isDigest(text)).toBe(false);
    expect(() => parseDigest(text)).toThrow(/use sha256 or sha512|lower-case hex digits/);
  });
});
