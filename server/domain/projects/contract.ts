import Type, { type Static } from 'typebox';
import { body, ListQuery, mapOf, ProjectParams, WireTime } from '../../lib/wire.ts';

const OptionalText = Type.Optional(Type.Union([Type.String(), Type.Null()]));

/** Harbor's ProjectMetadata, where every value is a string; the last key is ours. */
const METADATA = {
  public: OptionalText,
  enable_content_trust: OptionalText,
  enable_content_trust_cosign: OptionalText,
  prevent_vul: OptionalText,
  severity: OptionalText,
  auto_scan: OptionalText,
  auto_sbom_generation: OptionalText,
  reuse_sys_cve_allowlist: OptionalText,
  retention_id: OptionalText,
  proxy_speed_kb: OptionalText,
  max_upstream_conn: OptionalText,
  proxy_cache_local_on_not_found: OptionalText,
  proxy_referrer_api: OptionalText,
  proxy_cache_filter_pattern: OptionalText,
  proxy_cache_filter_kind: OptionalText,
  allow_sparse: OptionalText,
} as const;
export const METADATA_KEYS = Object.keys(METADATA) as readonly (keyof typeof METADATA)[];

/** Harbor's Project. */
export const ProjectBody = Type.Object({
  project_id: Type.Integer(),
  owner_id: Type.Integer(),
  name: Type.String(),
  owner_name: Type.String(),
  creation_time: WireTime,
  update_time: WireTime,
  deleted: Type.Boolean(),
  current_user_role_id: Type.Optional(Type.Integer()),
  current_user_role_ids: Type.Array(Type.Integer()),
  repo_count: Type.Integer(),
  /** Empty: nothing is let through, since nothing is kept back. Harbor's console reads it unasked. */
  cve_allowlist: Type.Object({
    project_id: Type.Integer(),
    items: Type.Array(Type.Object({ cve_id: Type.String() })),
  }),
  metadata: Type.Object({
    public: Type.String(),
    ...Object.fromEntries(
      METADATA_KEYS.filter((key) => key !== 'public').map((key) => [key, Type.Optional(Type.String())]),
    ),
  }),
});
export type ProjectBody = Static<typeof ProjectBody>;

const Ignored = Type.Optional(Type.Unknown({ description: 'Taken, and not looked at' }));

/** Harbor's CVEAllowlist, of which only an empty one can be asked for; it says nothing then. */
const AllowlistRequest = body({
  id: Ignored,
  project_id: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  expires_at: Ignored,
  items: Type.Optional(Type.Union([Type.Array(body({ cve_id: Type.Optional(Type.String()) })), Type.Null()])),
  creation_time: Ignored,
  update_time: Ignored,
});

/** Harbor's ProjectReq: what creates a project, and what changes one. */
export const ProjectRequestBody = body({
  /** A project keeps its name: a change of it is not looked at. */
  project_name: Type.Optional(Type.String()),
  /** Of Harbor's first API; metadata.public wins. */
  public: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
  metadata: Type.Optional(Type.Union([body(METADATA), Type.Null()])),
  cve_allowlist: Type.Optional(Type.Union([AllowlistRequest, Type.Null()])),
  storage_limit: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  registry_id: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
});
export type ProjectRequestBody = Static<typeof ProjectRequestBody>;

export const ProjectListQuery = Type.Object({
  ...ListQuery.properties,
  name: Type.Optional(Type.String({ description: 'Part of the name' })),
  owner: Type.Optional(Type.String({ description: "The owner's username" })),
  public: Type.Optional(Type.Boolean()),
  with_detail: Type.Optional(
    Type.Boolean({ default: true, description: 'Accepted and ignored: details cost nothing here' }),
  ),
});

export const ProjectHeadQuery = Type.Object({ project_name: Type.String({ minLength: 1 }) });

/** Harbor's ProjectDeletable; a message where it is not. */
export const ProjectDeletableBody = Type.Object({
  deletable: Type.Boolean(),
  message: Type.Optional(Type.String()),
});
export type ProjectDeletableBody = Static<typeof ProjectDeletableBody>;

const Count = Type.Optional(Type.Integer({ description: 'Only for whom the members may be told' }));

/** Harbor's ProjectSummary; a quota and a registry come with their engines. */
export const ProjectSummaryBody = Type.Object({
  repo_count: Type.Integer(),
  project_admin_count: Count,
  maintainer_count: Count,
  developer_count: Count,
  guest_count: Count,
  limited_guest_count: Count,
});
export type ProjectSummaryBody = Static<typeof ProjectSummaryBody>;

/** Names and values of metadata, in requests exactly one. */
export const MetadataMap = mapOf(Type.String());

export const MetadataParams = Type.Object({
  ...ProjectParams.properties,
  meta_name: Type.String({ minLength: 1 }),
});

/** Read by `http/flag-header.ts`, which takes whatever Harbor's server takes. */
export const ProjectCreationHeaders = Type.Object({
  'X-Resource-Name-In-Location': Type.Optional(
    Type.String({ description: '"true" asks for the name in Location, not the id' }),
  ),
});
