import type { useRights } from '../../api/projects.ts';
import type { Artifact, Tag } from '../../api/types.ts';

/** What each tab of a repository is given. */
export interface RepositoryTabProps {
  project: string;
  repo: string;
  may: ReturnType<typeof useRights>;
}

/** A tag with the artifact that it names: a row of the Tags tab. */
export interface TagRow {
  tag: Tag;
  artifact: Artifact;
}
