import type { ProjectPermission, SharedPermission, SystemPermission } from './permissions.ts';

/** What a route needs. Each has one: the server does not start otherwise. */
export type RouteAccess =
  | { readonly kind: 'open' }
  | { readonly kind: 'signedIn' }
  | { readonly kind: 'system'; readonly permission: SystemPermission }
  /** The account that `:user_id` names: its own owner, and who has the permission. */
  | { readonly kind: 'ownAccount'; readonly permission: SystemPermission }
  /** Who has `user:create`, and while the registry lets strangers register, whoever comes by one of its own pages. */
  | { readonly kind: 'registration' }
  | { readonly kind: 'project'; readonly permission: ProjectPermission; readonly param: ProjectParam }
  /** A row named by its id: the permission is needed where the row lies, in its project or on the whole registry. */
  | { readonly kind: 'owned'; readonly rows: OwnedRows; readonly permission: SharedPermission }
  /** The query or the body says where: the route enters there (`access/enter.ts`) once they are read. */
  | { readonly kind: 'named'; readonly permission: ProjectPermission; readonly isOpen: boolean }
  /** /v2: one wildcard route, each operation of its table with an access of its own. */
  | { readonly kind: 'registry' };

/** `project_name_or_id`: digits are an id, unless X-Is-Resource-Name says otherwise (Harbor's rule). */
export type ProjectParam = 'project_name_or_id' | 'project_name';

/** Rows that belong to one project or to the whole registry, with the path parameter that is their id. */
export const OWNED_ROWS = { label: { idParam: 'label_id', read: 'label:read' } } as const;
export type OwnedRows = keyof typeof OWNED_ROWS;

export const open: RouteAccess = { kind: 'open' };
export const signedIn: RouteAccess = { kind: 'signedIn' };
export const registry: RouteAccess = { kind: 'registry' };

export function system(permission: SystemPermission): RouteAccess {
  return { kind: 'system', permission };
}

export const registration: RouteAccess = { kind: 'registration' };

export function ownAccount(permission: SystemPermission): RouteAccess {
  return { kind: 'ownAccount', permission };
}

export function project(
  permission: ProjectPermission,
  param: ProjectParam = 'project_name_or_id',
): RouteAccess {
  return { kind: 'project', permission, param };
}

export function owned(rows: OwnedRows, permission: SharedPermission): RouteAccess {
  return { kind: 'owned', rows, permission };
}

/** `isOpen`: also somebody without an account may ask, where what is named allows it. */
export function named(permission: ProjectPermission, options = { isOpen: false }): RouteAccess {
  return { kind: 'named', permission, ...options };
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
    case 'ownAccount':
      return `self or system ${access.permission}`;
    case 'registration':
      return 'system user:create, or a visitor while self-registration is on';
    case 'project':
      return `project ${access.permission}`;
    case 'owned':
    case 'named':
      return `project or system ${access.permission}`;
    case 'registry':
      return 'per operation';
  }
}
