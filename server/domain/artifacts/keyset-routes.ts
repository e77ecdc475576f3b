import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { project } from '../../access/route-access.ts';
import { presentKeyset, readKeysetRequest } from '../../http/paging.ts';
import { scopeOf } from '../../http/request-types.ts';
import { keysetBody, KeysetQuery, ProjectParams, refusals } from '../../lib/wire.ts';
import { ArtifactBody, NamedTagBody, RepositoryBody, TagBody } from './contract.ts';
import { artifactAt, decodeName } from './paths.ts';
import { presentArtifact, presentNamedTag, presentRepository, presentTag } from './present.ts';
import type { Records } from './records.ts';

const REPOSITORIES = '/projects/:project_name_or_id/repositories';
const ARTIFACTS = `${REPOSITORIES}/:repository_name/artifacts`;
const TAGS = `${REPOSITORIES}/:repository_name/tags`;
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
        return presentKeyset(page, presentRepository);
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
        return presentKeyset(page, (record) => presentArtifact(record));
      },
    );
    app.get(
      TAGS,
      {
        config: { access: project('tag:list') },
        schema: {
          operationId: 'browseRepositoryTags',
          tags: ['repository'],
          description: 'All tags of the repository, each with the artifact that it names',
          params: InRepository,
          querystring: KeysetQuery,
          response: { 200: keysetBody(NamedTagBody), ...refused },
        },
      },
      async (request) => {
        const at = { repository: decodeName(request.params.repository_name) };
        const page = await records.namedTagsAfter(scopeOf(request), at, readKeysetRequest(request.query));
        return presentKeyset(page, presentNamedTag);
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
        return presentKeyset(page, presentTag);
      },
    );
  };
}
