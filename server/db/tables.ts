import type { Generated } from 'kysely';

/**
 * Every table, as Kysely sees it. Instants are milliseconds since the epoch; flags are 0 or 1 (better-sqlite3 binds no
 * booleans); JSON is text, read and written by `db/json.ts`, since PostgreSQL's jsonb and SQLite's text differ.
 */
export interface Tables {
  setting: { key: string; value: string };
  account: AccountTable;
  session: SessionTable;
  token_key: { kid: string; private_jwk: string; created_at: number };
  refresh_token: RefreshTokenTable;
  project: ProjectTable;
  project_metadata: { project_id: number; name: string; value: string };
  project_member: MemberTable;
  repository: RepositoryTable;
  blob: BlobTable;
  /** Bytes of all blobs, and artifacts that lists show, are the sums of its rows, which the database keeps itself. */
  storage_total: { shard: number; bytes: number; artifacts: Generated<number> };
  traffic: TrafficTable;
  /** Bytes of all blobs as they were when each day was last looked at. */
  storage_day: { starts_at: number; bytes: number };
  /** When each project was pushed to last; of projects that are gone as well. */
  project_push: { project_id: number; pushed_at: number };
  repository_blob: { repository_id: number; digest: string; linked_at: number };
  upload: UploadTable;
  archive_import: ArchiveImportTable;
  archive_part: ArchivePartTable;
  artifact: ArtifactTable;
  artifact_manifest: { artifact_id: number; bytes: Buffer };
  artifact_reference: ReferenceTable;
  tag: TagTable;
  label: LabelTable;
  artifact_label: { artifact_id: number; label_id: number };
  event: EventTable;
  job: JobTable;
  audit_log: AuditTable;
}

export type Flag = 0 | 1;

/** A person or the first administrator. Named "account" because "user" is a reserved word in SQL. */
export interface AccountTable {
  id: Generated<number>;
  username: string;
  email: string;
  realname: string;
  comment: string;
  /** PHC string (argon2id; of imported accounts pbkdf2-sha256), or null while no password was ever set. */
  password_hash: string | null;
  is_admin: Flag;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

export interface SessionTable {
  /** SHA-256 of the cookie's value, hex: a copy of the database signs nobody in. */
  id: string;
  account_id: number;
  via: 'password' | 'shell';
  csrf_secret: string;
  /** What people call it by; says nothing of the cookie. */
  public_id: string;
  user_agent: string;
  address: string;
  created_at: number;
  /** Its last request, not finer than a minute. */
  used_at: number;
  /** When it ends however much it is used. */
  expires_at: number;
}

export interface RefreshTokenTable {
  /** SHA-256 of the token, hex: a copy of the database signs nobody in. */
  id: string;
  account_id: number;
  service: string;
  /** SHA-256 of the account's stored password hash, hex: the token ends with the password that it was given for. */
  password_mark: string;
  created_at: number;
  /** Not finer than an hour. */
  used_at: number;
}

export interface ProjectTable {
  id: Generated<number>;
  name: string;
  owner_id: number;
  is_public: Flag;
  /** Kept by the database itself. */
  repository_count: Generated<number>;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

export interface MemberTable {
  id: Generated<number>;
  project_id: number;
  account_id: number;
  /** Harbor's role id: 1 project admin, 2 developer, 3 guest, 4 maintainer, 5 limited guest. */
  role_id: number;
  created_at: number;
}

export interface RepositoryTable {
  id: Generated<number>;
  project_id: number;
  /** Name without the project. */
  name: string;
  /** `project/name`: a project keeps its name while it holds repositories. */
  full_name: string;
  description: string;
  artifact_count: number;
  /** Artifacts that the list shows: kept by `listed-store.ts`. */
  listed_count: Generated<number>;
  pull_count: number;
  created_at: number;
  updated_at: number;
}

export interface BlobTable {
  digest: string;
  size_bytes: number;
  created_at: number;
  /** Moved by each HEAD that found it, so that a clean-up leaves what a client was just told exists. */
  seen_at: number;
}

/** What was pulled from and pushed to a project within an hour or a day (UTC). */
export interface TrafficTable {
  span: 'hour' | 'day';
  /** 0 stands for the whole registry. */
  project_id: number;
  starts_at: number;
  pulls: number;
  pushes: number;
}

export interface UploadTable {
  id: string;
  project_id: number;
  repository_name: string;
  account_id: number;
  created_at: number;
  active_at: number;
}

/** An archive of images that was sent, until the names of what is in it are confirmed. */
export interface ArchiveImportTable {
  id: string;
  project_id: number;
  account_id: number;
  /** As the sender called it; for people only. */
  file_name: string;
  /** JSON: the images found in it. */
  images: string;
  created_at: number;
  active_at: number;
}

/** What the images of such an archive need: a manifest with its bytes, or a blob. */
export interface ArchivePartTable {
  import_id: string;
  digest: string;
  size_bytes: number;
  /** The unfinished upload that holds a blob; null for a manifest, and for a blob that is in storage. */
  upload_id: string | null;
  media_type: string | null;
  bytes: Buffer | null;
}

export interface ArtifactTable {
  id: Generated<number>;
  project_id: number;
  repository_id: number;
  digest: string;
  /** Type of the manifest itself. */
  media_type: string;
  /** Type of its config (of an index: the manifest's). */
  config_media_type: string;
  /** The manifest's own artifactType, else its config's type. */
  artifact_type: string | null;
  /** What the referrers API answers; null for an index that names none. */
  referrer_type: string | null;
  /** Harbor's kind: IMAGE, CHART, ... */
  kind: string;
  subject_digest: string | null;
  /** What it belongs to as an accessory: its subject, or what cosign's tag names. Null for an artifact of its own. */
  accessory_subject: Generated<string | null>;
  /** Harbor's type of an accessory: `signature.cosign`, ... It stays when the subject goes, for its return. */
  accessory_type: Generated<string | null>;
  manifest_bytes: number;
  size_bytes: number;
  annotations: string;
  extra_attrs: string;
  tag_count: Generated<number>;
  /** It has a row of its own in the list of artifacts: kept by `listed-store.ts`. */
  is_listed: Generated<Flag>;
  pull_count: number;
  pushed_at: number;
  pulled_at: number | null;
}

export interface ReferenceTable {
  artifact_id: number;
  position: number;
  role: 'config' | 'layer' | 'child';
  digest: string;
  media_type: string;
  size_bytes: number;
  platform: string | null;
  annotations: string;
  urls: string;
}

export interface TagTable {
  id: Generated<number>;
  repository_id: number;
  artifact_id: number;
  name: string;
  pushed_at: number;
  pulled_at: number | null;
}

export interface LabelTable {
  id: Generated<number>;
  name: string;
  description: string;
  /** `#rgb`, `#rrggbb` or a word as it was given, or empty. */
  color: string;
  /** Of the whole registry ("g", without a project) or of one project ("p"). */
  scope: 'g' | 'p';
  project_id: number | null;
  created_at: number;
  updated_at: number;
}

export interface EventTable {
  id: Generated<number>;
  kind: string;
  project_id: number | null;
  payload: string;
  created_at: number;
  dispatched_at: number | null;
}

export interface JobTable {
  id: Generated<number>;
  kind: string;
  payload: string;
  state: 'pending' | 'running' | 'success' | 'error';
  /** At most one job has a given key: an event's subscriber, or a schedule and its fire time. */
  dedupe_key: string | null;
  run_at: number;
  attempts: number;
  lease_owner: string | null;
  lease_until: number | null;
  error: string | null;
  created_at: number;
  finished_at: number | null;
}

export interface AuditTable {
  id: Generated<number>;
  op_time: number;
  account_id: number | null;
  username: string;
  operation: string;
  resource: string;
  resource_type: string;
  description: string;
  succeeded: Flag;
  project_id: number | null;
  request_id: string;
  /** IP address of the client; empty for what the registry did by itself, and in rows of older versions. */
  address: Generated<string>;
  /** What was changed, as it was and as it became: JSON objects without secrets, cut where they are long. */
  before: Generated<string | null>;
  after: Generated<string | null>;
}
