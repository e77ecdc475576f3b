import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { project } from '../../access/route-access.ts';
import { readListRequest, setPageHeaders } from '../../http/paging.ts';
import { scopeOf } from '../../http/request-types.ts';
import { AppError } from '../../lib/errors.ts';
import { ListQuery, NoBody, ProjectParams, refusals } from '../../lib/wire.ts';
import {
  ArtifactBody,
  ArtifactListQuery,
  ArtifactParams,
  ArtifactQuery,
  ContentBody,
  ReferrersBody,
  RepositoriesParams,
  RepositoryBody,
  RepositoryParams,
  TagBody,
  TagCreation,
  TagParams,
} from './contract.ts';
import {
  presentArtifact,
  presentContent,
  presentReferrers,
  presentRepository,
  presentTag,
} from './present.ts';
import type { Records } from './records.ts';

/** Harbor's clients encode a name with slashes twice; the router decodes once. */
function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AppError('bad_request', 'the repository name is not valid percent-encoding');
  }
}

const named = (permission: Parameters<typeof project>[0]) => ({
  access: project(permission, 'project_name'),
});

function repositoryRoutes(instance: FastifyInstance, records: Records): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const tags = ['repository'];
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
      const scope = scopeOf(request);
      const page = await records.repositories(scope, readListRequest(request.query));
      setPageHeaders(request, reply, page.total);
      return page.items.map((row) => presentRepository(scope, row));
    },
  );
  app.get(
    '/projects/:project_name/repositories/:repository_name',
    {
      config: named('repository:read'),
      schema: {
        operationId: 'getRepository',
        tags,
        params: RepositoryParams,
        response: { 200: RepositoryBody, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const scope = scopeOf(request);
      return presentRepository(
        scope,
        await records.repository(scope, { repository: decodeName(request.params.repository_name) }),
      );
    },
  );
  app.delete(
    '/projects/:project_name/repositories/:repository_name',
    {
      config: named('repository:delete'),
      schema: {
        operationId: 'deleteRepository',
        tags,
        params: RepositoryParams,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      await records.deleteRepository(scopeOf(request), {
        repository: decodeName(request.params.repository_name),
      });
      return reply.code(200).send();
    },
  );
}

const artifactAt = (params: { repository_name: string; reference: string }) => ({
  repository: decodeName(params.repository_name),
  reference: params.reference,
});

function artifactRoutes(instance: FastifyInstance, records: Records): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const tags = ['artifact'];
  app.get(
    '/projects/:project_name/repositories/:repository_name/artifacts',
    {
      config: named('artifact:list'),
      schema: {
        operationId: 'listArtifacts',
        tags,
        params: RepositoryParams,
        querystring: ArtifactListQuery,
        response: { 200: Type.Array(ArtifactBody), ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const at = { scope: scopeOf(request), repository: decodeName(request.params.repository_name) };
      const page = await records.artifacts(at.scope, at, readListRequest(request.query));
      setPageHeaders(request, reply, page.total);
      return page.items.map((record) => presentArtifact(at, record, request.query.with_tag !== false));
    },
  );
  app.get(
    '/projects/:project_name/repositories/:repository_name/artifacts/:reference',
    {
      config: named('artifact:read'),
      schema: {
        operationId: 'getArtifact',
        tags,
        params: ArtifactParams,
        querystring: ArtifactQuery,
        response: { 200: ArtifactBody, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const scope = scopeOf(request);
      const at = artifactAt(request.params);
      return presentArtifact(
        { scope, repository: at.repository },
        await records.artifact(scope, at),
        request.query.with_tag !== false,
      );
    },
  );
  app.delete(
    '/projects/:project_name/repositories/:repository_name/artifacts/:reference',
    {
      config: named('artifact:delete'),
      schema: {
        operationId: 'deleteArtifact',
        tags,
        params: ArtifactParams,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 412) },
      },
    },
    async (request, reply) => {
      await records.deleteArtifact(scopeOf(request), artifactAt(request.params));
      return reply.code(200).send();
    },
  );
}

function tagRoutes(instance: FastifyInstance, records: Records): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  const tags = ['artifact'];
  const path = '/projects/:project_name/repositories/:repository_name/artifacts/:reference/tags';
  app.get(
    path,
    {
      config: named('tag:list'),
      schema: {
        operationId: 'listTags',
        tags,
        params: ArtifactParams,
        querystring: ListQuery,
        response: { 200: Type.Array(TagBody), ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const page = await records.tags(
        scopeOf(request),
        artifactAt(request.params),
        readListRequest(request.query),
      );
      setPageHeaders(request, reply, page.total);
      return page.items.map(presentTag);
    },
  );
  app.post(
    path,
    {
      config: named('tag:create'),
      schema: {
        operationId: 'createTag',
        tags,
        params: ArtifactParams,
        body: TagCreation,
        response: { 201: NoBody, ...refusals(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      await records.createTag(scopeOf(request), artifactAt(request.params), request.body.name ?? '');
      return reply.code(201).send();
    },
  );
  app.delete(
    `${path}/:tag_name`,
    {
      config: named('tag:delete'),
      schema: {
        operationId: 'deleteTag',
        tags,
        params: TagParams,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      await records.deleteTag(scopeOf(request), artifactAt(request.params), request.params.tag_name);
      return reply.code(200).send();
    },
  );
}

/** Harbor's operations on repositories, artifacts and tags, below /api/v2.0. */
export function artifactApiRoutes(deps: { records: Records }): (instance: FastifyInstance) => void {
  return (instance) => {
    repositoryRoutes(instance, deps.records);
    artifactRoutes(instance, deps.records);
    tagRoutes(instance, deps.records);
  };
}

const OwnParams = Type.Object({
  ...ProjectParams.properties,
  repository_name: Type.String(),
  reference: Type.String(),
});

/** Our own operations, below /api/berth/v1: what the artifact page shows. */
export function artifactOwnRoutes(deps: { records: Records }): (instance: FastifyInstance) => void {
  return (instance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const path = '/projects/:project_name_or_id/repositories/:repository_name/artifacts/:reference';
    const config = { access: project('artifact:read') };
    app.get(
      `${path}/content`,
      {
        config,
        schema: {
          operationId: 'getArtifactContent',
          tags: ['artifact'],
          params: OwnParams,
          response: { 200: ContentBody, ...refusals(400, 401, 403, 404) },
        },
      },
      async (request) =>
        presentContent(await deps.records.content(scopeOf(request), artifactAt(request.params))),
    );
    app.get(
      `${path}/referrers`,
      {
        config,
        schema: {
          operationId: 'listArtifactReferrers',
          tags: ['artifact'],
          params: OwnParams,
          response: { 200: ReferrersBody, ...refusals(400, 401, 403, 404) },
        },
      },
      async (request) =>
        presentReferrers(await deps.records.referrers(scopeOf(request), artifactAt(request.params))),
    );
  };
}
