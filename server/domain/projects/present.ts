import { writeTime } from '../../lib/wire.ts';
import type { ProjectBody } from './contract.ts';
import type { Project } from './store.ts';

export function presentProject(project: Project): ProjectBody {
  return {
    project_id: project.id,
    owner_id: project.ownerId,
    name: project.name,
    owner_name: project.ownerName,
    creation_time: writeTime(project.createdAtMs),
    update_time: writeTime(project.updatedAtMs),
    deleted: false,
    ...(project.role === null ? {} : { current_user_role_id: project.role }),
    current_user_role_ids: project.role === null ? [] : [project.role],
    repo_count: project.repositoryCount,
    cve_allowlist: { project_id: project.id, items: [] },
    metadata: { ...project.metadata, public: String(project.isPublic) },
  };
}
