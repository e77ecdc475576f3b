import Type, { type Static } from 'typebox';

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
