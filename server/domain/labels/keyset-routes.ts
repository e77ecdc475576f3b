import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { enterSystem } from '../../access/enter.ts';
import { project, system } from '../../access/route-access.ts';
import { actorOf } from '../../http/actor.ts';
import { readKeysetRequest } from '../../http/paging.ts';
import { scopeOf } from '../../http/request-types.ts';
import { keysetBody, KeysetQuery, ProjectParams, refusals } from '../../lib/wire.ts';
import { UsedLabelBody } from './contract.ts';
import { presentLabel } from './present.ts';
import type { Labels } from './service.ts';
import type { UsedLabel } from './store.ts';

const presentUsed = (label: UsedLabel): UsedLabelBody => ({ ...presentLabel(label), uses: label.uses });

/** Our own lists of labels, from a place on and with their uses. */
export function labelOwnRoutes({ labels }: { labels: Labels }): (instance: FastifyInstance) => void {
  return (instance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const common = { tags: ['label'], querystring: KeysetQuery };

    app.get(
      '/projects/:project_name_or_id/labels',
      {
        config: { access: project('label:list') },
        schema: {
          ...common,
          operationId: 'browseProjectLabels',
          params: ProjectParams,
          response: { 200: keysetBody(UsedLabelBody), ...refusals(400, 401, 403, 404, 422) },
        },
      },
      async (request) => {
        const page = await labels.listAfter(scopeOf(request), readKeysetRequest(request.query));
        return { items: page.items.map(presentUsed), next: page.next };
      },
    );

    app.get(
      '/labels',
      {
        config: { access: system('label:read') },
        schema: {
          ...common,
          operationId: 'browseLabels',
          response: { 200: keysetBody(UsedLabelBody), ...refusals(400, 401, 403, 422) },
        },
      },
      async (request) => {
        const scope = enterSystem(actorOf(request), 'label:read');
        const page = await labels.listAfter(scope, readKeysetRequest(request.query));
        return { items: page.items.map(presentUsed), next: page.next };
      },
    );
  };
}
