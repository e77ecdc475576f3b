import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { allowedInProject } from '../../access/decide.ts';
import type { ProjectDirectory } from '../../access/port.ts';
import type { Principal } from '../../access/principal.ts';
import { signedIn, system } from '../../access/route-access.ts';
import { readListRequest, setPageHeaders } from '../../http/paging.ts';
import '../../http/request-types.ts';
import { AppError } from '../../lib/errors.ts';
import { ListQuery, NoBody, refusals, writeTime } from '../../lib/wire.ts';
import { PermissionBody, PermissionQuery, UserBody, UserCreation } from './contract.ts';
import type { Users } from './service.ts';
import type { User } from './store.ts';

function presentUser(user: User): UserBody {
  return {
    user_id: user.id,
    username: user.username,
    email: user.email,
    realname: user.realname,
    comment: user.comment,
    sysadmin_flag: user.isAdmin,
    admin_role_in_auth: false,
    creation_time: writeTime(user.createdAtMs),
    update_time: writeTime(user.updatedAtMs),
  };
}

/** What the caller may do in the scope; Harbor answers an unknown scope with an empty list, not with a refusal. */
async function listPermissions(
  projects: ProjectDirectory,
  principal: Principal,
  query: { scope?: string; relative?: boolean },
): Promise<{ resource: string; action: string }[]> {
  const id = /^\/project\/(\d{1,15})$/.exec(query.scope ?? '')?.[1];
  const project = id === undefined ? undefined : await projects.findById(Number(id));
  if (!project) return [];
  const roles = principal.kind === 'user' ? await projects.rolesOf(principal.userId, project.id) : [];
  return allowedInProject(principal, { project, roles }).map((permission) => {
    const [resource = '', action = ''] = permission.split(':');
    // The project itself is "." relative to its own scope, as Go's filepath.Rel has it.
    if (query.relative) return { resource: resource === 'project' ? '.' : resource, action };
    return {
      resource: resource === 'project' ? `/project/${project.id}` : `/project/${project.id}/${resource}`,
      action,
    };
  });
}

/** `/users` and `/users/current`. */
export function userRoutes(deps: {
  users: Users;
  projects: ProjectDirectory;
}): (instance: FastifyInstance) => void {
  return (instance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      '/users/current',
      {
        config: { access: signedIn },
        schema: {
          operationId: 'getCurrentUserInfo',
          tags: ['user'],
          response: { 200: UserBody, ...refusals(401) },
        },
      },
      async (request) => {
        const { principal } = request;
        const user = principal.kind === 'user' ? await deps.users.findById(principal.userId) : undefined;
        if (!user) throw new AppError('unauthorized', 'sign in first: this account is gone');
        return presentUser(user);
      },
    );

    app.get(
      '/users/current/permissions',
      {
        config: { access: signedIn },
        schema: {
          operationId: 'getCurrentUserPermissions',
          tags: ['user'],
          querystring: PermissionQuery,
          response: { 200: Type.Array(PermissionBody), ...refusals(401) },
        },
      },
      (request) => listPermissions(deps.projects, request.principal, request.query),
    );

    app.get(
      '/users',
      {
        config: { access: system('user:list') },
        schema: {
          operationId: 'listUsers',
          tags: ['user'],
          querystring: ListQuery,
          response: { 200: Type.Array(UserBody), ...refusals(400, 401, 403, 422) },
        },
      },
      async (request, reply) => {
        const page = await deps.users.list(readListRequest(request.query));
        setPageHeaders(request, reply, page.total);
        return page.items.map(presentUser);
      },
    );

    app.post(
      '/users',
      {
        config: { access: system('user:create') },
        schema: {
          operationId: 'createUser',
          tags: ['user'],
          body: UserCreation,
          response: { 201: NoBody, ...refusals(400, 401, 403, 409, 422) },
        },
      },
      async (request, reply) => {
        const { username = '', email = '', realname = '', comment = '', password = '' } = request.body;
        const actor = { principal: request.principal, requestId: request.id };
        const id = await deps.users.create(actor, { username, email, realname, comment, password });
        return reply.header('Location', `/api/v2.0/users/${id}`).code(201).send();
      },
    );
  };
}
