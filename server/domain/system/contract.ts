import Type, { type Static } from 'typebox';
import { body, WireTime } from '../../lib/wire.ts';

/** Harbor's GeneralInfo; what follows `banner_message` only for who is signed in. */
export const GeneralInfoBody = Type.Object({
  auth_mode: Type.String(),
  primary_auth_mode: Type.Boolean(),
  self_registration: Type.Boolean(),
  banner_message: Type.String(),
  harbor_version: Type.Optional(Type.String()),
  registry_url: Type.Optional(Type.String()),
  external_url: Type.Optional(Type.String()),
  read_only: Type.Optional(Type.Boolean()),
  project_creation_restriction: Type.Optional(Type.String()),
  has_ca_root: Type.Optional(Type.Boolean()),
  registry_storage_provider_name: Type.Optional(Type.String()),
  notification_enable: Type.Optional(Type.Boolean()),
  current_time: Type.Optional(WireTime),
});
export type GeneralInfoBody = Static<typeof GeneralInfoBody>;

/** Harbor's SystemInfo. */
export const VolumesBody = Type.Object({
  storage: Type.Array(
    Type.Object({
      total: Type.Integer({ description: 'Bytes' }),
      free: Type.Integer({ description: 'Bytes that this server may still write' }),
    }),
  ),
});

export const VersionBody = Type.Object({ version: Type.String() });

export const IconParams = Type.Object({ digest: Type.String() });

/** Harbor's Icon. */
export const IconBody = Type.Object({
  'content-type': Type.String(),
  content: Type.String({ description: 'Base64' }),
});

/** Harbor's OverallHealthStatus. */
export const HealthBody = Type.Object({
  status: Type.String({ description: 'healthy or unhealthy' }),
  components: Type.Array(
    Type.Object({ name: Type.String(), status: Type.String(), error: Type.Optional(Type.String()) }),
  ),
});

/** Harbor's Statistic: counts for the caller, totals for a system administrator. */
export const StatisticBody = Type.Object({
  private_project_count: Type.Integer(),
  private_repo_count: Type.Integer(),
  public_project_count: Type.Integer(),
  public_repo_count: Type.Integer(),
  total_project_count: Type.Integer(),
  total_repo_count: Type.Integer(),
  total_storage_consumption: Type.Integer({ description: 'Bytes' }),
});
export type StatisticBody = Static<typeof StatisticBody>;

/** What the console asks for before it draws anything. */
export const BootBody = Type.Object({
  version: Type.String(),
  instance_name: Type.String(),
  registry_host: Type.String({ description: 'What clients type before the first slash' }),
  registry_scheme: Type.Union([Type.Literal('http'), Type.Literal('https')]),
  user: Type.Union([
    Type.Null(),
    Type.Object({ user_id: Type.Integer(), username: Type.String(), sysadmin: Type.Boolean() }),
  ]),
  signed_in_by: Type.Union([Type.Null(), Type.Literal('password'), Type.Literal('shell')]),
  first_run: Type.Object({ pending: Type.Boolean(), admin_password_set: Type.Boolean() }),
  desktop: Type.Boolean(),
  read_only: Type.Boolean({ description: 'Nothing can be pushed or changed' }),
  self_registration: Type.Boolean({ description: 'Whether strangers may make themselves an account' }),
  may_create_projects: Type.Boolean({ description: 'Whether the caller may' }),
  banner_message: Type.String({ description: "Harbor's JSON text, or empty" }),
});
export type BootBody = Static<typeof BootBody>;

/** Where the content lies and how much more fits there: our own API. */
export const StorageBody = Type.Object({
  driver: Type.String(),
  folder: Type.Union([Type.String(), Type.Null()], { description: 'Null where the storage has none' }),
  blob_bytes: Type.Integer({ description: 'Bytes of all blobs, each counted once' }),
  volume: Type.Union([
    Type.Null(),
    Type.Object({
      total: Type.Integer({ description: 'Bytes' }),
      free: Type.Integer({ description: 'Bytes that this server may still write' }),
      floor: Type.Integer({ description: 'Bytes that have to stay free: below, pushes are refused' }),
    }),
  ]),
  database: Type.Object({
    kind: Type.Union([Type.Literal('sqlite'), Type.Literal('postgres')]),
    version: Type.String(),
    bytes: Type.Integer(),
  }),
});
export type StorageBody = Static<typeof StorageBody>;

/** The certificate that is served. */
export const CertificateBody = Type.Object({
  file: Type.String(),
  names: Type.Array(Type.String(), { description: 'Host names and addresses that it is for' }),
  subject: Type.String(),
  issuer: Type.String(),
  valid_from: WireTime,
  valid_until: WireTime,
  fingerprint: Type.String({ description: 'SHA-256 of the certificate, hex with colons' }),
});
export type CertificateBody = Static<typeof CertificateBody>;

/** How this server is reached: our own API. */
export const NetworkBody = Type.Object({
  listen: Type.Array(Type.String(), { description: 'HOST:PORT; empty while it does not listen' }),
  external_url: Type.Union([Type.String(), Type.Null()], { description: 'As configured' }),
  origin: Type.String({ description: 'What clients use, by this very request' }),
  certificate: Type.Union([CertificateBody, Type.Null()]),
  has_ca_root: Type.Boolean(),
  trusted_proxies: Type.Array(Type.String()),
});
export type NetworkBody = Static<typeof NetworkBody>;

/** How this server does: our own API. */
export const ServerHealthBody = Type.Object({
  healthy: Type.Boolean(),
  components: Type.Array(
    Type.Object({
      name: Type.String(),
      healthy: Type.Boolean(),
      milliseconds: Type.Integer({ description: 'What its check took' }),
    }),
  ),
  version: Type.String(),
  harbor_version: Type.String({ description: "The version of Harbor's API that is spoken" }),
  node_version: Type.String(),
  platform: Type.String(),
  started_at: WireTime,
  memory_bytes: Type.Integer({ description: 'Resident memory of the process' }),
  loop_busy_percent: Type.Number({
    description: 'Share of time that the event loop had work since this was last asked',
  }),
});
export type ServerHealthBody = Static<typeof ServerHealthBody>;

export const FirstPassword = body({
  password: Type.Optional(Type.String({ description: 'Left out, one is made and returned once' })),
});

export const FirstPasswordBody = Type.Object({
  username: Type.String(),
  password: Type.Optional(Type.String()),
});

export const EventStreamQuery = Type.Object({
  after: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 999_999_999_999_999,
      description: 'Number of the last event seen, for a reader that cannot send Last-Event-ID',
    }),
  ),
});

export const EventStreamHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ description: 'Number of the last event seen' })),
});
