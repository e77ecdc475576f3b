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
  'metadata:create',
  'metadata:read',
  'metadata:update',
  'metadata:delete',
  'metadata:list',
  'log:list',
  'label:create',
  'label:read',
  'label:update',
  'label:delete',
  'label:list',
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
  'artifact-addition:read',
  'artifact-label:create',
  'artifact-label:delete',
] as const;
export type ProjectPermission = (typeof PROJECT_PERMISSIONS)[number];

/** What can be allowed on the whole registry: only system administrators have these. */
export const SYSTEM_PERMISSIONS = [
  'user:create',
  'user:read',
  'user:update',
  'user:delete',
  'user:list',
  'setup:update',
  'configuration:read',
  'configuration:update',
  'system-volumes:read',
  'audit-log:list',
  'label:create',
  'label:read',
  'label:update',
  'label:delete',
] as const;
export type SystemPermission = (typeof SYSTEM_PERMISSIONS)[number];

/** What can be allowed of rows that belong to one project or to the whole registry. */
export type SharedPermission = ProjectPermission & SystemPermission;
