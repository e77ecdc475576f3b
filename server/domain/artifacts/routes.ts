import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { project } from '../../access/route-access.ts';
import { scopeOf } from '../../http/request-types.ts';
import { ProjectParams, refusals } from '../../lib/wire.ts';
import { artifactRoutes } from './artifact-routes.ts';
import { ContentBody, DeletionAsked, DeletionPreviewBody, GraphBody } from './contract.ts';
import { detailRoutes } from './detail-routes.ts';
import { artifactKeysetRoutes } from './keyset-routes.ts';
import { artifactAt } from './paths.ts';
import { presentContent, presentGraph, presentPreview } from './present.ts';
import type { Records } from './records.ts';
import { repositoryRoutes, type RepositoryRoutesDeps } from './repository-routes.ts';
import { tagRoutes } from './tag-routes.ts';

/** Harbor's operations on repositories, artifacts and what they have, below /api/v2.0. */
export function artifactApiRoutes(deps: RepositoryRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    repositoryRoutes(deps)(instance);
    artifactRoutes(deps.records)(instance);
    tagRoutes(deps.records)(instance);
    detailRoutes(deps.records)(instance);
  };
}

const OwnParams = Type.Object({
  ...ProjectParams.properties,
  repository_name: Type.String(),
  reference: Type.String(),
});

const ONE = '/projects/:project_name_or_id/repositories/:repository_name/artifacts/:reference';

/** Our own operations, below /api/berth/v1: what the artifact page shows. */
export function artifactOwnRoutes(deps: { records: Records }): (instance: FastifyInstance) => void {
  return (instance) => {
    artifactKeysetRoutes(deps.records)(instance);
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    const config = { access: project('artifact:read') };
    app.get(
      `${ONE}/content`,
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
      `${ONE}/graph`,
      {
        config,
        schema: {
          operationId: 'getArtifactGraph',
          tags: ['artifact'],
          params: OwnParams,
          response: { 200: GraphBody, ...refusals(400, 401, 403, 404) },
        },
      },
      async (request) => presentGraph(await deps.records.graph(scopeOf(request), artifactAt(request.params))),
    );
    app.post(
      '/projects/:project_name_or_id/deletions/preview',
      {
        config: { access: project('artifact:delete') },
        schema: {
          operationId: 'previewDeletion',
          tags: ['artifact'],
          params: ProjectParams,
          body: DeletionAsked,
          response: { 200: DeletionPreviewBody, ...refusals(400, 401, 403, 404, 422) },
        },
      },
      async (request) => presentPreview(await deps.records.previewDeletion(scopeOf(request), request.body)),
    );
    addDocuments(instance, deps.records);
  };
}

/** The manifest and the config as they were pushed. */
function addDocuments(instance: FastifyInstance, records: Records): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();
  for (const what of ['manifest', 'config'] as const)
    app.get(
      `${ONE}/${what}`,
      {
        config: { access: project('artifact:read') },
        schema: {
          operationId: `getArtifact${what === 'manifest' ? 'Manifest' : 'Config'}`,
          tags: ['artifact'],
          params: OwnParams,
          response: {
            200: Type.Unsafe<Buffer>({ type: 'string', description: 'The very bytes that were pushed' }),
            ...refusals(400, 401, 403, 404, 422),
          },
        },
      },
      async (request, reply) => {
        const found = await records[what](scopeOf(request), artifactAt(request.params));
        const name = `${what}-${found.digest.slice(found.digest.indexOf(':') + 1).slice(0, 12)}.json`;
        // Somebody pushed it: a browser saves it, and takes it for nothing else.
        reply
          .header('x-content-type-options', 'nosniff')
          .header('content-disposition', `attachment; filename="${name}"`)
          .type('text/plain; charset=utf-8');
        return reply.send(found.bytes);
      },
    );
}
