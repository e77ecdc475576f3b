import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchOciPath, type OciPath } from '#server/oci/paths.ts';
import { expectQuick, hostileText, longRepetitions } from '#test/support/hostile.ts';

const words = ['blobs', 'uploads', 'manifests', 'tags', 'list', 'referrers', '_catalog'];
const pieces = [
  '/',
  '//',
  'a',
  'a/b',
  ...words.map((word) => `/${word}`),
  '/..',
  '.',
  ':',
  '\0',
  '?',
  '%2f',
  'é',
  '\n',
];

/** The path that names it. */
function write(path: OciPath): string {
  switch (path.kind) {
    case 'base':
      return '/';
    case 'catalog':
      return '/_catalog';
    case 'blob':
      return `/${path.name}/blobs/${path.digest}`;
    case 'uploads':
      return `/${path.name}/blobs/uploads/`;
    case 'upload':
      return `/${path.name}/blobs/uploads/${path.id}`;
    case 'manifest':
      return `/${path.name}/manifests/${path.reference}`;
    case 'tags':
      return `/${path.name}/tags/list`;
    case 'referrers':
      return `/${path.name}/referrers/${path.digest}`;
  }
}

// Names that are made of the very words that the paths are split at.
const part = fc.oneof(fc.constantFrom(...words), fc.stringMatching(/^[a-z0-9]{1,6}([._-][a-z0-9]{1,6})?$/));
const name = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
const reference = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,20}$/);
const digest = fc.stringMatching(/^sha256:[0-9a-f]{64}$/);
const endpoint: fc.Arbitrary<OciPath> = fc.oneof(
  fc.record({ kind: fc.constant('blob' as const), name, digest }),
  fc.record({ kind: fc.constant('uploads' as const), name }),
  fc.record({ kind: fc.constant('upload' as const), name, id: fc.uuid() }),
  fc.record({ kind: fc.constant('manifest' as const), name, reference: fc.oneof(reference, digest) }),
  fc.record({ kind: fc.constant('tags' as const), name }),
  fc.record({ kind: fc.constant('referrers' as const), name, digest }),
);

describe('paths below /v2', () => {
  it('come back from what they name, whatever words the name is made of', () => {
    fc.assert(
      fc.property(endpoint, (path) => {
        expect(matchOciPath(write(path))).toEqual(path);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never throw, and are taken for nothing that is written otherwise', () => {
    const bare = (text: string): string => text.replace(/\/+$/, '');
    fc.assert(
      // The router hands over what follows /v2, so there is a slash at its beginning.
      fc.property(hostileText(pieces), (below) => {
        const text = `/${below}`;
        const path = matchOciPath(text);
        // Only slashes at the end are let pass.
        if (path) expect(bare(write(path))).toBe(bare(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('take no long time, however long they are', () => expectQuick(longRepetitions(pieces), matchOciPath));
});
