import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { readListRequest, setPageHeaders } from '../../http/paging.ts';
import { scopeOf } from '../../http/request-types.ts';
import { NoBody, refusals } from '../../lib/wire.ts';
import { ArtifactParams, TagBody, TagCreation, TagListQuery, TagParams } from './contract.ts';
import { ARTIFACT, artifactAt, named } from './paths.ts';
import { presentTag } from './present.ts';
import type { Records } from './records.ts';

const tags = ['artifact'];
const TAGS = `${ARTIFACT}/tags`;

/** The tags of an artifact. */
export function tagRoutes(records: Records): (instance: FastifyInstance) => void {
  return (instance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    app.get(
      TAGS,
      {
        config: named('tag:list'),
        schema: {
          operationId: 'listTags',
          tags,
          params: ArtifactParams,
          querystring: TagListQuery,
          response: { 200: Type.Array(TagBody), ...refusals(400, 401, 403, 404, 422) },
        },
      },
      async (request, reply) => {
        const asked = readListRequest(request.query);
        const page = await records.tags(scopeOf(request), artifactAt(request.params), asked);
        setPageHeaders(request, reply, page.total);
        return page.items.map(presentTag);
      },
    );
    app.post(
      TAGS,
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
      `${TAGS}/:tag_name`,
      {
        config: named('tag:delete'),
        schema: {
          operationId: 'deleteTag',
          tags,
          params: TagParams,
          response: { 200: NoBody, ...refusals(400, 401, 403, 404, 412) },
        },
      },
      async (request, reply) => {
        await records.deleteTag(scopeOf(request), artifactAt(request.params), request.params.tag_name);
        return reply.code(200).send();
      },
    );
  };
}
