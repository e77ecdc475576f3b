import { describe, expect, it } from 'vitest';
import { matchOciPath } from '#server/oci/paths.ts';

describe('paths below /v2', () => {
  it.each([
    ['', { kind: 'base' }],
    ['/', { kind: 'base' }],
    ['/_catalog', { kind: 'catalog' }],
    ['/a/b/blobs/sha256:1', { kind: 'blob', name: 'a/b', digest: 'sha256:1' }],
    ['/a/b/blobs/uploads', { kind: 'uploads', name: 'a/b' }],
    ['/a/b/blobs/uploads/', { kind: 'uploads', name: 'a/b' }],
    ['//', { kind: 'base' }],
    ['/a/b/blobs/uploads//', { kind: 'uploads', name: 'a/b' }],
    ['/blobs/uploads/', undefined],
    ['/a/b/tags/list/', undefined],
    ['/a/b/blobs/uploads/x-1', { kind: 'upload', name: 'a/b', id: 'x-1' }],
    ['/a/b/c/manifests/v1', { kind: 'manifest', name: 'a/b/c', reference: 'v1' }],
    ['/a/b/tags/list', { kind: 'tags', name: 'a/b' }],
    ['/a/b/referrers/sha256:1', { kind: 'referrers', name: 'a/b', digest: 'sha256:1' }],
    ['/a/blobs/manifests/v1', { kind: 'manifest', name: 'a/blobs', reference: 'v1' }],
    ['/a/manifests/blobs/uploads/1', { kind: 'upload', name: 'a/manifests', id: '1' }],
    ['/a/tags/other', undefined],
    ['/manifests/v1', undefined],
    ['/a/b', undefined],
    ['/a', undefined],
  ])('%s', (path, match) => {
    expect(matchOciPath(path)).toEqual(match);
  });
});
