import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rankByName } from '#server/domain/search/rank.ts';
import { readSearchWords } from '#server/domain/search/read-query.ts';

const hex = 'ab12'.repeat(16);

describe('what is typed into the search field', () => {
  test.each([
    ['web', { words: 'web', inRepository: false, tag: 'web' }],
    [' web/api ', { words: 'web/api', inRepository: false }],
    ['web/api:2.1', { words: 'web/api', inRepository: true, tag: '2.1' }],
    ['api:', { words: 'api', inRepository: true, tag: '' }],
    ['registry.lan:5443/web/api:2.1', { words: 'web/api', inRepository: true, tag: '2.1' }],
    ['localhost/web/api', { words: 'web/api', inRepository: false }],
    ['docker pull -q registry.lan/web/api:2.1', { words: 'web/api', inRepository: true, tag: '2.1' }],
    ['helm pull oci://registry.lan/web/chart --version 1.2.3', { words: 'web/chart', inRepository: false }],
    ['docker://registry.lan/web/api', { words: 'web/api', inRepository: false }],
    [`sha256:${hex}`, { words: '', inRepository: false, digest: `sha256:${hex}` }],
    [`web/api:2@sha256:${hex}`, { words: 'web/api', inRepository: false, digest: `sha256:${hex}` }],
    ['SHA256:AB12', { words: '', inRepository: false, digest: 'sha256:ab12' }],
    ['8c1f2e9', { words: '8c1f2e9', inRepository: false, tag: '8c1f2e9', digest: 'sha256:8c1f2e9' }],
    ['8c1f', { words: '8c1f', inRepository: false, tag: '8c1f' }],
    ['1.2', { words: '1.2', inRepository: false, tag: '1.2' }],
    ['two words', { words: 'two words', inRepository: false }],
    ['', { words: '', inRepository: false }],
  ])('%s', (typed, expected) => {
    expect(readSearchWords(typed).at(-1)).toEqual(expected);
  });

  test('may begin with a host or with a project, and is read both ways', () => {
    expect(readSearchWords('my.org/app:1.0')).toEqual([
      { words: 'my.org/app', inRepository: true, tag: '1.0' },
      { words: 'app', inRepository: true, tag: '1.0' },
    ]);
    expect(readSearchWords('web/api:2.1')).toHaveLength(1);
  });

  test('anything at all is read, and never as a tag that cannot be one', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 600 }), (typed) => {
        for (const { tag } of readSearchWords(typed))
          if (tag) expect(tag).toMatch(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/);
      }),
    );
  });
});

test('the name itself comes first, then where its last part, then any part, begins so', () => {
  const rows = ['a/restore', 'store/x', 'web/storefront', 'web/store', 'store'];
  expect(rankByName(rows, 'STORE', (row) => row)).toEqual([
    'store',
    'web/store',
    'web/storefront',
    'store/x',
    'a/restore',
  ]);
});
