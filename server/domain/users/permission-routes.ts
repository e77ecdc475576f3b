import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { allowedInProject } from '../../access/decide.ts';
import type { ProjectDirectory } from '../../access/port.ts';
import type { Principal } from '../../access/principal.ts';
import { PROJECT_CATALOGUE, SYSTEM_CATALOGUE } from '../../access/robot-catalogue.ts';
import { signedIn } from '../../access/route-access.ts';
import '../../http/request-types.ts';
import { AppError } from '../../lib/errors.ts';
import { refusals } from '../../lib/wire.ts';
import { PermissionBody, PermissionQuery, PermissionsBody } from './contract.ts';

export interface PermissionRoutesDeps {
  readonly projects: ProjectDirectory;
  /** Whether the account is the administrator of any project. */
  readonly administersAny: (accountId: number) => Promise<boolean>;
}

/** What the caller may do in the scope; Harbor answers an unknown scope with an empty list, not with a refusal. */
async function listOwn(
  projects: ProjectDirectory,
  principal: Principal,
  query: { scope?: string; relative?: boolean },
): Promise<{ resource: string; action: string }[]> {
  const id = /^\/project\/(\d{1,15})$/.exec(query.scope ?? '')?.[1];
  const project = id === undefined ? undefined : await projects.findById(Number(id));
  if (!project) return [];
  const roles = principal.kind === 'user' ? await projects.rolesOf(principal.userId, project.id) : [];
  return allowedInProject(principal, { project, roles }).map((permission) => {
    const [resource = '', action = ''] = permission.split(':');
    // The project itself is "." relative to its own scope, as Go's filepath.Rel has it.
    if (query.relative) return { resource: resource === 'project' ? '.' : resource, action };
    return {
      resource: resource === 'project' ? `/project/${project.id}` : `/project/${project.id}/${resource}`,
      action,
    };
  });
}

async function readCatalogue(deps: PermissionRoutesDeps, principal: Principal): Promise<PermissionsBody> {
  const project = [...PROJECT_CATALOGUE];
  if (principal.kind === 'user' && principal.isAdmin) return { system: [...SYSTEM_CATALOGUE], project };
  if (principal.kind === 'user' && (await deps.administersAny(principal.userId))) return { project };
  throw new AppError('forbidden', 'only administrators, of the system or of a project, make robot accounts');
}

/** `/users/current/permissions` and `/permissions`. */
export function permissionRoutes(deps: PermissionRoutesDeps): (instance: FastifyInstance) => void {
  return (instance) => {
    const app = instance.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      '/users/current/permissions',
      {
        config: { access: signedIn },
        schema: {
          operationId: 'getCurrentUserPermissions',
          tags: ['user'],
          querystring: PermissionQuery,
          response: { 200: Type.Array(PermissionBody), ...refusals(401) },
        },
      },
      (request) => listOwn(deps.projects, request.principal, request.query),
    );

    app.get(
      '/permissions',
      {
        config: { access: signedIn },
        schema: {
          operationId: 'getPermissions',
          tags: ['permissions'],
          description:
            'What a robot account can be given; the project half alone to administrators of projects',
          response: { 200: PermissionsBody, ...refusals(401, 403) },
        },
      },
      (request) => readCatalogue(deps, request.principal),
    );
  };
}
