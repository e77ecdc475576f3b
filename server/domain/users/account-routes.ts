import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ownAccount, system } from '../../access/route-access.ts';
import { actorOf } from '../../http/actor.ts';
import '../../http/request-types.ts';
import { AppError } from '../../lib/errors.ts';
import { NoBody, refusals } from '../../lib/wire.ts';
import {
  CliSecretRequest,
  PasswordRequest,
  UserBody,
  UserParams,
  UserProfile,
  UserSysAdminFlag,
} from './contract.ts';
import { presentUser } from './present.ts';
import type { Users } from './service.ts';

export interface AccountRoutesDeps {
  readonly users: Users;
  readonly sessionOf: (request: FastifyRequest) => Promise<{ readonly publicId: string } | undefined>;
}

const ITEM = '/users/:user_id';
const common = { tags: ['user'], params: UserParams };

/** `/users/{user_id}` and what hangs on it. */
export function accountRoutes(deps: AccountRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    addProfile(instance, deps);
    addRemoval(instance, deps);
    addSecrets(instance, deps);
  };
}

function addProfile(instance: FastifyInstance, { users }: AccountRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    ITEM,
    {
      config: { access: ownAccount('user:read') },
      schema: {
        ...common,
        operationId: 'getUser',
        response: { 200: UserBody, ...refusals(401, 403, 404, 422) },
      },
    },
    async (request) => presentUser(await users.get(request.params.user_id)),
  );

  app.put(
    ITEM,
    {
      config: { access: ownAccount('user:update') },
      schema: {
        ...common,
        operationId: 'updateUserProfile',
        body: UserProfile,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      // Harbor's clients leave an empty comment out; it has no other way to be emptied.
      const { email, realname, comment = '' } = request.body;
      await users.updateProfile(actorOf(request), request.params.user_id, {
        ...(email === undefined ? {} : { email }),
        ...(realname === undefined ? {} : { realname }),
        comment,
      });
      return reply.code(200).send();
    },
  );
}

function addRemoval(instance: FastifyInstance, { users }: AccountRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.delete(
    ITEM,
    {
      config: { access: system('user:delete') },
      schema: {
        ...common,
        operationId: 'deleteUser',
        response: { 200: NoBody, ...refusals(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      await users.delete(actorOf(request), request.params.user_id);
      return reply.code(200).send();
    },
  );

  app.put(
    `${ITEM}/sysadmin`,
    {
      config: { access: system('user:update') },
      schema: {
        ...common,
        operationId: 'setUserSysAdmin',
        body: UserSysAdminFlag,
        response: { 200: NoBody, ...refusals(401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      // Harbor's clients leave a false flag out.
      const { sysadmin_flag: isAdmin = false } = request.body;
      await users.setAdmin(actorOf(request), request.params.user_id, isAdmin);
      return reply.code(200).send();
    },
  );
}

function addSecrets(instance: FastifyInstance, { users, sessionOf }: AccountRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.put(
    `${ITEM}/password`,
    {
      config: { access: ownAccount('user:update') },
      schema: {
        ...common,
        operationId: 'updateUserPassword',
        body: PasswordRequest,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 422, 429) },
      },
    },
    async (request, reply) => {
      const { principal, params, body } = request;
      const isBySession = principal.kind === 'user' && principal.via === 'session';
      await users.changePassword(actorOf(request), {
        userId: params.user_id,
        oldPassword: body.old_password ?? '',
        newPassword: body.new_password ?? '',
        keepSession: isBySession ? (await sessionOf(request))?.publicId : undefined,
      });
      return reply.code(200).send();
    },
  );

  app.put(
    `${ITEM}/cli_secret`,
    {
      config: { access: ownAccount('user:update') },
      schema: {
        ...common,
        operationId: 'setCliSecret',
        body: CliSecretRequest,
        response: { 200: NoBody, ...refusals(401, 403, 412, 422) },
      },
    },
    () => {
      throw new AppError(
        'precondition',
        'CLI secrets are for accounts that sign in by OIDC: here clients sign in with the password',
      );
    },
  );
}
