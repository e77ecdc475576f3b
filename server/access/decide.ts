import { PROJECT_PERMISSIONS, type ProjectPermission, type SystemPermission } from './permissions.ts';
import type { Principal } from './principal.ts';
import { publicAllows, roleAllows, type RoleId } from './roles.ts';

/** What a decision needs to know of a project. */
export interface ProjectFacts {
  readonly id: number;
  readonly name: string;
  readonly isPublic: boolean;
  readonly ownerId: number;
  readonly createdAtMs: number;
  /** Whether manifests are taken whose config or layers are missing: the project's metadata `allow_sparse`. */
  readonly allowsSparse: boolean;
}

/** Whether the caller may do this in this project; `roles` are the caller's own there. Pure. */
export function decideProject(
  principal: Principal,
  permission: ProjectPermission,
  at: { project: ProjectFacts; roles: readonly RoleId[] },
): boolean {
  if (at.project.isPublic && publicAllows(permission)) return true;
  if (principal.kind === 'anonymous') return false;
  return principal.isAdmin || at.roles.some((role) => roleAllows(role, permission));
}

/** Whether the caller may do this on the whole registry. Pure. */
export function decideSystem(principal: Principal, _permission: SystemPermission): boolean {
  return principal.kind === 'user' && principal.isAdmin;
}

/** All that the caller may do in the project, in the vocabulary's order. */
export function allowedInProject(
  principal: Principal,
  at: { project: ProjectFacts; roles: readonly RoleId[] },
): ProjectPermission[] {
  return PROJECT_PERMISSIONS.filter((permission) => decideProject(principal, permission, at));
}
