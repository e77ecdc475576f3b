import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { project as projectAccess } from '../../access/route-access.ts';
import { ROLE_NAMES } from '../../access/roles.ts';
import { readListRequest, setPageHeaders } from '../../http/paging.ts';
import { scopeOf } from '../../http/request-types.ts';
import { AppError } from '../../lib/errors.ts';
import { NoBody, ProjectParams, refusals } from '../../lib/wire.ts';
import { MemberBody, MemberCreation, MemberListQuery, MemberParams, RoleChange } from './contract.ts';
import type { Members, NewMember } from './service.ts';
import type { Member } from './store.ts';

function presentMember(member: Member): MemberBody {
  return {
    id: member.id,
    project_id: member.projectId,
    entity_name: member.username,
    entity_id: member.accountId,
    entity_type: 'u',
    role_id: member.role,
    role_name: ROLE_NAMES[member.role],
  };
}

function readNewMember(body: MemberCreation): NewMember {
  const { member_user: user, member_group: group } = body;
  if (group && Object.values(group).some((value) => value !== undefined && value !== '' && value !== 0)) {
    throw new AppError(
      'bad_request',
      'member_group: groups do not exist yet in this version, add the users one by one',
    );
  }
  return {
    roleId: body.role_id,
    ...(user?.user_id === undefined ? {} : { userId: user.user_id }),
    ...(user?.username === undefined ? {} : { username: user.username }),
  };
}

/** `/projects/{project_name_or_id}/members`. */
export function memberRoutes(deps: { members: Members }): (instance: FastifyInstance) => void {
  return (instance) => {
    addCollection(instance, deps.members);
    addItem(instance, deps.members);
  };
}

const COLLECTION = '/projects/:project_name_or_id/members';
const ITEM = `${COLLECTION}/:mid`;

function addCollection(instance: FastifyInstance, members: Members): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    COLLECTION,
    {
      config: { access: projectAccess('member:list') },
      schema: {
        operationId: 'listProjectMembers',
        tags: ['member'],
        params: ProjectParams,
        querystring: MemberListQuery,
        response: { 200: Type.Array(MemberBody), ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { entityname, ...paging } = request.query;
      const asked = {
        request: readListRequest(paging),
        ...(entityname === undefined ? {} : { namePart: entityname }),
      };
      const page = await members.list(scopeOf(request), asked);
      setPageHeaders(request, reply, page.total);
      return page.items.map(presentMember);
    },
  );

  app.post(
    COLLECTION,
    {
      config: { access: projectAccess('member:create') },
      schema: {
        operationId: 'createProjectMember',
        tags: ['member'],
        params: ProjectParams,
        body: MemberCreation,
        response: { 201: NoBody, ...refusals(400, 401, 403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const scope = scopeOf(request);
      const id = await members.add(scope, readNewMember(request.body));
      return reply.header('Location', `/api/v2.0/projects/${scope.projectId}/members/${id}`).code(201).send();
    },
  );
}

function addItem(instance: FastifyInstance, members: Members): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const common = { tags: ['member'], params: MemberParams };

  app.get(
    ITEM,
    {
      config: { access: projectAccess('member:read') },
      schema: {
        ...common,
        operationId: 'getProjectMember',
        response: { 200: MemberBody, ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request) => presentMember(await members.get(scopeOf(request), request.params.mid)),
  );

  app.put(
    ITEM,
    {
      config: { access: projectAccess('member:update') },
      schema: {
        ...common,
        operationId: 'updateProjectMember',
        body: RoleChange,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      await members.changeRole(scopeOf(request), request.params.mid, request.body.role_id);
      return reply.code(200).send();
    },
  );

  app.delete(
    ITEM,
    {
      config: { access: projectAccess('member:delete') },
      schema: {
        ...common,
        operationId: 'deleteProjectMember',
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      await members.remove(scopeOf(request), request.params.mid);
      return reply.code(200).send();
    },
  );
}
