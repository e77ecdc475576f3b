import { describe, expect, it } from 'vitest';
import { publicAllows, ROLE_IDS, roleAllows } from '#server/access/roles.ts';

describe('roles', () => {
  it('let whoever may see a project list and pull what is in it: lists of all projects count on that', () => {
    const allows = [publicAllows, ...Object.values(ROLE_IDS).map((id) => roleAllows.bind(undefined, id))];
    for (const allow of allows)
      expect(
        ['project:read', 'repository:list', 'repository:pull'].map((each) => allow(each as never)),
      ).toEqual([true, true, true]);
  });
});
