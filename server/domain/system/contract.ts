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
});
export type BootBody = Static<typeof BootBody>;

export const FirstPassword = body({
  password: Type.Optional(Type.String({ description: 'Left out, one is made and returned once' })),
});

export const FirstPasswordBody = Type.Object({
  username: Type.String(),
  password: Type.Optional(Type.String()),
});

export const EventStreamHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({ description: 'Number of the last event seen' })),
});
