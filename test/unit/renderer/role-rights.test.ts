import { describe, expect, it } from 'vitest';
import { roleRights } from '#renderer/pages/project/role-rights.ts';
import { isRoleId, roleAllows, ROLE_IDS } from '#server/access/roles.ts';

describe('what people are told about roles', () => {
  it.each(roleRights)('is what the server decides: $permission', ({ permission, roles }) => {
    const allowed = Object.values(ROLE_IDS).filter((role) => isRoleId(role) && roleAllows(role, permission));
    expect(new Set<number>(roles)).toEqual(new Set<number>(allowed));
  });
});
