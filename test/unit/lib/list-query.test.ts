import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '#server/lib/errors.ts';
import { parseFilters, parseSort, type Filter } from '#server/lib/list-query.ts';

const eq = (key: string, value: string): Filter => ({ key, op: 'equals', value });
const has = (key: string, value: string): Filter => ({ key, op: 'contains', value });

// As Harbor has them: `q` as the server sees it, after the query was decoded once.
const read: readonly (readonly [says: string, q: string, filters: readonly Filter[]])[] = [
  ['an exact text', 'name=app', [eq('name', 'app')]],
  ['a part of a text', 'name=~app', [has('name', 'app')]],
  ['a text that begins like a part', 'name=\\~app', [eq('name', '~app')]],
  ['a text that begins like a range', 'name=\\[a]', [eq('name', '[a]')]],
  ['a text that begins with a backslash', 'name=\\\\a', [eq('name', '\\a')]],
  ['an escape at the front only', 'name=a\\b', [eq('name', 'a\\b')]],
  ['letters of LIKE as they are', 'name=~%_\\', [has('name', '%_\\')]],
  ['a range of numbers', 'size=[1~5]', [{ key: 'size', op: 'range', from: '1', to: '5' }]],
  ['a range without an end', 'size=[1~]', [{ key: 'size', op: 'range', from: '1' }]],
  ['a range without a begin', 'size=[~5]', [{ key: 'size', op: 'range', to: '5' }]],
  ['a range with spaces', 'size=[ 1 ~ 5 ]', [{ key: 'size', op: 'range', from: '1', to: '5' }]],
  [
    'a range of times',
    'time=[2026-01-01T00:00:00~2026-02-01T00:00:00]',
    [{ key: 'time', op: 'range', from: '2026-01-01T00:00:00', to: '2026-02-01T00:00:00' }],
  ],
  ['one of a list', "id={1 2 '3 4'}", [{ key: 'id', op: 'any', values: ['1', '2', '3 4'] }]],
  ['a list with many spaces', 'id={ 1   2 }', [{ key: 'id', op: 'any', values: ['1', '2'] }]],
  ['a quoted number as a text', `id={'123' "4"}`, [{ key: 'id', op: 'any', values: ['123', '4'] }]],
  ['all of a list', 'labels=(1 2)', [{ key: 'labels', op: 'all', values: ['1', '2'] }]],
  ['a value with "="', 'a=b=c', [eq('a', 'b=c')]],
  ['a value encoded twice', 'name=a%2520b', [eq('name', 'a%20b')]],
  [
    'all of it encoded twice, as the portal does',
    'name%3D~a%20b%2Cid%3D4',
    [has('name', 'a b'), eq('id', '4')],
  ],
  ['a plus as a space', 'name=a+b', [eq('name', 'a b')]],
  ['what is no encoding as it is', 'name=~100%', [has('name', '100%')]],
  ['what would become a NUL as it is', 'name=a%00b', [eq('name', 'a%00b')]],
  ['__exact', 'name__exact=~x', [eq('name', '~x')]],
  ['__icontains', 'name__icontains=x', [has('name', 'x')]],
  ['__in with brackets', 'id__in={1 2}', [{ key: 'id', op: 'any', values: ['1', '2'] }]],
  ['__in without', 'id__in=1 2', [{ key: 'id', op: 'any', values: ['1', '2'] }]],
  ['__gt', 'id__gt=4', [{ key: 'id', op: 'gt', value: '4' }]],
  ['__gte', 'id__gte=4', [{ key: 'id', op: 'gte', value: '4' }]],
  ['__lt', 'id__lt=4', [{ key: 'id', op: 'lt', value: '4' }]],
  ['__lte', 'id__lte=4', [{ key: 'id', op: 'lte', value: '4' }]],
  ['another ending as a part of the key', 'a__b=4', [eq('a__b', '4')]],
  ['several, with a space between', 'name=app, id=4', [eq('name', 'app'), eq('id', '4')]],
  ['one key twice', 'tags=~a,tags=nil', [has('tags', 'a'), eq('tags', 'nil')]],
  ['any script', 'name=~船🚢', [has('name', '船🚢')]],
];

const refused: readonly (readonly [says: string, q: string, message: RegExp])[] = [
  ['no "="', 'name', /"name".*key=value/],
  ['an empty key', '=x', /key=value/],
  ['an empty value', 'name=', /key=value/],
  ['a value of spaces', 'name= ', /key=value/],
  ['an empty part at the end', 'a=b,', /key=value/],
  ['an empty part in front', ',a=b', /key=value/],
  ['a contains of nothing', 'name=~', /follows/],
  ['a range without "~"', 'size=[5]', /one ~/],
  ['a range of three', 'size=[1~2~3]', /one ~/],
  ['a range without ends', 'size=[~]', /one end/],
  ['a range that stays open', 'size=[1~2', /ends with \]/],
  ['a list that stays open', 'id={1 2', /ends with \}/],
  ['a list of all that stays open', 'labels=(1', /ends with \)/],
  ['a bracket alone', 'id={', /ends with \}/],
  ['an empty list', 'id={}', /empty/],
  ['an empty list of all', 'labels=( )', /empty/],
  ['a NUL', 'name=a\0b', /NUL/],
  ['more parts than bounded', Array.from({ length: 31 }, () => 'a=b').join(','), /30 parts/],
  ['more values than bounded', `id={${'1 '.repeat(201)}}`, /200 values/],
  ['more text than bounded', `name=${'x'.repeat(8000)}`, /8000 characters/],
];

describe('parseFilters', () => {
  it.each(read)('reads %s: %s', (_says, q, filters) => expect(parseFilters(q)).toEqual(filters));

  it('reads nothing as no filter', () => {
    expect(parseFilters(undefined)).toEqual([]);
    expect(parseFilters('')).toEqual([]);
  });

  it.each(refused)('refuses %s', (_says, q, message) => {
    expect(() => parseFilters(q)).toThrow(message);
    expect(() => parseFilters(q)).toThrow(AppError);
  });

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

  it('refuses more keys than any list has', () => {
    expect(parseSort(Array.from({ length: 10 }, () => 'a').join(','))).toHaveLength(10);
    expect(() => parseSort('a,'.repeat(100_000))).toThrow(/10 keys/);
  });
});
