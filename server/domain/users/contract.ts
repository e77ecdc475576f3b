import Type, { type Static } from 'typebox';
import { body, WireTime } from '../../lib/wire.ts';

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

export const PermissionQuery = Type.Object({
  scope: Type.Optional(Type.String({ description: '/project/{id}' })),
  relative: Type.Optional(Type.Boolean({ default: false })),
});
