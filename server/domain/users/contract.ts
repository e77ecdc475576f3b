import Type, { type Static } from 'typebox';
import { body, PageQuery, WireTime } from '../../lib/wire.ts';

/** Harbor's UserResp. */
export const UserBody = Type.Object({
  user_id: Type.Integer(),
  username: Type.String(),
  email: Type.String(),
  realname: Type.String(),
  comment: Type.String(),
  sysadmin_flag: Type.Boolean(),
  admin_role_in_auth: Type.Boolean(),
  creation_time: WireTime,
  update_time: WireTime,
});
export type UserBody = Static<typeof UserBody>;

/** Harbor's UserSearchRespItem. */
export const UserSearchItem = Type.Object({ user_id: Type.Integer(), username: Type.String() });

export const UserSearchQuery = Type.Object({
  ...PageQuery.properties,
  username: Type.String({ minLength: 1, description: 'Part of the name, in any case of its letters' }),
});

export const UserParams = Type.Object({
  user_id: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
});

/** Harbor's UserProfile. */
export const UserProfile = body({
  email: Type.Optional(Type.String()),
  realname: Type.Optional(Type.String()),
  comment: Type.Optional(Type.String({ description: 'Left out, it becomes empty, as in Harbor' })),
});

/** Harbor's UserSysAdminFlag. */
export const UserSysAdminFlag = body({
  sysadmin_flag: Type.Optional(Type.Boolean({ description: 'Left out, it is false, as in Harbor' })),
});

/** Harbor's PasswordReq. */
export const PasswordRequest = body({
  old_password: Type.Optional(Type.String({ description: "Needed to change one's own" })),
  new_password: Type.Optional(Type.String()),
});

/** Harbor's OIDCCliSecretReq. */
export const CliSecretRequest = body({ secret: Type.Optional(Type.String()) });

/** Harbor's UserCreationReq. What is missing or too long is refused by the service, with a sentence. */
export const UserCreation = body({
  username: Type.Optional(Type.String()),
  email: Type.Optional(Type.String()),
  realname: Type.Optional(Type.String()),
  comment: Type.Optional(Type.String()),
  password: Type.Optional(Type.String()),
});

/** Harbor's Permission: `resource` is relative to the asked scope, "." for the project itself. */
export const PermissionBody = Type.Object({ resource: Type.String(), action: Type.String() });

/** Harbor's Permissions: what a robot account can be given. */
export const PermissionsBody = Type.Object({
  system: Type.Optional(Type.Array(PermissionBody)),
  project: Type.Array(PermissionBody),
});
export type PermissionsBody = Static<typeof PermissionsBody>;

export const PermissionQuery = Type.Object({
  scope: Type.Optional(Type.String({ description: '/project/{id}' })),
  relative: Type.Optional(Type.Boolean({ default: false })),
});

/** A session of an account: our own API. */
export const SessionBody = Type.Object({
  id: Type.String(),
  current: Type.Boolean({ description: 'Whether the request that asks belongs to it' }),
  via: Type.Union([Type.Literal('password'), Type.Literal('shell')]),
  address: Type.String({ description: 'IP address of its sign-in' }),
  user_agent: Type.String({ description: 'User-Agent of its sign-in' }),
  creation_time: WireTime,
  last_used_time: WireTime,
  expiration_time: Type.String({ format: 'date-time', description: 'When it ends if nobody uses it' }),
});
export type SessionBody = Static<typeof SessionBody>;

export const SessionParams = Type.Object({ session_id: Type.String({ minLength: 1, maxLength: 64 }) });

export const UserSessionParams = Type.Object({ ...UserParams.properties, ...SessionParams.properties });

export const EndedSessionsBody = Type.Object({ ended: Type.Integer({ description: 'How many sessions' }) });
