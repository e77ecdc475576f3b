import { LRUCache } from 'lru-cache';
import type { ProjectFacts } from './decide.ts';
import type { ProjectDirectory } from './port.ts';
import type { RoleId } from './roles.ts';

const MAX_PROJECTS = 10_000;
const MAX_ROLES = 50_000;

export interface CachedDirectory extends ProjectDirectory {
  /** Forgets everything: called in the moment a change of projects or members is durable, before it is answered. */
  drop(): void;
}

/**
 * Remembers what every request asks of projects and roles. Changes are rare, so one drops all of it; a lookup that was
 * under way when that happened is not remembered, since it may have read what was there before.
 */
export function cacheDirectory(source: ProjectDirectory): CachedDirectory {
  const byName = new LRUCache<string, ProjectFacts>({ max: MAX_PROJECTS });
  const byId = new LRUCache<number, ProjectFacts>({ max: MAX_PROJECTS });
  const roles = new LRUCache<string, readonly RoleId[]>({ max: MAX_ROLES });
  let epoch = 0;

  async function remember<K extends {}, V extends {}>(
    cache: LRUCache<K, V>,
    key: K,
    look: () => Promise<V | undefined>,
  ): Promise<V | undefined> {
    const known = cache.get(key);
    if (known !== undefined) return known;
    const begun = epoch;
    const found = await look();
    // What is missing is not remembered: anybody could fill the memory with names that do not exist.
    if (found !== undefined && epoch === begun) cache.set(key, found);
    return found;
  }

  return {
    findByName: (name) => remember(byName, name, () => source.findByName(name)),
    findById: (id) => remember(byId, id, () => source.findById(id)),
    rolesOf: async (accountId, projectId) =>
      (await remember(roles, `${accountId}:${projectId}`, () => source.rolesOf(accountId, projectId))) ?? [],
    drop() {
      epoch++;
      byName.clear();
      byId.clear();
      roles.clear();
    },
  };
}
