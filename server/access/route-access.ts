import type { ProjectPermission, SystemPermission } from './permissions.ts';

/** What a route needs. Each has one: the server does not start otherwise. */
export type RouteAccess =
  | { readonly kind: 'open' }
  | { readonly kind: 'signedIn' }
  | { readonly kind: 'system'; readonly permission: SystemPermission }
  | { readonly kind: 'project'; readonly permission: ProjectPermission; readonly param: ProjectParam }
  /** /v2: one wildcard route, each operation of its table with an access of its own. */
  | { readonly kind: 'registry' };

/** `project_name_or_id`: digits are an id, unless X-Is-Resource-Name says otherwise (Harbor's rule). */
export type ProjectParam = 'project_name_or_id' | 'project_name';

export const open: RouteAccess = { kind: 'open' };
export const signedIn: RouteAccess = { kind: 'signedIn' };
export const registry: RouteAccess = { kind: 'registry' };

export function system(permission: SystemPermission): RouteAccess {
  return { kind: 'system', permission };
}

export function project(
  permission: ProjectPermission,
  param: ProjectParam = 'project_name_or_id',
): RouteAccess {
  return { kind: 'project', permission, param };
}

/** The access as `x-permission` shows it in OpenAPI. */
export function describeAccess(access: RouteAccess): string {
  switch (access.kind) {
    case 'open':
      return 'none';
    case 'signedIn':
      return 'authenticated';
    case 'system':
      return `system ${access.permission}`;
    case 'project':
      return `project ${access.permission}`;
    case 'registry':
      return 'per operation';
  }
}
