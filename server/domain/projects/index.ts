export {
  createProjects,
  type ListedProjects,
  type Projects,
  type ProjectsDeps,
  type ProjectSummary,
} from './service.ts';
export { createProjectMetadata, type MetadataDeps, type ProjectMetadata } from './metadata-service.ts';
export { ensureLiveProject, type Project, type ProjectFilter } from './store.ts';
export type { ProjectRequest } from './rules.ts';
export { presentProject } from './present.ts';
export { ProjectBody } from './contract.ts';
