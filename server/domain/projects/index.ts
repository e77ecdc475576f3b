export { createProjects, type ListedProjects, type Projects, type ProjectsDeps } from './service.ts';
export type { Project, ProjectFilter } from './store.ts';
export type { ProjectRequest } from './rules.ts';
