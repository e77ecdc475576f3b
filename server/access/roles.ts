import { PROJECT_PERMISSIONS, type ProjectPermission } from './permissions.ts';

/** Harbor's role ids. Strength falls in the order 1, 4, 2, 3, 5. */
export const ROLE_IDS = { projectAdmin: 1, developer: 2, guest: 3, maintainer: 4, limitedGuest: 5 } as const;
export type RoleName = keyof typeof ROLE_IDS;
export type RoleId = (typeof ROLE_IDS)[RoleName];

export const ROLE_NAMES: Readonly<Record<RoleId, RoleName>> = {
  1: 'projectAdmin',
  2: 'developer',
  3: 'guest',
  4: 'maintainer',
  5: 'limitedGuest',
};

export function isRoleId(value: number): value is RoleId {
  return value in ROLE_NAMES;
}

const READ_CONTENT = [
  'repository:list',
  'repository:read',
  'repository:pull',
  'artifact:list',
  'artifact:read',
  'tag:list',
  'accessory:list',
  'artifact-addition:read',
] as const;
const LIMITED_GUEST = ['project:read', ...READ_CONTENT] as const;
const GUEST = [...LIMITED_GUEST, 'member:list', 'member:read', 'label:list', 'label:read'] as const;
const DEVELOPER = [
  ...GUEST,
  'repository:create',
  'repository:update',
  'repository:push',
  'artifact:create',
  'tag:create',
  'artifact-label:create',
  'artifact-label:delete',
] as const;
const MAINTAINER = [
  ...DEVELOPER,
  'repository:delete',
  'artifact:delete',
  'tag:delete',
  'label:create',
  'label:update',
  'label:delete',
  'metadata:read',
] as const;
/** Harbor shows all metadata at once to system administrators only. */
const PROJECT_ADMIN = PROJECT_PERMISSIONS.filter((permission) => permission !== 'metadata:list');

/** Harbor's role matrix, for the permissions that exist here; test/api/access-matrix.golden.md shows what follows. */
const MATRIX: Readonly<Record<RoleId, ReadonlySet<ProjectPermission>>> = {
  1: new Set(PROJECT_ADMIN),
  4: new Set(MAINTAINER),
  2: new Set(DEVELOPER),
  3: new Set(GUEST),
  5: new Set(LIMITED_GUEST),
};

/** What anybody may do with a public project. `repository:read` is not in it, as in Harbor. */
const PUBLIC: ReadonlySet<ProjectPermission> = new Set([
  'project:read',
  'repository:list',
  'repository:pull',
  'artifact:list',
  'artifact:read',
  'tag:list',
  'accessory:list',
  'artifact-addition:read',
  'label:list',
  'label:read',
]);

export function roleAllows(role: RoleId, permission: ProjectPermission): boolean {
  return MATRIX[role].has(permission);
}

export function publicAllows(permission: ProjectPermission): boolean {
  return PUBLIC.has(permission);
}
