/** What can be allowed inside a project: Harbor's `resource:action` pairs that this version acts on. */
export const PROJECT_PERMISSIONS = [
  'project:read',
  'project:update',
  'project:delete',
  'member:create',
  'member:read',
  'member:update',
  'member:delete',
  'member:list',
  'log:list',
  'repository:create',
  'repository:read',
  'repository:update',
  'repository:delete',
  'repository:list',
  'repository:pull',
  'repository:push',
  'artifact:create',
  'artifact:read',
  'artifact:delete',
  'artifact:list',
  'tag:create',
  'tag:delete',
  'tag:list',
  'accessory:list',
] as const;
export type ProjectPermission = (typeof PROJECT_PERMISSIONS)[number];

/** What can be allowed on the whole registry: only system administrators have these. */
export const SYSTEM_PERMISSIONS = ['user:create', 'user:list', 'setup:update'] as const;
export type SystemPermission = (typeof SYSTEM_PERMISSIONS)[number];
