import { describe, expect, it } from 'vitest';
import { auditQ } from '#renderer/api/audit.ts';
import { changesOf } from '#renderer/pages/audit/changes.tsx';
import { placeOf } from '#renderer/pages/audit/phrases.ts';
import { readAuditSearch } from '#renderer/pages/audit/search.ts';
import { parseFilters } from '#server/lib/list-query.ts';

const now = Date.parse('2026-11-22T12:00:00.000Z');

describe('what the address asks of the log', () => {
  it('is nothing where it says nothing, or nothing that is known', () => {
    expect(readAuditSearch({ operation: 'sell', within: '3y', from: 'yesterday', entry: '-1' })).toEqual({});
    expect(auditQ({}, now)).toBeUndefined();
  });

  it('reaches the server as it was meant, whatever is typed', () => {
    const q = auditQ(
      { who: 'a,b%=~', object: 'web/app', operation: 'delete', result: 'refused', projectId: 7 },
      now,
    );
    expect(parseFilters(q)).toEqual([
      { key: 'project_id', op: 'equals', value: '7' },
      { key: 'username', op: 'contains', value: 'ab%=~' },
      { key: 'resource', op: 'contains', value: 'web/app' },
      { key: 'operation', op: 'equals', value: 'delete' },
      { key: 'operation_result', op: 'equals', value: 'false' },
    ]);
  });

  it('means the last minute to its end, and a span from now', () => {
    const search = readAuditSearch({ from: '2026-11-20T08:00Z', to: '2026-11-20T09:00Z' });
    expect(parseFilters(auditQ(search, now))).toEqual([
      { key: 'op_time', op: 'range', from: '2026-11-20T08:00Z', to: '2026-11-20T09:00:59.999Z' },
    ]);
    expect(parseFilters(auditQ({ within: '24h' }, now))).toEqual([
      { key: 'op_time', op: 'range', from: '2026-11-21T12:00:00.000Z' },
    ]);
  });
});

describe('the page of what an entry is about', () => {
  it.each([
    [
      'create',
      'artifact',
      'web/team/app:1.0',
      { kind: 'artifact', project: 'web', repo: 'team/app', reference: '1.0' },
    ],
    ['delete', 'tag', 'web/app:1.0', { kind: 'repository', project: 'web', repo: 'app' }],
    ['delete', 'repository', 'web/app', { kind: 'project', project: 'web' }],
    [
      'create',
      'label',
      `web/app@sha256:${'a'.repeat(64)}`,
      { kind: 'artifact', project: 'web', repo: 'app', reference: `sha256:${'a'.repeat(64)}` },
    ],
    ['create', 'label', 'web/release', { kind: 'labels', project: 'web' }],
    ['create', 'label', 'release', undefined],
    ['delete', 'project', 'web', undefined],
    ['login', 'user', 'mei', { kind: 'users', name: 'mei' }],
    ['update', 'configuration', 'banner_message', undefined],
    ['create', 'artifact', 'no reference at all', undefined],
  ])('%s %s %s', (operation, type, resource, place) => {
    expect(placeOf({ operation, resource_type: type, resource })).toEqual(place);
  });
});

it('what differs stands before what does not', () => {
  const changes = changesOf({
    before: { same: 1, public: 'false' },
    after: { same: 1, public: 'true', list: [1] },
  });
  expect(changes).toEqual([
    { name: 'public', before: 'false', after: 'true' },
    { name: 'list', before: undefined, after: '[\n  1\n]' },
    { name: 'same', before: '1', after: '1' },
  ]);
});
