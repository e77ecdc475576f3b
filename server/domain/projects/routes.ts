import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { ROLE_IDS } from '../../access/roles.ts';
import { open, project as projectAccess, signedIn } from '../../access/route-access.ts';
import { actorOf } from '../../http/actor.ts';
import { readFlag } from '../../http/flag-header.ts';
import { readListRequest, setPageHeaders } from '../../http/paging.ts';
import { scopeOf } from '../../http/request-types.ts';
import { notFound } from '../../lib/errors.ts';
import { NoBody, ProjectParams, refusals } from '../../lib/wire.ts';
import {
  METADATA_KEYS,
  ProjectCreationHeaders,
  ProjectBody,
  ProjectDeletableBody,
  ProjectRequestBody,
  ProjectHeadQuery,
  ProjectListQuery,
  ProjectSummaryBody,
} from './contract.ts';
import { metadataRoutes } from './metadata-routes.ts';
import type { ProjectMetadata } from './metadata-service.ts';
import { presentProject } from './present.ts';
import type { ProjectRequest } from './rules.ts';
import type { Projects, ProjectSummary } from './service.ts';
import type { ProjectFilter } from './store.ts';

export { projectKeysetRoutes } from './keyset-routes.ts';

function readRequest(body: ProjectRequestBody): ProjectRequest {
  const given = body.metadata ?? {};
  const metadata: Record<string, string> = {};
  for (const key of METADATA_KEYS) {
    const value = given[key];
    if (typeof value === 'string') metadata[key] = value;
  }
  return {
    name: body.project_name ?? '',
    legacyPublic: body.public ?? null,
    metadata,
    storageLimitBytes: body.storage_limit ?? null,
    registryId: body.registry_id ?? null,
    allowlistItems: body.cve_allowlist?.items?.length ?? 0,
    allowlistProjectId: body.cve_allowlist?.project_id ?? null,
  };
}

function readFilter(query: { name?: string; owner?: string; public?: boolean }): ProjectFilter {
  return {
    ...(query.name === undefined ? {} : { namePart: query.name }),
    ...(query.owner === undefined ? {} : { ownerName: query.owner }),
    ...(query.public === undefined ? {} : { isPublic: query.public }),
  };
}

function presentSummary({ repositoryCount, memberCounts }: ProjectSummary): ProjectSummaryBody {
  if (!memberCounts) return { repo_count: repositoryCount };
  return {
    repo_count: repositoryCount,
    project_admin_count: memberCounts.get(ROLE_IDS.projectAdmin) ?? 0,
    maintainer_count: memberCounts.get(ROLE_IDS.maintainer) ?? 0,
    developer_count: memberCounts.get(ROLE_IDS.developer) ?? 0,
    guest_count: memberCounts.get(ROLE_IDS.guest) ?? 0,
    limited_guest_count: memberCounts.get(ROLE_IDS.limitedGuest) ?? 0,
  };
}

/** `/projects` and `/projects/{project_name_or_id}`, with its metadata. */
export function projectRoutes(deps: {
  projects: Projects;
  metadata: ProjectMetadata;
}): (instance: FastifyInstance) => void {
  return (instance) => {
    addCollection(instance, deps.projects);
    addItem(instance, deps.projects);
    addFacts(instance, deps.projects);
    metadataRoutes(deps)(instance);
  };
}

function addCollection(instance: FastifyInstance, projects: Projects): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  // Before the GET, so that Fastify adds no HEAD of its own for the list.
  app.head(
    '/projects',
    {
      // An operation of Harbor, not the shadow of a GET: it stands in the OpenAPI document.
      config: { access: signedIn, swagger: { exposeHeadRoute: true } },
      schema: {
        operationId: 'headProject',
        tags: ['project'],
        querystring: ProjectHeadQuery,
        response: { 200: NoBody, ...refusals(400, 401, 404, 422) },
      },
    },
    async (request, reply) => {
      const { project_name: name } = request.query;
      if (!(await projects.findByName(name))) throw notFound('project', name);
      return reply.code(200).send();
    },
  );

  app.get(
    '/projects',
    {
      config: { access: open },
      schema: {
        operationId: 'listProjects',
        tags: ['project'],
        querystring: ProjectListQuery,
        response: { 200: Type.Array(ProjectBody), ...refusals(400, 422) },
      },
    },
    async (request, reply) => {
      const { query, principal } = request;
      const page = await projects.list({
        principal,
        filter: readFilter(query),
        request: readListRequest(query),
      });
      setPageHeaders(request, reply, page.total);
      return page.items.map(presentProject);
    },
  );

  app.post(
    '/projects',
    {
      config: { access: signedIn },
      schema: {
        operationId: 'createProject',
        tags: ['project'],
        headers: ProjectCreationHeaders,
        body: ProjectRequestBody,
        response: { 201: NoBody, ...refusals(400, 401, 403, 409, 422) },
      },
    },
    async (request, reply) => {
      const actor = actorOf(request);
      const created = await projects.create(actor, readRequest(request.body));
      const byName = readFlag(request, 'x-resource-name-in-location');
      return reply
        .header('Location', `/api/v2.0/projects/${byName ? created.name : created.id}`)
        .code(201)
        .send();
    },
  );
}

function addItem(instance: FastifyInstance, projects: Projects): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/projects/:project_name_or_id',
    {
      config: { access: projectAccess('project:read') },
      schema: {
        operationId: 'getProject',
        tags: ['project'],
        params: ProjectParams,
        response: { 200: ProjectBody, ...refusals(401, 403, 404) },
      },
    },
    async (request) => presentProject(await projects.get(scopeOf(request))),
  );

  app.put(
    '/projects/:project_name_or_id',
    {
      config: { access: projectAccess('project:update') },
      schema: {
        operationId: 'updateProject',
        tags: ['project'],
        params: ProjectParams,
        body: ProjectRequestBody,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 422) },
      },
    },
    async (request, reply) => {
      await projects.update(scopeOf(request), readRequest(request.body));
      return reply.code(200).send();
    },
  );

  app.delete(
    '/projects/:project_name_or_id',
    {
      config: { access: projectAccess('project:delete') },
      schema: {
        operationId: 'deleteProject',
        tags: ['project'],
        params: ProjectParams,
        response: { 200: NoBody, ...refusals(400, 401, 403, 404, 412) },
      },
    },
    async (request, reply) => {
      await projects.delete(scopeOf(request));
      return reply.code(200).send();
    },
  );
}

/** What the page of a project asks besides. */
function addFacts(instance: FastifyInstance, projects: Projects): void {
  const app = instance.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/projects/:project_name_or_id/_deletable',
    {
      config: { access: projectAccess('project:delete') },
      schema: {
        operationId: 'getProjectDeletable',
        tags: ['project'],
        params: ProjectParams,
        response: { 200: ProjectDeletableBody, ...refusals(401, 403, 404) },
      },
    },
    async (request) => {
      const { isDeletable, reason } = await projects.deletable(scopeOf(request));
      return { deletable: isDeletable, ...(reason === undefined ? {} : { message: reason }) };
    },
  );

  app.get(
    '/projects/:project_name_or_id/summary',
    {
      config: { access: projectAccess('project:read') },
      schema: {
        operationId: 'getProjectSummary',
        tags: ['project'],
        params: ProjectParams,
        response: { 200: ProjectSummaryBody, ...refusals(400, 401, 403, 404) },
      },
    },
    async (request) => presentSummary(await projects.summary(scopeOf(request))),
  );
}
