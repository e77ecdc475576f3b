import { AppError, notFound } from '../lib/errors.ts';
import { decideProject, decideSystem, type ProjectFacts } from './decide.ts';
import type { ProjectPermission, SystemPermission } from './permissions.ts';
import type { ProjectDirectory } from './port.ts';
import type { Principal } from './principal.ts';
import {
  mintProjectScope,
  mintSystemScope,
  type Actor,
  type ProjectScope,
  type SystemScope,
} from './scope.ts';

/** The refusal of what a caller may not do: `unauthorized` without an account, else `forbidden`. */
export function refuse(principal: Principal, what: string): AppError {
  return principal.kind === 'anonymous'
    ? new AppError('unauthorized', `sign in first: ${what}`)
    : new AppError('forbidden', `${principal.username} may not do this: ${what}`);
}

/** What is asked for in a project: `name` is how the request called it, `project` what was found of it. */
export interface Entrance {
  readonly name: string | number;
  readonly project: ProjectFacts | undefined;
  readonly permission: ProjectPermission;
}

/**
 * Decides and mints the proof. Throws `unauthorized` or `forbidden` alike for a missing and a foreign project; `not_found`
 * for a missing one only to system administrators, who may see them all.
 */
export async function enterFound(
  directory: ProjectDirectory,
  actor: Actor,
  { name, project, permission }: Entrance,
): Promise<ProjectScope> {
  const { principal } = actor;
  if (!project && principal.kind === 'user' && principal.isAdmin) throw notFound('project', name);
  if (project) {
    const roles = principal.kind === 'user' ? await directory.rolesOf(principal.userId, project.id) : [];
    if (decideProject(principal, permission, { project, roles }))
      return mintProjectScope({ ...actor, project, roles });
  }
  throw refuse(principal, `it needs ${permission} in the project`);
}

/** The same for a project that a query or a body names by its id. */
export async function enterProject(
  directory: ProjectDirectory,
  actor: Actor,
  at: { readonly projectId: number; readonly permission: ProjectPermission },
): Promise<ProjectScope> {
  const project = await directory.findById(at.projectId);
  return enterFound(directory, actor, { name: at.projectId, project, permission: at.permission });
}

/** The same for the whole registry. Throws `unauthorized` or `forbidden`. */
export function enterSystem(actor: Actor, permission: SystemPermission): SystemScope {
  if (!decideSystem(actor.principal, permission))
    throw refuse(actor.principal, `it needs ${permission}, which system administrators have`);
  return mintSystemScope(actor);
}
