import { describe, expect, it } from 'vitest';
import { isTag, parseReference, parseRepositoryName } from '#server/lib/reference.ts';

describe('repository names', () => {
  it('splits the project from the rest', () => {
    expect(parseRepositoryName('library/a/b')).toEqual({
      project: 'library',
      path: 'a/b',
      full: 'library/a/b',
    });
  });

  it.each(['a/b', 'a.b/c_d', 'a__b/c-d', 'a--b/c', '0/0'])('takes %s', (name) => {
    expect(parseRepositoryName(name).full).toBe(name);
  });

  it.each([
    '',
    'alone',
    'A/b',
    'a//b',
    '/a/b',
    'a/b/',
    'a/.b',
    'a/b.',
    'a/b___c',
    'a/..',
    '../a',
    'a/b c',
    `a/${'b'.repeat(300)}`,
  ])('refuses %j', (name) => {
    expect(() => parseRepositoryName(name)).toThrow(expect.objectContaining({ code: 'name_invalid' }));
  });
});

describe('references', () => {
  it('takes anything with a colon for a digest', () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    expect(parseReference(digest)).toEqual({ kind: 'digest', digest });
    expect(() => parseReference('sha256:short')).toThrow(expect.objectContaining({ code: 'digest_invalid' }));
    expect(parseReference('v1.0')).toEqual({ kind: 'tag', tag: 'v1.0' });
  });

  it('limits tags to the specification', () => {
    expect(isTag('_a.B-9')).toBe(true);
    expect(isTag('a'.repeat(128))).toBe(true);
    for (const text of ['', '.a', '-a', 'a/b', 'a b', 'a'.repeat(129)]) expect(isTag(text)).toBe(false);
  });
});
