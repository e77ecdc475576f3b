import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Principal } from '../../access/principal.ts';
import { open } from '../../access/route-access.ts';
import { readListRequest, setPageHeaders } from '../../http/paging.ts';
import { scopeOf } from '../../http/request-types.ts';
import { ListQuery, NoBody, refusals } from '../../lib/wire.ts';
import { RepositoriesParams, RepositoryBody, RepositoryChange, RepositoryParams } from './contract.ts';
import { decodeName, named } from './paths.ts';
import { presentRepository } from './present.ts';
import type { Records } from './records.ts';

export interface RepositoryRoutesDeps {
  readonly records: Records;
  /** The projects whose repositories the caller may list. */
  readonly listableProjects: (principal: Principal) => Promise<readonly number[] | 'all'>;
}

const tags = ['repository'];

function addLists(instance: FastifyInstance, { records, listableProjects }: RepositoryRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  app.get(
    '/repositories',
    {
      config: { access: open },
      schema: {
        operationId: 'listAllRepositories',
        tags,
        description: 'Repositories of every project that the caller may see',
        querystring: ListQuery,
        response: { 200: Type.Array(RepositoryBody), ...refusals(400, 422) },
      },
    },
    async (request, reply) => {
      const projects = await listableProjects(request.principal);
      const page = await records.allRepositories(projects, readListRequest(request.query));
      setPageHeaders(request, reply, page.total);
      return page.items.map(presentRepository);
    },
  );
  app.get(
    '/projects/:project_name/repositories',
    {
      config: named('repository:list'),
      schema: {
        operationId: 'listRepositories',
        tags,
        params: RepositoriesParams,
        querystring: ListQuery,
        response: { 200: Type.Array(RepositoryBody), ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const page = await records.repositories(scopeOf(request), readListRequest(request.query));
      setPageHeaders(request, reply, page.total);
      return page.items.map(presentRepository);
    },
  );
}

const REPOSITORY = '/projects/:project_name/repositories/:repository_name';
const at = (params: { repository_name: string }) => ({ repository: decodeName(params.repository_name) });

function addItem(instance: FastifyInstance, records: Records): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  app.get(
    REPOSITORY,
    {
      config: named('repository:read'),
      schema: {
        operationId: 'getRepository',
        tags,
        params: RepositoryParams,
        response: { 200: RepositoryBody, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request) => presentRepository(await records.repository(scopeOf(request), at(request.params))),
  );
  app.put(
    REPOSITORY,
    {
      config: named('repository:update'),
      schema: {
        operationId: 'updateRepository',
        tags,
        params: RepositoryParams,
        body: RepositoryChange,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      await records.describeRepository(scopeOf(request), at(request.params), request.body.description);
      return reply.code(200).send();
    },
  );
  app.delete(
    REPOSITORY,
    {
      config: named('repository:delete'),
      schema: {
        operationId: 'deleteRepository',
        tags,
        params: RepositoryParams,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 412) },
      },
    },
    async (request, reply) => {
      await records.deleteRepository(scopeOf(request), at(request.params));
      return reply.code(200).send();
    },
  );
}

/** `/repositories`, and those of one project. */
export function repositoryRoutes(deps: RepositoryRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    addLists(instance, deps);
    addItem(instance, deps.records);
  };
}
