import type { ProjectFacts } from './decide.ts';
import type { Principal } from './principal.ts';
import type { RoleId } from './roles.ts';

declare const minted: unique symbol;

/**
 * Proof that access to one project was decided. Stores of project-owned rows take it and put its id in the WHERE, so
 * that a row of another project cannot be reached by its number. Only {@link mintProjectScope} makes one.
 */
export interface ProjectScope {
  readonly [minted]: 'project';
  readonly projectId: number;
  readonly project: ProjectFacts;
  readonly principal: Principal;
  readonly roles: readonly RoleId[];
  readonly requestId: string;
}

/** Called by the access hooks after a decision, and by jobs that act for the registry itself. */
export function mintProjectScope(facts: Omit<ProjectScope, typeof minted | 'projectId'>): ProjectScope {
  return { ...facts, projectId: facts.project.id } as ProjectScope;
}

/** Who acts, for what is not inside one project. */
export interface Actor {
  readonly principal: Principal;
  readonly requestId: string;
}
