import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { system } from '../../access/route-access.ts';
import { presentKeyset, readKeysetRequest } from '../../http/paging.ts';
import { keysetBody, KeysetQuery, refusals } from '../../lib/wire.ts';
import { UserBody } from './contract.ts';
import { presentUser } from './present.ts';
import type { Users } from './service.ts';

/** Our own list of users, from a place on. */
export function userKeysetRoutes(deps: { users: Users }): (instance: FastifyInstance) => void {
  return (instance) => {
    instance.withTypeProvider<TypeBoxTypeProvider>().get(
      '/users',
      {
        config: { access: system('user:list') },
        schema: {
          operationId: 'browseUsers',
          tags: ['user'],
          querystring: KeysetQuery,
          response: { 200: keysetBody(UserBody), ...refusals(400, 401, 403, 422) },
        },
      },
      async (request) => {
        const page = await deps.users.listAfter(readKeysetRequest(request.query));
        return presentKeyset(page, presentUser);
      },
    );
  };
}
