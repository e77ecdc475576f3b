import Type, { type Static } from 'typebox';
import { WireTime } from '../../lib/wire.ts';

export const SearchQuery = Type.Object({
  q: Type.String({ description: 'Part of the name of a project or repository' }),
});

/** Harbor's SearchRepository; `repository_name` is `project/repository`. */
export const SearchRepositoryBody = Type.Object({
  project_id: Type.Integer(),
  project_name: Type.String(),
  project_public: Type.Boolean(),
  repository_name: Type.String(),
  pull_count: Type.Integer(),
  artifact_count: Type.Integer(),
});
export type SearchRepositoryBody = Static<typeof SearchRepositoryBody>;

export const FindQuery = Type.Object({
  q: Type.String({
    maxLength: 600,
    description: 'Part of a name, an image reference, a digest or its begin',
  }),
});

/** A few of each kind that the caller may see, the likeliest first. */
export const FindBody = Type.Object({
  projects: Type.Array(
    Type.Object({
      project_id: Type.Integer(),
      name: Type.String(),
      public: Type.Boolean(),
      repository_count: Type.Integer(),
    }),
  ),
  repositories: Type.Array(
    Type.Object({
      project_name: Type.String(),
      name: Type.String({ description: 'Without the project' }),
      artifact_count: Type.Integer(),
      update_time: WireTime,
    }),
  ),
  tags: Type.Array(
    Type.Object({
      project_name: Type.String(),
      repository_name: Type.String(),
      name: Type.String(),
      digest: Type.String(),
      type: Type.String({ description: "Harbor's kind of the artifact: IMAGE, CHART, ..." }),
      push_time: WireTime,
    }),
  ),
  artifacts: Type.Array(
    Type.Object({
      project_name: Type.String(),
      repository_name: Type.String(),
      digest: Type.String(),
      type: Type.String(),
      push_time: WireTime,
    }),
  ),
  users: Type.Array(
    Type.Object({ username: Type.String(), realname: Type.String(), sysadmin: Type.Boolean() }),
  ),
});
export type FindBody = Static<typeof FindBody>;
