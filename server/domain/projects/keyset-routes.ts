import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { open } from '../../access/route-access.ts';
import { presentKeyset, readKeysetRequest } from '../../http/paging.ts';
import '../../http/request-types.ts';
import { keysetBody, KeysetQuery, refusals } from '../../lib/wire.ts';
import { ProjectBody } from './contract.ts';
import { presentProject } from './present.ts';
import type { Projects } from './service.ts';

/** Our own list of projects, from a place on. */
export function projectKeysetRoutes(deps: { projects: Projects }): (instance: FastifyInstance) => void {
  return (instance) => {
    instance.withTypeProvider<TypeBoxTypeProvider>().get(
      '/projects',
      {
        config: { access: open },
        schema: {
          operationId: 'browseProjects',
          tags: ['project'],
          querystring: KeysetQuery,
          response: { 200: keysetBody(ProjectBody), ...refusals(400, 401, 422) },
        },
      },
      async ({ principal, query }) => {
        const page = await deps.projects.listAfter({
          principal,
          filter: {},
          request: readKeysetRequest(query),
        });
        return presentKeyset(page, presentProject);
      },
    );
  };
}
