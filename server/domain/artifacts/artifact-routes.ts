import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { project } from '../../access/route-access.ts';
import { readListRequest, setPageHeaders } from '../../http/paging.ts';
import { scopeOf } from '../../http/request-types.ts';
import { NoBody, ProjectParams, refusals } from '../../lib/wire.ts';
import {
  ArtifactBody,
  ArtifactListQuery,
  ArtifactParams,
  ArtifactQuery,
  CopyQuery,
  ProjectArtifactsQuery,
  RepositoryParams,
} from './contract.ts';
import { ARTIFACT, artifactAt, ARTIFACTS, decodeName, named } from './paths.ts';
import { presentArtifact } from './present.ts';
import type { Records, Wants } from './records.ts';

const tags = ['artifact'];

interface FlagQuery {
  readonly with_label?: boolean;
  readonly with_accessory?: boolean;
}
const wantsOf = (query: FlagQuery): Wants => ({
  labels: query.with_label === true,
  accessories: query.with_accessory === true,
});

function addLists(instance: FastifyInstance, records: Records): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  app.get(
    ARTIFACTS,
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
      const at = { repository: decodeName(request.params.repository_name) };
      const asked = { request: readListRequest(request.query), wants: wantsOf(request.query) };
      const page = await records.artifacts(scopeOf(request), at, asked);
      setPageHeaders(request, reply, page.total);
      return page.items.map((record) => presentArtifact(record, request.query.with_tag));
    },
  );
  app.get(
    '/projects/:project_name_or_id/artifacts',
    {
      config: { access: project('artifact:list') },
      schema: {
        operationId: 'listArtifactsOfProject',
        tags: ['project'],
        params: ProjectParams,
        querystring: ProjectArtifactsQuery,
        response: { 200: Type.Array(ArtifactBody), ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const page = await records.projectArtifacts(scopeOf(request), {
        request: readListRequest(request.query),
        isLatest: request.query.latest_in_repository === true,
        wants: wantsOf(request.query),
      });
      setPageHeaders(request, reply, page.total);
      return page.items.map((record) => presentArtifact(record, request.query.with_tag));
    },
  );
}

function addItem(instance: FastifyInstance, records: Records): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  app.get(
    ARTIFACT,
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
      const at = artifactAt(request.params);
      const record = await records.artifact(scopeOf(request), at, wantsOf(request.query));
      return presentArtifact(record, request.query.with_tag);
    },
  );
  app.delete(
    ARTIFACT,
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

function addCopy(instance: FastifyInstance, records: Records): void {
  instance.withTypeProvider<TypeBoxTypeProvider>().post(
    ARTIFACTS,
    {
      config: named('artifact:create'),
      schema: {
        operationId: 'CopyArtifact',
        tags,
        params: RepositoryParams,
        querystring: CopyQuery,
        response: { 201: NoBody, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const at = { repository: decodeName(request.params.repository_name) };
      const reference = await records.copyArtifact(scopeOf(request), at, request.query.from ?? '');
      const path = request.url.split('?', 1)[0]?.replace(/\/$/, '') ?? '';
      reply.header('location', `${path}/${reference}`);
      return reply.code(201).send();
    },
  );
}

/** A repository's artifacts, and those of a whole project. */
export function artifactRoutes(records: Records): (instance: FastifyInstance) => void {
  return (instance) => {
    addLists(instance, records);
    addItem(instance, records);
    addCopy(instance, records);
  };
}
