import Type, { type Static } from 'typebox';
import { body, LabelBody, ListQuery, mapOf, PageQuery, WireTime } from '../../lib/wire.ts';

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

/** A tag with what a list shows of the artifact that it names. */
export const NamedTagBody = Type.Object({
  ...TagBody.properties,
  digest: Type.String(),
  size: Type.Integer(),
  type: Type.String(),
  manifest_media_type: Type.String(),
  artifact_tags: Type.Integer({ description: 'Tags that the artifact has, this one among them' }),
});
export type NamedTagBody = Static<typeof NamedTagBody>;

export const PlatformBody = Type.Object({
  architecture: Type.String(),
  os: Type.String(),
  variant: Type.Optional(Type.String()),
});

export type PlatformBody = Static<typeof PlatformBody>;

const Annotations = mapOf(Type.String());
const Anything = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true });

/** Harbor's Platform, with the quotes that its contract has around two of the names. */
const WirePlatform = Type.Object({
  ...PlatformBody.properties,
  "'os.version'": Type.Optional(Type.String()),
  "'os.features'": Type.Optional(Type.Array(Type.String())),
});

/** Harbor's Accessory: what belongs to an artifact. Its id is that of the artifact that it is. */
export const AccessoryBody = Type.Object({
  id: Type.Integer(),
  artifact_id: Type.Integer(),
  subject_artifact_id: Type.Integer(),
  subject_artifact_digest: Type.String(),
  subject_artifact_repo: Type.String(),
  size: Type.Integer(),
  digest: Type.String(),
  type: Type.String({
    description: 'signature.cosign, signature.notation, accelerator.nydus, sbom.harbor or subject.accessory',
  }),
  icon: Type.String(),
  creation_time: WireTime,
});
export type AccessoryBody = Static<typeof AccessoryBody>;

/** Where an addition is found. */
const AdditionLinkBody = Type.Object({ href: Type.String(), absolute: Type.Boolean() });

/** Lists that Harbor writes as null where they are empty, or nobody asked for them. */
const listOrNull = <T extends Type.TSchema>(items: T) => Type.Union([Type.Array(items), Type.Null()]);

/** Harbor's Reference: a child of an index. `child_id` is 0 when the child is not here. */
export const ReferenceBody = Type.Object({
  parent_id: Type.Integer(),
  child_id: Type.Integer(),
  child_digest: Type.String(),
  platform: Type.Optional(WirePlatform),
  annotations: Type.Optional(Annotations),
  urls: Type.Optional(Type.Array(Type.String())),
});

/** Harbor's Artifact, without what has no engine yet (scans, SBOMs that are made here, inherited accessories). */
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
  icon: Type.String({ description: 'Digest for GET /icons/{digest}' }),
  push_time: WireTime,
  pull_time: WireTime,
  extra_attrs: Anything,
  annotations: Annotations,
  references: listOrNull(ReferenceBody),
  tags: listOrNull(TagBody),
  addition_links: mapOf(AdditionLinkBody),
  labels: listOrNull(LabelBody),
  accessories: listOrNull(AccessoryBody),
});
export type ArtifactBody = Static<typeof ArtifactBody>;

const flag = (description: string, isOn = false) =>
  Type.Optional(Type.Boolean({ default: isOn, description }));

/** Harbor's `with_...`: what is shown beside the artifacts. */
const Flags = {
  with_tag: flag('Their tags', true),
  with_label: flag('Their labels'),
  with_accessory: flag('What belongs to them'),
  with_immutable_status: flag('Taken, and changes nothing: no tag is immutable yet'),
  with_scan_overview: flag('Taken, and changes nothing: nothing is scanned yet'),
  with_sbom_overview: flag('Taken, and changes nothing: no SBOM is made here yet'),
  with_inherited_accessory: flag('Taken, and changes nothing: what belongs to an index is shown with that'),
};

export const ArtifactListQuery = Type.Object({ ...ListQuery.properties, ...Flags });

export const ProjectArtifactsQuery = Type.Object({
  ...ArtifactListQuery.properties,
  latest_in_repository: flag('Only the newest of each repository; q names a media_type or an artifact_type'),
});

export const ArtifactQuery = Type.Object({
  // Harbor takes them here as well, where there is one artifact.
  ...PageQuery.properties,
  ...Flags,
  with_signature: flag('Taken, and changes nothing: signatures are accessories'),
});

export const TagListQuery = Type.Object({
  ...ListQuery.properties,
  with_immutable_status: Flags.with_immutable_status,
});

export const CopyQuery = Type.Object({
  from: Type.Optional(
    Type.String({ description: 'Needed: PROJECT/REPOSITORY:TAG or PROJECT/REPOSITORY@DIGEST' }),
  ),
});

const OptionalText = Type.Optional(Type.Union([Type.String(), Type.Null()]));

/** Harbor's Repository as a request: only its description counts; without one there is none from now on. */
export const RepositoryChange = body({ description: OptionalText });

/** Harbor's Tag as a request: only its name counts. */
export const TagCreation = body({ name: OptionalText });

const LabelId = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** Harbor's Label as a request: only its id counts. */
export const LabelChoice = body({ id: Type.Optional(Type.Union([LabelId, Type.Null()])) });

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
export const LabelParams = Type.Object({ ...ArtifactParams.properties, label_id: LabelId });
export const AdditionParams = Type.Object({
  ...ArtifactParams.properties,
  addition: Type.String({
    description: 'build_history, values.yaml, readme.md, dependencies, sbom, license or files; in any case',
  }),
});

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
  layers: Type.Array(
    Type.Object({
      ...LayerBody.properties,
      urls: Type.Array(Type.String()),
      stored: Type.Boolean(),
      shared_with: Type.Union([Type.Integer(), Type.Null()], {
        description:
          'Other artifacts of the project that have it; 1000 for more, null where they are too many to count',
      }),
    }),
  ),
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

/** An artifact amid what belongs to it and what it belongs to: our own operation. */
export const GraphBody = Type.Object({
  digest: Type.String(),
  pull_count: Type.Integer(),
  truncated: Type.Boolean({ description: 'More belongs to it than is told here' }),
  nodes: Type.Array(
    Type.Object({
      digest: Type.String(),
      media_type: Type.String(),
      artifact_type: Type.String(),
      kind: Type.String({ description: 'IMAGE, CHART, ...; empty for what is not here' }),
      size: Type.Integer(),
      stored: Type.Boolean(),
      platform: Type.Optional(PlatformBody),
      predicate_types: Type.Array(Type.String(), { description: 'What attestations state (in-toto)' }),
    }),
  ),
  edges: Type.Array(
    Type.Object({
      from: Type.String(),
      to: Type.String(),
      kind: Type.Union([Type.Literal('lists'), Type.Literal('refers')]),
    }),
  ),
});
export type GraphBody = Static<typeof GraphBody>;

const DeletionNames = Type.Array(Type.String({ maxLength: 300 }), { minItems: 1, maxItems: 100 });
/** What somebody wants to delete: artifacts of one repository by their digests, or repositories by their names in the project. */
export const DeletionAsked = Type.Union([
  body({ repository: Type.String({ maxLength: 300 }), digests: DeletionNames }),
  body({ repositories: DeletionNames }),
]);

export const DeletionPreviewBody = Type.Object({
  items: Type.Array(
    Type.Object({
      name: Type.String({ description: 'The digest or the repository, as asked' }),
      stays: Type.Optional(Type.String({ description: 'Why it cannot be deleted; absent where it goes' })),
      artifacts: Type.Integer({ description: 'Artifacts that go with it, itself among them' }),
      accessories: Type.Optional(Type.Integer({ description: 'Of these, what belongs to another artifact' })),
      tags: Type.Integer(),
    }),
  ),
  freed_bytes: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Bytes that a clean-up makes free; null where they are too many to add up',
  }),
  shared_bytes: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Bytes that stay, since something else uses them too',
  }),
});
export type DeletionPreviewBody = Static<typeof DeletionPreviewBody>;
