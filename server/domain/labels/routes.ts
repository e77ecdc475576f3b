import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { enterProject, enterSystem } from '../../access/enter.ts';
import type { ProjectDirectory } from '../../access/port.ts';
import { named, owned } from '../../access/route-access.ts';
import { actorOf } from '../../http/actor.ts';
import { readListRequest, setPageHeaders } from '../../http/paging.ts';
import { anyScopeOf } from '../../http/request-types.ts';
import { LabelBody, NoBody, refusals } from '../../lib/wire.ts';
import { LabelListQuery, LabelParams, LabelRequestBody } from './contract.ts';
import { presentLabel } from './present.ts';
import { readLabelProject, readLabelScope } from './rules.ts';
import type { Labels } from './service.ts';

interface LabelRoutesDeps {
  readonly labels: Labels;
  /** Roles and projects as access decides by them. */
  readonly directory: ProjectDirectory;
}

export { labelOwnRoutes } from './keyset-routes.ts';

/** `/labels`: those of the registry, and those of projects. */
export function labelRoutes(deps: LabelRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    addCollection(instance, deps);
    addItem(instance, deps.labels);
  };
}

function addCollection(instance: FastifyInstance, { labels, directory }: LabelRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/labels',
    {
      config: { access: named('label:list', { isOpen: true }) },
      schema: {
        operationId: 'ListLabels',
        tags: ['label'],
        querystring: LabelListQuery,
        response: { 200: Type.Array(LabelBody), ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const { name, scope, project_id: projectId, ...paging } = request.query;
      const asked = { request: readListRequest(paging), ...(name === undefined ? {} : { namePart: name }) };
      const isGlobal = readLabelScope(scope) === 'g';
      const of = isGlobal
        ? 'registry'
        : await enterProject(directory, actorOf(request), {
            projectId: readLabelProject(projectId),
            permission: 'label:list',
          });
      const page = await labels.list(of, asked);
      setPageHeaders(request, reply, page.total);
      return page.items.map(presentLabel);
    },
  );

  app.post(
    '/labels',
    {
      config: { access: named('label:create') },
      schema: {
        operationId: 'CreateLabel',
        tags: ['label'],
        body: LabelRequestBody,
        response: { 201: NoBody, ...refusals(400, 401, 403, 404, 409, 415, 422) },
      },
    },
    async (request, reply) => {
      const { scope: kind, project_id: projectId, ...text } = request.body;
      const actor = actorOf(request);
      const scope =
        readLabelScope(kind) === 'g'
          ? enterSystem(actor, 'label:create')
          : await enterProject(directory, actor, {
              projectId: readLabelProject(projectId),
              permission: 'label:create',
            });
      const id = await labels.create(scope, text);
      return reply.header('Location', `/api/v2.0/labels/${id}`).code(201).send();
    },
  );
}

function addItem(instance: FastifyInstance, labels: Labels): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const path = '/labels/:label_id';
  const common = { tags: ['label'], params: LabelParams };

  app.get(
    path,
    {
      config: { access: owned('label', 'label:read') },
      schema: {
        ...common,
        operationId: 'GetLabelByID',
        response: { 200: LabelBody, ...refusals(401, 403, 404, 422) },
      },
    },
    async (request) => presentLabel(await labels.get(anyScopeOf(request), request.params.label_id)),
  );

  app.put(
    path,
    {
      config: { access: owned('label', 'label:update') },
      schema: {
        ...common,
        operationId: 'UpdateLabel',
        body: LabelRequestBody,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      const { name, description, color } = request.body;
      const text = { name, description, color };
      await labels.update(anyScopeOf(request), request.params.label_id, text);
      return reply.code(200).send();
    },
  );

  app.delete(
    path,
    {
      config: { access: owned('label', 'label:delete') },
      schema: {
        ...common,
        operationId: 'DeleteLabel',
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      await labels.delete(anyScopeOf(request), request.params.label_id);
      return reply.code(200).send();
    },
  );
}
