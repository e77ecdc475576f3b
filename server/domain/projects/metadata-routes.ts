import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { project as projectAccess } from '../../access/route-access.ts';
import { scopeOf } from '../../http/request-types.ts';
import { NoBody, ProjectParams, refusals } from '../../lib/wire.ts';
import { MetadataMap, MetadataParams } from './contract.ts';
import type { ProjectMetadata } from './metadata-service.ts';

/** `/projects/{project_name_or_id}/metadatas/`, whose slash at the end is Harbor's. */
export function metadataRoutes(deps: { metadata: ProjectMetadata }): (instance: FastifyInstance) => void {
  return (instance) => {
    addCollection(instance, deps.metadata);
    addItem(instance, deps.metadata);
  };
}

const COLLECTION = '/projects/:project_name_or_id/metadatas/';
const ITEM = `${COLLECTION}:meta_name`;

function addCollection(instance: FastifyInstance, metadata: ProjectMetadata): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const common = { tags: ['projectMetadata'], params: ProjectParams };

  app.get(
    COLLECTION,
    {
      config: { access: projectAccess('metadata:list') },
      schema: {
        ...common,
        operationId: 'listProjectMetadatas',
        response: { 200: MetadataMap, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request) => metadata.list(scopeOf(request)),
  );

  app.post(
    COLLECTION,
    {
      config: { access: projectAccess('metadata:create') },
      schema: {
        ...common,
        operationId: 'addProjectMetadatas',
        body: MetadataMap,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 409, 422) },
      },
    },
    async (request, reply) => {
      await metadata.add(scopeOf(request), request.body);
      return reply.code(200).send();
    },
  );
}

function addItem(instance: FastifyInstance, metadata: ProjectMetadata): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const common = { tags: ['projectMetadata'], params: MetadataParams };

  app.get(
    ITEM,
    {
      config: { access: projectAccess('metadata:read') },
      schema: {
        ...common,
        operationId: 'getProjectMetadata',
        response: { 200: MetadataMap, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request) => metadata.get(scopeOf(request), request.params.meta_name),
  );

  app.put(
    ITEM,
    {
      config: { access: projectAccess('metadata:update') },
      schema: {
        ...common,
        operationId: 'updateProjectMetadata',
        body: MetadataMap,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      await metadata.update(scopeOf(request), request.params.meta_name, request.body);
      return reply.code(200).send();
    },
  );

  app.delete(
    ITEM,
    {
      config: { access: projectAccess('metadata:delete') },
      schema: {
        ...common,
        operationId: 'deleteProjectMetadata',
        response: { 200: NoBody, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      await metadata.delete(scopeOf(request), request.params.meta_name);
      return reply.code(200).send();
    },
  );
}
