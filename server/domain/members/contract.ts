import Type, { type Static } from 'typebox';
import { body, PageQuery, ProjectParams } from '../../lib/wire.ts';

/** Harbor's ProjectMemberEntity; every member is a user ("u") until there are groups. */
export const MemberBody = Type.Object({
  id: Type.Integer(),
  project_id: Type.Integer(),
  entity_name: Type.String(),
  entity_id: Type.Integer(),
  entity_type: Type.String(),
  role_id: Type.Integer(),
  role_name: Type.String(),
});
export type MemberBody = Static<typeof MemberBody>;

const Id = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

/** Harbor's ProjectMember. */
export const MemberCreation = body({
  role_id: Type.Optional(Type.Integer()),
  member_user: Type.Optional(
    Type.Union([body({ user_id: Type.Optional(Id), username: Type.Optional(Type.String()) }), Type.Null()]),
  ),
  member_group: Type.Optional(
    Type.Union([
      body({
        id: Type.Optional(Type.Integer()),
        group_name: Type.Optional(Type.String()),
        group_type: Type.Optional(Type.Integer()),
        ldap_group_dn: Type.Optional(Type.String()),
      }),
      Type.Null(),
    ]),
  ),
});
export type MemberCreation = Static<typeof MemberCreation>;

/** Harbor's RoleRequest. */
export const RoleChange = body({ role_id: Type.Optional(Type.Integer()) });

export const MemberListQuery = Type.Object({
  ...PageQuery.properties,
  entityname: Type.Optional(Type.String({ description: "Part of the member's name" })),
});

export const MemberParams = Type.Object({
  ...ProjectParams.properties,
  mid: Id,
});
