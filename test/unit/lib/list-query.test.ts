import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#server/lib/errors.ts';
import { parseFilters, parseSort, type Filter } from '#server/lib/list-query.ts';

const read: readonly (readonly [string, readonly Filter[]])[] = [
  ['name=app', [{ key: 'name', op: 'equals', value: 'app' }]],
  ['name=~app', [{ key: 'name', op: 'contains', value: 'app' }]],
  ['name=\\~app', [{ key: 'name', op: 'equals', value: '~app' }]],
  ['name=\\[a]', [{ key: 'name', op: 'equals', value: '[a]' }]],
  ['size=[1~5]', [{ key: 'size', op: 'range', from: '1', to: '5' }]],
  ['size=[1~]', [{ key: 'size', op: 'range', from: '1' }]],
  ['size=[~5]', [{ key: 'size', op: 'range', to: '5' }]],
  [
    'time=[2026-01-01T00:00:00~2026-02-01T00:00:00]',
    [{ key: 'time', op: 'range', from: '2026-01-01T00:00:00', to: '2026-02-01T00:00:00' }],
  ],
  ["id={1 2 '3 4'}", [{ key: 'id', op: 'any', values: ['1', '2', '3 4'] }]],
  ['labels=(1 2)', [{ key: 'labels', op: 'all', values: ['1', '2'] }]],
  ['a=b=c', [{ key: 'a', op: 'equals', value: 'b=c' }]],
  ['name=a%252Cb', [{ key: 'name', op: 'equals', value: 'a%2Cb' }]],
  ['name=a+b', [{ key: 'name', op: 'equals', value: 'a b' }]],
  ['id__gt=4', [{ key: 'id', op: 'gt', value: '4' }]],
  ['name__icontains=x', [{ key: 'name', op: 'contains', value: 'x' }]],
  ['id__in={1 2}', [{ key: 'id', op: 'any', values: ['1', '2'] }]],
  [
    'name=app, id=4',
    [
      { key: 'name', op: 'equals', value: 'app' },
      { key: 'id', op: 'equals', value: '4' },
    ],
  ],
];

describe('parseFilters', () => {
  it.each(read)('reads %s', (text, filters) => expect(parseFilters(text)).toEqual(filters));

  it('reads nothing as no filter', () => {
    expect(parseFilters(undefined)).toEqual([]);
    expect(parseFilters('')).toEqual([]);
  });

  it.each(['name', '=x', 'name=', 'a=b,', ',', 'size=[5]', 'size=[1~2~3]', 'name=%ZZ'])(
    'refuses %s',
    (text) => {
      expect(() => parseFilters(text)).toThrow(AppError);
    },
  );

  it('reads or refuses any text, and throws nothing else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseFilters(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'bad_request' });
        }
      }),
    );
  });
});

describe('parseSort', () => {
  it('reads keys in order, a minus for descending, and drops empty ones', () => {
    expect(parseSort('a,-b, ,-')).toEqual([
      { key: 'a', descending: false },
      { key: 'b', descending: true },
    ]);
    expect(parseSort(undefined)).toEqual([]);
  });
});
