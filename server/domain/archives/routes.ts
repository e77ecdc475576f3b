import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { project } from '../../access/route-access.ts';
import { bodyOf } from '../../http/raw-body.ts';
import { scopeOf } from '../../http/request-types.ts';
import { AppError, ERROR_TABLE } from '../../lib/errors.ts';
import { NoBody, ProjectParams, refusals, writeTime } from '../../lib/wire.ts';
import { ConfirmBody, ConfirmRequest, ImportBody, ImportParams, ImportQuery } from './contract.ts';
import { nameFor } from './names.ts';
import type { Archives, TargetOutcome } from './service.ts';
import type { ImportRow } from './store.ts';

export { exportRoutes } from './export-routes.ts';

const IMPORTS = '/projects/:project_name_or_id/imports';
const IMPORT = `${IMPORTS}/:import_id`;
const tags = ['archive'];
/** What browsers and curl name for such files; the bytes tell what they are. */
const TYPES = [
  'application/octet-stream',
  'application/x-tar',
  'application/gzip',
  'application/x-gzip',
  'application/zstd',
];

export interface ArchiveRoutesDeps {
  readonly archives: Archives;
  /** How long an import waits for its names, in milliseconds. */
  readonly uploadIdleMs: number;
}

const config = { access: project('repository:push') };

function present(row: ImportRow, at: { projectName: string; uploadIdleMs: number }): ImportBody {
  return {
    id: row.id,
    file_name: row.fileName,
    images: row.images.map((image) => ({
      digest: image.digest,
      media_type: image.mediaType,
      type: image.kind,
      size: image.sizeBytes,
      platforms: image.platforms.map(({ os, architecture, variant }) => ({
        os,
        architecture,
        ...(variant === undefined ? {} : { variant }),
      })),
      missing: image.missing,
      names: image.names.map((given) => ({ given, ...nameFor(at.projectName, given) })),
    })),
    creation_time: writeTime(row.createdAtMs),
    expiration_time: writeTime(row.activeAtMs + at.uploadIdleMs),
  };
}

function presentOutcome({ error, ...outcome }: TargetOutcome): ConfirmBody['outcomes'][number] {
  return {
    ...outcome,
    tags: [...outcome.tags],
    error: error ? { code: ERROR_TABLE[error.code].harbor, message: error.message } : null,
  };
}

/** The one route whose body is the file itself. */
function addReceive(instance: FastifyInstance, deps: ArchiveRoutesDeps): void {
  instance.register(async (scope) => {
    for (const type of TYPES)
      scope.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
    scope.withTypeProvider<TypeBoxTypeProvider>().post(
      IMPORTS,
      {
        config,
        schema: {
          operationId: 'receiveArchive',
          tags,
          params: ProjectParams,
          querystring: ImportQuery,
          consumes: TYPES,
          response: { 201: ImportBody, ...refusals(400, 401, 403, 404, 415, 422, 429) },
        },
      },
      async (request, reply) => {
        if (request.body !== request.raw)
          throw new AppError('unsupported_media_type', 'send the archive as application/octet-stream');
        const scopeOfRequest = scopeOf(request);
        const row = await deps.archives.receive(scopeOfRequest, {
          fileName: request.query.file_name ?? '',
          source: bodyOf(request),
        });
        return reply
          .code(201)
          .send(present(row, { projectName: scopeOfRequest.project.name, uploadIdleMs: deps.uploadIdleMs }));
      },
    );
  });
}

function addReads(instance: FastifyInstance, { archives, uploadIdleMs }: ArchiveRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  app.get(
    IMPORTS,
    {
      config,
      schema: {
        operationId: 'listImports',
        tags,
        params: ProjectParams,
        response: { 200: Type.Array(ImportBody), ...refusals(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const scope = scopeOf(request);
      const at = { projectName: scope.project.name, uploadIdleMs };
      return (await archives.list(scope)).map((row) => present(row, at));
    },
  );
  app.get(
    IMPORT,
    {
      config,
      schema: {
        operationId: 'getImport',
        tags,
        params: ImportParams,
        response: { 200: ImportBody, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request) => {
      const scope = scopeOf(request);
      const row = await archives.find(scope, request.params.import_id);
      return present(row, { projectName: scope.project.name, uploadIdleMs });
    },
  );
}

function addChanges(instance: FastifyInstance, { archives }: ArchiveRoutesDeps): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  app.post(
    `${IMPORT}/images`,
    {
      config,
      schema: {
        operationId: 'confirmImport',
        tags,
        params: ImportParams,
        body: ConfirmRequest,
        response: { 200: ConfirmBody, ...refusals(400, 401, 403, 404, 409, 422) },
      },
    },
    async (request) => {
      const { targets } = request.body;
      const outcomes = await archives.confirm(scopeOf(request), request.params.import_id, targets);
      return { outcomes: outcomes.map(presentOutcome) };
    },
  );
  app.delete(
    IMPORT,
    {
      config,
      schema: {
        operationId: 'cancelImport',
        tags,
        params: ImportParams,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 409) },
      },
    },
    async (request, reply) => {
      await archives.cancel(scopeOf(request), request.params.import_id);
      return reply.code(200).send();
    },
  );
}

/** Archives of images, sent here and written once their names are confirmed; below /api/berth/v1. */
export function archiveRoutes(deps: ArchiveRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    addReceive(instance, deps);
    addReads(instance, deps);
    addChanges(instance, deps);
  };
}
