import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { readListRequest, setPageHeaders } from '../../http/paging.ts';
import { scopeOf } from '../../http/request-types.ts';
import { AppError } from '../../lib/errors.ts';
import { ListQuery, NoBody, refusals } from '../../lib/wire.ts';
import { AccessoryBody, AdditionParams, ArtifactParams, LabelChoice, LabelParams } from './contract.ts';
import { ARTIFACT, artifactAt, named } from './paths.ts';
import { presentAccessory } from './present.ts';
import type { Records } from './records.ts';

const tags = ['artifact'];

function addAccessories(instance: FastifyInstance, records: Records): void {
  instance.withTypeProvider<TypeBoxTypeProvider>().get(
    `${ARTIFACT}/accessories`,
    {
      config: named('accessory:list'),
      schema: {
        operationId: 'listAccessories',
        tags,
        params: ArtifactParams,
        querystring: ListQuery,
        response: { 200: Type.Array(AccessoryBody), ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      const scope = scopeOf(request);
      const at = artifactAt(request.params);
      const { items, total, subject } = await records.accessories(scope, at, readListRequest(request.query));
      setPageHeaders(request, reply, total);
      const repositoryName = `${scope.project.name}/${at.repository}`;
      return items.map((row) => presentAccessory(row, { subject, repositoryName }));
    },
  );
}

function addAdditions(instance: FastifyInstance, records: Records): void {
  instance.withTypeProvider<TypeBoxTypeProvider>().get(
    `${ARTIFACT}/additions/:addition`,
    {
      config: named('artifact-addition:read'),
      schema: {
        operationId: 'getAddition',
        tags,
        params: AdditionParams,
        response: {
          200: Type.Unsafe<Buffer>({ type: 'string', description: 'As the artifact has it' }),
          ...refusals(400, 401, 403, 404, 422, 429),
        },
      },
    },
    async (request, reply) => {
      const at = artifactAt(request.params);
      const addition = await records.additions.read(scopeOf(request), at, request.params.addition);
      // Somebody pushed it: no browser shall take it for anything else.
      reply.header('x-content-type-options', 'nosniff').type(addition.contentType);
      return reply.send(addition.bytes);
    },
  );
}

function addLabels(instance: FastifyInstance, records: Records): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  app.post(
    `${ARTIFACT}/labels`,
    {
      config: named('artifact-label:create'),
      schema: {
        operationId: 'addLabel',
        tags,
        params: ArtifactParams,
        body: LabelChoice,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      const { id } = request.body;
      if (id === undefined || id === null)
        throw new AppError('not_found', 'the body names no label: give its id');
      await records.addLabel(scopeOf(request), artifactAt(request.params), id);
      return reply.code(200).send();
    },
  );
  app.delete(
    `${ARTIFACT}/labels/:label_id`,
    {
      config: named('artifact-label:delete'),
      schema: {
        operationId: 'removeLabel',
        tags,
        params: LabelParams,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request, reply) => {
      const { params } = request;
      await records.removeLabel(scopeOf(request), artifactAt(params), params.label_id);
      return reply.code(200).send();
    },
  );
}

/** What belongs to an artifact, what it tells of itself, and its labels. */
export function detailRoutes(records: Records): (instance: FastifyInstance) => void {
  return (instance) => {
    addAccessories(instance, records);
    addAdditions(instance, records);
    addLabels(instance, records);
  };
}
