import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { ProjectDirectory } from '../../access/port.ts';
import { registration, signedIn, system } from '../../access/route-access.ts';
import { actorOf } from '../../http/actor.ts';
import { readListRequest, setPageHeaders } from '../../http/paging.ts';
import type { RateLimit } from '../../http/rate-limit.ts';
import '../../http/request-types.ts';
import { AppError } from '../../lib/errors.ts';
import { ListQuery, NoBody, refusals } from '../../lib/wire.ts';
import { accountRoutes } from './account-routes.ts';
import { UserBody, UserCreation, UserSearchItem, UserSearchQuery } from './contract.ts';
import { permissionRoutes } from './permission-routes.ts';
import { presentUser } from './present.ts';
import type { Users } from './service.ts';

export { userKeysetRoutes } from './keyset-routes.ts';

export interface UserRoutesDeps {
  readonly users: Users;
  readonly projects: ProjectDirectory;
  readonly members: { readonly administersAny: (accountId: number) => Promise<boolean> };
  /** Bounds how many accounts strangers make. */
  readonly registrations: RateLimit;
  /** The session that the request's cookie names. */
  readonly sessionOf: (request: FastifyRequest) => Promise<{ readonly publicId: string } | undefined>;
}

/** `/users` and all below it, and `/permissions`. */
export function userRoutes(deps: UserRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    addCurrent(instance, deps);
    addLists(instance, deps);
    addCreation(instance, deps);
    accountRoutes(deps)(instance);
    permissionRoutes({ projects: deps.projects, administersAny: deps.members.administersAny })(instance);
  };
}

function addCurrent(instance: FastifyInstance, { users }: UserRoutesDeps): void {
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
      const user = principal.kind === 'user' ? await users.findById(principal.userId) : undefined;
      if (!user) throw new AppError('unauthorized', 'sign in first: this account is gone');
      return presentUser(user);
    },
  );
}

function addLists(instance: FastifyInstance, { users }: UserRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

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
      const page = await users.list(readListRequest(request.query));
      setPageHeaders(request, reply, page.total);
      return page.items.map(presentUser);
    },
  );

  app.get(
    '/users/search',
    {
      config: { access: signedIn },
      schema: {
        operationId: 'searchUsers',
        tags: ['user'],
        querystring: UserSearchQuery,
        response: { 200: Type.Array(UserSearchItem), ...refusals(400, 401, 422) },
      },
    },
    async (request, reply) => {
      const { username, ...paging } = request.query;
      const page = await users.search(username, readListRequest(paging));
      setPageHeaders(request, reply, page.total);
      return page.items.map((user) => ({ user_id: user.id, username: user.username }));
    },
  );
}

function addCreation(instance: FastifyInstance, { users, registrations }: UserRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/users',
    {
      config: { access: registration },
      schema: {
        operationId: 'createUser',
        tags: ['user'],
        description:
          'By a system administrator; while self-registration is on, also by a browser without an account, with the X-Harbor-CSRF-Token of an earlier reply',
        body: UserCreation,
        response: { 201: NoBody, ...refusals(400, 401, 403, 409, 422, 429) },
      },
    },
    async (request, reply) => {
      const actor = actorOf(request);
      if (actor.principal.kind === 'anonymous') registrations.admit(actor.address);
      const { username = '', email = '', realname = '', comment = '', password = '' } = request.body;
      const id = await users.create(actor, { username, email, realname, comment, password });
      return reply.header('Location', `/api/v2.0/users/${id}`).code(201).send();
    },
  );
}
