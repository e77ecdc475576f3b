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
  /** Where the request comes from, as `Actor` has it. */
  readonly address: string;
}

/** Called by the access hooks after a decision, and by jobs that act for the registry itself. */
export function mintProjectScope(facts: Omit<ProjectScope, typeof minted | 'projectId'>): ProjectScope {
  return { ...facts, projectId: facts.project.id } as ProjectScope;
}

/** Proof that access to rows of the whole registry was decided. Only {@link mintSystemScope} makes one. */
export interface SystemScope extends Actor {
  readonly [minted]: 'system';
}

/** Called after a decision, as {@link mintProjectScope} is. */
export function mintSystemScope(actor: Actor): SystemScope {
  return { ...actor } as SystemScope;
}

/** Where rows lie that may belong to one project or to the whole registry. */
export type AnyScope = ProjectScope | SystemScope;

export const isProjectScope = (scope: AnyScope): scope is ProjectScope => 'projectId' in scope;

/** Who acts, for what is not inside one project; `http/actor.ts` makes one of a request. A {@link ProjectScope} is one too. */
export interface Actor {
  readonly principal: Principal;
  readonly requestId: string;
  /** IP address of the client, behind trusted proxies the one that they tell; empty for what no client asked for. */
  readonly address: string;
}
