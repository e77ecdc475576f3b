import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { open } from '../../access/route-access.ts';
import '../../http/request-types.ts';
import { refusals } from '../../lib/wire.ts';
import type { FoundRepository } from '../artifacts/index.ts';
import { presentProject, ProjectBody } from '../projects/index.ts';
import { SearchQuery, SearchRepositoryBody } from './contract.ts';
import type { Search } from './service.ts';

/** Harbor's Search. */
const SearchBody = Type.Object({
  project: Type.Array(ProjectBody),
  repository: Type.Array(SearchRepositoryBody),
});

function presentFound(row: FoundRepository): SearchRepositoryBody {
  return {
    project_id: row.project_id,
    project_name: row.project_name,
    project_public: row.project_public === 1,
    repository_name: row.full_name,
    pull_count: row.pull_count,
    artifact_count: row.artifact_count,
  };
}

/** `/search`: one field for projects and repositories. */
export function searchRoutes(deps: { search: Search }): (instance: FastifyInstance) => void {
  return (instance) => {
    instance.withTypeProvider<TypeBoxTypeProvider>().get(
      '/search',
      {
        config: { access: open },
        schema: {
          operationId: 'search',
          tags: ['search'],
          querystring: SearchQuery,
          response: { 200: SearchBody, ...refusals(400, 422) },
        },
      },
      async ({ principal, query }) => {
        const found = await deps.search.find(principal, query.q);
        return {
          project: found.projects.map(presentProject),
          repository: found.repositories.map(presentFound),
        };
      },
    );
  };
}
