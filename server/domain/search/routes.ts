import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { open } from '../../access/route-access.ts';
import '../../http/request-types.ts';
import { refusals, writeTime } from '../../lib/wire.ts';
import type { FoundRepository } from '../artifacts/index.ts';
import { presentProject, ProjectBody } from '../projects/index.ts';
import { FindBody, FindQuery, SearchQuery, SearchRepositoryBody } from './contract.ts';
import type { FoundAnywhere, Search } from './service.ts';

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

function presentAnywhere(found: FoundAnywhere): FindBody {
  return {
    projects: found.projects.map((project) => ({
      project_id: project.id,
      name: project.name,
      public: project.isPublic,
      repository_count: project.repositoryCount,
    })),
    repositories: found.repositories.map((row) => ({
      project_name: row.project_name,
      name: row.name,
      artifact_count: row.listed_count,
      update_time: writeTime(row.updated_at),
    })),
    tags: found.tags.map(({ pushed_at, kind, ...row }) => ({
      ...row,
      type: kind,
      push_time: writeTime(pushed_at),
    })),
    artifacts: found.artifacts.map(({ pushed_at, kind, ...row }) => ({
      ...row,
      type: kind,
      push_time: writeTime(pushed_at),
    })),
    users: found.users.map((user) => ({
      username: user.username,
      realname: user.realname,
      sysadmin: user.isAdmin,
    })),
  };
}

/** Our own `/search`: what somebody who types may mean, a few of each kind. */
export function searchOwnRoutes(deps: { search: Search }): (instance: FastifyInstance) => void {
  return (instance) => {
    instance.withTypeProvider<TypeBoxTypeProvider>().get(
      '/search',
      {
        config: { access: open },
        schema: {
          operationId: 'findAnywhere',
          tags: ['search'],
          querystring: FindQuery,
          response: { 200: FindBody, ...refusals(400, 422) },
        },
      },
      async ({ principal, query }) => presentAnywhere(await deps.search.findAnywhere(principal, query.q)),
    );
  };
}
