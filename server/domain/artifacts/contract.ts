import Type, { type Static } from 'typebox';
import { ListQuery, WireTime } from '../../lib/wire.ts';

/** Harbor's Repository; `name` is `project/repository`. */
export const RepositoryBody = Type.Object({
  id: Type.Integer(),
  project_id: Type.Integer(),
  name: Type.String(),
  description: Type.String(),
  artifact_count: Type.Integer(),
  pull_count: Type.Integer(),
  creation_time: WireTime,
  update_time: WireTime,
});
export type RepositoryBody = Static<typeof RepositoryBody>;

/** Harbor's Tag. */
export const TagBody = Type.Object({
  id: Type.Integer(),
  repository_id: Type.Integer(),
  artifact_id: Type.Integer(),
  name: Type.String(),
  push_time: WireTime,
  pull_time: WireTime,
  immutable: Type.Boolean(),
});
export type TagBody = Static<typeof TagBody>;

export const PlatformBody = Type.Object({
  architecture: Type.String(),
  os: Type.String(),
  variant: Type.Optional(Type.String()),
});

export type PlatformBody = Static<typeof PlatformBody>;

const Annotations = Type.Record(Type.String(), Type.String());
const Anything = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true });

/** Harbor's Reference: a child of an index. `child_id` is 0 when the child is not here. */
export const ReferenceBody = Type.Object({
  parent_id: Type.Integer(),
  child_id: Type.Integer(),
  child_digest: Type.String(),
  platform: Type.Optional(PlatformBody),
  annotations: Type.Optional(Annotations),
  urls: Type.Optional(Type.Array(Type.String())),
});

/** Harbor's Artifact, without what has no engine yet. */
export const ArtifactBody = Type.Object({
  id: Type.Integer(),
  type: Type.String(),
  media_type: Type.String(),
  manifest_media_type: Type.String(),
  artifact_type: Type.String(),
  project_id: Type.Integer(),
  repository_id: Type.Integer(),
  repository_name: Type.String(),
  digest: Type.String(),
  size: Type.Integer(),
  push_time: WireTime,
  pull_time: WireTime,
  extra_attrs: Anything,
  annotations: Annotations,
  references: Type.Optional(Type.Array(ReferenceBody)),
  tags: Type.Optional(Type.Array(TagBody)),
  addition_links: Anything,
});
export type ArtifactBody = Static<typeof ArtifactBody>;

export const ArtifactListQuery = Type.Object({
  ...ListQuery.properties,
  with_tag: Type.Optional(Type.Boolean({ default: true })),
});

export const ArtifactQuery = Type.Object({ with_tag: Type.Optional(Type.Boolean({ default: true })) });

/** Harbor's Tag as a request: only its name counts. */
export const TagCreation = Type.Object(
  { name: Type.Optional(Type.String()) },
  { additionalProperties: true },
);

export const RepositoriesParams = Type.Object({ project_name: Type.String() });
export const RepositoryParams = Type.Object({
  project_name: Type.String(),
  repository_name: Type.String({ description: 'without the project, URL-encoded twice when it has slashes' }),
});
export const ArtifactParams = Type.Object({
  ...RepositoryParams.properties,
  reference: Type.String({ description: 'tag or digest' }),
});
export const TagParams = Type.Object({ ...ArtifactParams.properties, tag_name: Type.String() });

const LayerBody = Type.Object({
  digest: Type.String(),
  media_type: Type.String(),
  size: Type.Integer(),
  annotations: Annotations,
});

/** What an artifact is made of: our own operation, for the console's artifact page. */
export const ContentBody = Type.Object({
  digest: Type.String(),
  media_type: Type.String(),
  size: Type.Integer(),
  platforms: Type.Array(
    Type.Object({
      digest: Type.String(),
      ...PlatformBody.properties,
      size: Type.Integer(),
      stored: Type.Boolean(),
    }),
  ),
  config: Type.Union([
    Type.Object({
      ...LayerBody.properties,
      created: Type.Optional(Type.String()),
      architecture: Type.Optional(Type.String()),
      os: Type.Optional(Type.String()),
      author: Type.Optional(Type.String()),
    }),
    Type.Null(),
  ]),
  layers: Type.Array(LayerBody),
  history: Type.Array(
    Type.Object({
      created_by: Type.String(),
      created: Type.Optional(Type.String()),
      empty_layer: Type.Boolean(),
      layer_digest: Type.Optional(Type.String()),
    }),
  ),
  annotations: Annotations,
});
export type ContentBody = Static<typeof ContentBody>;

export const ReferrersBody = Type.Object({
  referrers: Type.Array(
    Type.Object({
      digest: Type.String(),
      media_type: Type.String(),
      artifact_type: Type.String(),
      size: Type.Integer(),
      annotations: Annotations,
    }),
  ),
});
export type ReferrersBody = Static<typeof ReferrersBody>;
