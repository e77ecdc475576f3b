import { describe, expect, it } from 'vitest';
import { createManifestCache } from '#server/domain/artifacts/manifest-cache.ts';
import { createRepositoryMarks } from '#server/domain/artifacts/repository-marks.ts';
import type { DomainEvent } from '#server/events/catalogue.ts';
import { digestOf } from '#server/lib/digest.ts';

const stored = (text: string) => ({
  artifactId: 1,
  repositoryId: 1,
  tagId: 1,
  digest: digestOf(Buffer.from(text)),
  mediaType: 'x',
  bytes: Buffer.from(text),
});
const key = { projectId: 1, repository: 'app', reference: 'v1' };
const pushed = (repositoryName: string) =>
  ({
    kind: 'artifact.deleted',
    payload: { projectId: 1, projectName: 'p', repositoryName, digest: 'x' },
  }) as const;

function makeCache() {
  let tell: (event: DomainEvent) => void = () => undefined;
  const marks = createRepositoryMarks({
    onDurable(listener) {
      tell = listener;
    },
  });
  return { ...createManifestCache(marks), drop: (event: DomainEvent) => tell(event) };
}

describe('manifests in memory', () => {
  it('are looked up once, until their repository changes', async () => {
    const cache = makeCache();
    let lookups = 0;
    const look = () => Promise.resolve((lookups++, stored('one')));
    await cache.get(key, look);
    await cache.get(key, look);
    cache.drop(pushed('other'));
    await cache.get(key, look);
    expect(lookups).toBe(1);
    cache.drop(pushed('app'));
    await cache.get(key, look);
    expect(lookups).toBe(2);
  });

  it('never keep what a push made old while it was read', async () => {
    const cache = makeCache();
    const slow = cache.get(key, async () => {
      cache.drop(pushed('app'));
      return stored('old');
    });
    expect((await slow)?.bytes.toString()).toBe('old');
    expect((await cache.get(key, () => Promise.resolve(stored('new'))))?.bytes.toString()).toBe('new');
  });

  it('do not remember what is not there', async () => {
    const cache = makeCache();
    expect(await cache.get(key, () => Promise.resolve(undefined))).toBeUndefined();
    expect(await cache.get(key, () => Promise.resolve(stored('now')))).toBeDefined();
  });

  it('are kept apart by repository and project', async () => {
    const cache = makeCache();
    await cache.get(key, () => Promise.resolve(stored('one')));
    for (const other of [
      { ...key, projectId: 2 },
      { ...key, repository: 'app2' },
      { ...key, reference: 'v2' },
    ]) {
      expect((await cache.get(other, () => Promise.resolve(stored('two'))))?.bytes.toString()).toBe('two');
    }
  });
});
