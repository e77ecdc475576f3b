import type { useRights } from '../../api/projects.ts';

/** What each tab of a repository is given. */
export interface RepositoryTabProps {
  project: string;
  /** Undefined while the project loads. */
  projectId: number | undefined;
  repo: string;
  /** Artifacts that the repository lists, without any filter; undefined while nobody knows. */
  total: number | undefined;
  may: ReturnType<typeof useRights>;
}
