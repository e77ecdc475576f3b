import type { FastifyInstance } from 'fastify';
import { system } from '../../access/route-access.ts';
import { actorOf } from '../../http/actor.ts';
import '../../http/request-types.ts';
import { NoBody, refusals } from '../../lib/wire.ts';
import { ConfigurationsBody, ConfigurationsChange, SCAN_ALL_POLICY } from './contract.ts';
import type { Configuration } from './service.ts';

export interface ConfigurationRoutesDeps {
  readonly configuration: Configuration;
}

/** `/configurations`: what administrators set while the registry runs. */
export function configurationRoutes({
  configuration,
}: ConfigurationRoutesDeps): (app: FastifyInstance) => void {
  return (app) => {
    app.get(
      '/configurations',
      {
        config: { access: system('configuration:read') },
        schema: {
          operationId: 'getConfigurations',
          tags: ['configure'],
          response: { 200: ConfigurationsBody, ...refusals(401, 403) },
        },
      },
      async (): Promise<ConfigurationsBody> => ({
        ...(await configuration.list()),
        scan_all_policy: SCAN_ALL_POLICY,
      }),
    );

    app.put(
      '/configurations',
      {
        config: { access: system('configuration:update') },
        schema: {
          operationId: 'updateConfigurations',
          tags: ['configure'],
          body: ConfigurationsChange,
          response: { 200: NoBody, ...refusals(400, 401, 403, 422) },
        },
      },
      async (request, reply) => {
        await configuration.update(actorOf(request), request.body as Record<string, unknown>);
        return reply.code(200).send();
      },
    );
  };
}
