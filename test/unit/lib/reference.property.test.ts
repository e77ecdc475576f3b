import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestAlgorithm, digestHex, isDigest, parseDigest } from '#server/lib/digest.ts';
import { AppError } from '#server/lib/errors.ts';
import { isTag, parseReference, parseRepositoryName, parseTag } from '#server/lib/reference.ts';
import { expectQuick, hostileText, longRepetitions } from '#test/support/hostile.ts';

// The expressions as the OCI distribution specification prints them ("Pulling manifests").
const specificationName = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const specificationTag = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
// The OCI image specification ("Digests") for the two algorithms that it registers and that are taken here.
const specificationDigest = /^(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;
const NAME_MAX = 200;

const namePieces = [
  'a',
  'z9',
  '.',
  '_',
  '__',
  '-',
  '--',
  '/',
  '..',
  '___',
  'A',
  ' ',
  '%2e',
  '\n',
  '\0',
  ':',
  'é',
];
const tagPieces = ['a', 'Z', '0', '_', '.', '-', '/', ':', ' ', '\n', 'ü', '@'];
const digestPieces = [
  'sha256',
  'sha512',
  ':',
  '0'.repeat(64),
  'f'.repeat(63),
  'A',
  'md5',
  '+',
  '.',
  'toString',
  '__proto__',
];

/** What it answers, or undefined where it refuses; anything but a refusal of ours fails the test. */
function answer<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.message).not.toMatch(/undefined|NaN|\[object/);
    expect(error.message.length).toBeLessThan(2_000);
    return undefined;
  }
}

describe('repository names', () => {
  it('are taken exactly where the specification, the length and a project allow it', () => {
    fc.assert(
      fc.property(hostileText(namePieces), (text) => {
        const fits = text.length <= NAME_MAX && specificationName.test(text) && text.includes('/');
        expect(answer(() => parseRepositoryName(text)) !== undefined).toBe(fits);
      }),
      { numRuns: 500 },
    );
  });

  it('come back from their parts', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 5 }), (parts) => {
        const full = parts.join('/');
        fc.pre(full.length <= NAME_MAX);
        const name = parseRepositoryName(full);
        expect(name).toEqual({ project: parts[0], path: parts.slice(1).join('/'), full });
      }),
    );
  });

  it('are taken up to their longest, and no longer', () => {
    const lengths = fc.integer({ min: NAME_MAX - 3, max: NAME_MAX + 3 });
    fc.assert(
      fc.property(lengths, fc.integer({ min: 1, max: NAME_MAX - 5 }), (length, slash) => {
        const text = `${'a'.repeat(slash)}/${'b'.repeat(length - slash - 1)}`;
        expect(answer(() => parseRepositoryName(text)) !== undefined).toBe(length <= NAME_MAX);
      }),
    );
  });

  it('are refused by their code alone', () => {
    fc.assert(
      fc.property(hostileText(namePieces), (text) => {
        try {
          parseRepositoryName(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'name_invalid' });
        }
      }),
    );
  });

  it('take no long time, however long they are', () => {
    expectQuick(longRepetitions(namePieces), parseRepositoryName);
  });
});

describe('tags', () => {
  it('are taken exactly where the specification allows it', () => {
    const nearLongest = fc.integer({ min: 125, max: 131 }).map((length) => 'a'.repeat(length));
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: hostileText(tagPieces) }, nearLongest), (text) => {
        expect(isTag(text)).toBe(specificationTag.test(text));
        expect(answer(() => parseTag(text))).toBe(specificationTag.test(text) ? text : undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('take no long time, however long they are', () => expectQuick(longRepetitions(tagPieces), parseTag));
});

describe('digests', () => {
  it('are taken exactly where the specification allows it, for both algorithms', () => {
    // A digest with one character put in place of another, or added, or left out.
    const almost = fc
      .tuple(
        fc.constantFrom(`sha256:${'0'.repeat(64)}`, `sha512:${'f'.repeat(128)}`),
        fc.nat(140),
        fc.nat(1),
        fc.constantFrom('', '0', 'f', 'A', 'F', 'g', ':', ' ', '\n', '٠'),
      )
      .map(([text, at, removed, added]) => text.slice(0, at) + added + text.slice(at + removed));
    fc.assert(
      fc.property(fc.oneof(hostileText(digestPieces), almost), (text) => {
        expect(isDigest(text)).toBe(specificationDigest.test(text));
        expect(answer(() => parseDigest(text))).toBe(specificationDigest.test(text) ? text : undefined);
      }),
      { numRuns: 500 },
    );
  });

  it('come back from their parts', () => {
    const hex = (size: number): fc.Arbitrary<string> =>
      fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => Buffer.from(bytes).toString('hex'));
    const parts = fc.oneof(
      hex(32).map((text) => ['sha256', text] as const),
      hex(64).map((text) => ['sha512', text] as const),
    );
    fc.assert(
      fc.property(parts, ([algorithm, text]) => {
        const digest = parseDigest(`${algorithm}:${text}`);
        expect([digestAlgorithm(digest), digestHex(digest)]).toEqual([algorithm, text]);
      }),
    );
  });

  it('take no long time, however long they are', () =>
    expectQuick(longRepetitions(digestPieces), parseDigest));
});

describe('references', () => {
  it('are digests where they hold a colon, else tags, and nothing else', () => {
    fc.assert(
      fc.property(hostileText([...tagPieces, ...digestPieces]), (text) => {
        const fits = text.includes(':') ? specificationDigest.test(text) : specificationTag.test(text);
        const reference = answer(() => parseReference(text));
        const wanted = text.includes(':') ? { kind: 'digest', digest: text } : { kind: 'tag', tag: text };
        expect(reference).toEqual(fits ? wanted : undefined);
      }),
      { numRuns: 500 },
    );
  });
});
