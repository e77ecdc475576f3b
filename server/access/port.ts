import type { ProjectFacts } from './decide.ts';
import type { RoleId } from './roles.ts';

/** What access needs to know of projects; the projects domain provides it. */
export interface ProjectDirectory {
  findByName(name: string): Promise<ProjectFacts | undefined>;
  findById(id: number): Promise<ProjectFacts | undefined>;
  /** The roles that the account has in the project, by itself. */
  rolesOf(accountId: number, projectId: number): Promise<readonly RoleId[]>;
}
