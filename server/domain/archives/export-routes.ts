import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { project } from '../../access/route-access.ts';
import { scopeOf } from '../../http/request-types.ts';
import { sendChunks } from '../../http/send-chunks.ts';
import { ProjectParams, refusals } from '../../lib/wire.ts';
import { artifactAt } from '../artifacts/index.ts';
import type { Exports } from './export.ts';

export interface ExportRoutesDeps {
  readonly exports: Exports;
  /** `scheme://host[:port]` that clients use. */
  readonly originOf: (request: FastifyRequest) => string;
}

const ExportParams = Type.Object({
  ...ProjectParams.properties,
  repository_name: Type.String(),
  reference: Type.String(),
});

/** An artifact as a file to carry; below /api/berth/v1. */
export function exportRoutes(deps: ExportRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    instance.withTypeProvider<TypeBoxTypeProvider>().get(
      '/projects/:project_name_or_id/repositories/:repository_name/artifacts/:reference/archive',
      {
        config: { access: project('repository:pull') },
        schema: {
          operationId: 'exportArtifact',
          tags: ['archive'],
          params: ExportParams,
          response: {
            200: Type.Unsafe<Buffer>({ type: 'string', format: 'binary', description: 'An OCI archive' }),
            ...refusals(400, 401, 403, 404, 412),
          },
        },
      },
      async (request, reply) => {
        const { host } = new URL(deps.originOf(request));
        const archive = await deps.exports.open(scopeOf(request), { ...artifactAt(request.params), host });
        reply
          .header('content-type', 'application/x-tar')
          .header('content-length', archive.sizeBytes)
          .header('content-disposition', `attachment; filename="${archive.fileName}"`)
          .header('cache-control', 'no-store');
        await sendChunks(reply, request.method === 'HEAD' ? [] : archive.read());
        return reply;
      },
    );
  };
}
