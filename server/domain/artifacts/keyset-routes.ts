import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { project } from '../../access/route-access.ts';
import { readKeysetRequest } from '../../http/paging.ts';
import { scopeOf } from '../../http/request-types.ts';
import { keysetBody, KeysetQuery, ProjectParams, refusals } from '../../lib/wire.ts';
import { ArtifactBody, RepositoryBody, TagBody } from './contract.ts';
import { artifactAt, decodeName } from './paths.ts';
import { presentArtifact, presentRepository, presentTag } from './present.ts';
import type { Records } from './records.ts';

const REPOSITORIES = '/projects/:project_name_or_id/repositories';
const ARTIFACTS = `${REPOSITORIES}/:repository_name/artifacts`;
const InRepository = Type.Object({ ...ProjectParams.properties, repository_name: Type.String() });
const OfArtifact = Type.Object({ ...InRepository.properties, reference: Type.String() });
const refused = refusals(400, 401, 403, 404, 422);

/** Our own lists of repositories, artifacts and tags, from a place on. */
export function artifactKeysetRoutes(records: Records): (instance: FastifyInstance) => void {
  return (instance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();
    app.get(
      REPOSITORIES,
      {
        config: { access: project('repository:list') },
        schema: {
          operationId: 'browseRepositories',
          tags: ['repository'],
          params: ProjectParams,
          querystring: KeysetQuery,
          response: { 200: keysetBody(RepositoryBody), ...refused },
        },
      },
      async (request) => {
        const page = await records.repositoriesAfter(scopeOf(request), readKeysetRequest(request.query));
        return { items: page.items.map(presentRepository), next: page.next };
      },
    );
    app.get(
      ARTIFACTS,
      {
        config: { access: project('artifact:list') },
        schema: {
          operationId: 'browseArtifacts',
          tags: ['artifact'],
          params: InRepository,
          querystring: KeysetQuery,
          response: { 200: keysetBody(ArtifactBody), ...refused },
        },
      },
      async (request) => {
        const at = { repository: decodeName(request.params.repository_name) };
        const page = await records.artifactsAfter(scopeOf(request), at, readKeysetRequest(request.query));
        return { items: page.items.map((record) => presentArtifact(record)), next: page.next };
      },
    );
    app.get(
      `${ARTIFACTS}/:reference/tags`,
      {
        config: { access: project('tag:list') },
        schema: {
          operationId: 'browseTags',
          tags: ['artifact'],
          params: OfArtifact,
          querystring: KeysetQuery,
          response: { 200: keysetBody(TagBody), ...refused },
        },
      },
      async (request) => {
        const at = artifactAt(request.params);
        const page = await records.tagsAfter(scopeOf(request), at, readKeysetRequest(request.query));
        return { items: page.items.map(presentTag), next: page.next };
      },
    );
  };
}
