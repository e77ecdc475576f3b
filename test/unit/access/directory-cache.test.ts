import { describe, expect, it } from 'vitest';
import { cacheDirectory } from '#server/access/directory-cache.ts';
import type { ProjectFacts } from '#server/access/decide.ts';
import type { RoleId } from '#server/access/roles.ts';

const facts = (name: string): ProjectFacts => ({
  id: 1,
  name,
  isPublic: false,
  ownerId: 1,
  createdAtMs: 0,
  allowsSparse: false,
});

function source() {
  const asked: string[] = [];
  const state = { project: facts('web') as ProjectFacts | undefined, roles: [2] as RoleId[] };
  let hold: Promise<void> = Promise.resolve();
  const answer = async <T>(what: string, value: () => T): Promise<T> => {
    asked.push(what);
    const now = value();
    await hold;
    return now;
  };
  return {
    asked,
    state,
    holdUntil: (until: Promise<void>): void => {
      hold = until;
    },
    directory: cacheDirectory({
      findByName: (name) => answer(`name ${name}`, () => state.project),
      findById: (id) => answer(`id ${id}`, () => state.project),
      rolesOf: (account, project) => answer(`roles ${account} ${project}`, () => state.roles),
    }),
  };
}

describe('remembered projects and roles', () => {
  it('are asked for once, and anew after a change', async () => {
    const { asked, state, directory } = source();
    for (let i = 0; i < 3; i++) {
      expect(await directory.findByName('web')).toEqual(facts('web'));
      expect(await directory.rolesOf(7, 1)).toEqual([2]);
    }
    expect(asked).toEqual(['name web', 'roles 7 1']);
    state.roles = [];
    directory.drop();
    expect(await directory.rolesOf(7, 1)).toEqual([]);
  });

  it('never keep what a change made old while it was read', async () => {
    const { state, directory, holdUntil } = source();
    let release = (): void => undefined;
    holdUntil(new Promise((resolve) => (release = resolve)));
    const reading = directory.rolesOf(7, 1);
    state.roles = [];
    directory.drop();
    release();
    // This one was asked before the change; the next must not be answered from it.
    expect(await reading).toEqual([2]);
    expect(await directory.rolesOf(7, 1)).toEqual([]);
  });

  it('forget at once what was never there', async () => {
    const { asked, state, directory } = source();
    state.project = undefined;
    expect(await directory.findByName('none')).toBeUndefined();
    expect(await directory.findByName('none')).toBeUndefined();
    expect(asked).toHaveLength(2);
  });
});
