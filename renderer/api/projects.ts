import { queryOptions, useQuery } from '@tanstack/react-query';
import { berthApi, call, callPage, harborApi } from './client.ts';
import { hasStatus } from './errors.ts';
import { keys } from './keys.ts';
import { fuzzy, keysetQuery, type KeysetBody } from './paging.ts';
import { useBoot } from './session.ts';
import type { Permission, Project } from './types.ts';

export interface ProjectFilter {
  name?: string | undefined;
  visibility?: 'public' | 'private' | undefined;
  sort?: string | undefined;
}

const path = (project: string): string => `${harborApi}/projects/${encodeURIComponent(project)}`;

export const projectListQuery = (filter: ProjectFilter) =>
  keysetQuery<Project>(
    keys.projectList(filter),
    (request, signal) => {
      const { name, visibility, sort } = filter;
      const q = [name && `name=${fuzzy(name)}`, visibility && `public=${visibility === 'public'}`];
      const query = { ...request, q: q.filter(Boolean).join(','), sort };
      return call<KeysetBody<Project>>(`${berthApi}/projects`, { query, signal });
    },
    { counts: true },
  );

/** How many projects the caller sees, and whether one of the first hundred is the caller's to administer. */
export const projectCountQuery = queryOptions({
  queryKey: keys.projectCount,
  queryFn: async ({ signal }) => {
    const page = await callPage<Project>(`${harborApi}/projects`, {
      query: { page: 1, page_size: 100 },
      signal,
    });
    return {
      total: page.total,
      administers: page.items.some((project) => project.current_user_role_id === 1),
      names: page.items.map((project) => project.name),
    };
  },
});

export const projectQuery = (project: string) =>
  queryOptions({
    queryKey: keys.project(project),
    queryFn: ({ signal }) => call<Project>(path(project), { signal }),
  });

/** Creates a project. Throws ApiError 409 when the name is taken. */
export function createProject(name: string, isPublic: boolean): Promise<void> {
  return call(`${harborApi}/projects`, {
    method: 'POST',
    body: { project_name: name, metadata: { public: String(isPublic) } },
  });
}

/** Changes metadata of a project; what is left out stays. */
export function updateProject(project: string, metadata: Record<string, string>): Promise<void> {
  return call(path(project), { method: 'PUT', body: { metadata } });
}

/** Deletes an empty project. Throws ApiError 412 when it still holds repositories. */
export function deleteProject(project: string): Promise<void> {
  return call(path(project), { method: 'DELETE' });
}

export const isPublic = (project: Project): boolean => project.metadata?.public === 'true';

/** Same rule as the server's: Harbor's names, 1 to 255 characters. */
export const projectNamePattern = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/** Whether something may be done. While `loading` nothing is, and that says nothing yet. */
export interface Rights {
  (resource: string, action: string): boolean;
  readonly loading: boolean;
}

/**
 * What the caller may do in a project, as the server decides it. Nobody signed in means nothing beyond
 * reading a public project; while it loads, nothing is offered.
 */
export function useRights(projectId: number | undefined): Rights {
  const signedIn = useBoot().user !== null;
  const query = useQuery({
    queryKey: keys.permissions(projectId ?? 0),
    queryFn: ({ signal }) =>
      call<Permission[] | null>(`${harborApi}/users/current/permissions`, {
        query: { scope: `/project/${projectId}`, relative: true },
        signal,
      }).catch((error: unknown) => {
        if (hasStatus(error, 401)) return [];
        throw error;
      }),
    enabled: signedIn && projectId !== undefined,
  });
  // The project itself is "." in its own scope.
  const granted = new Set(
    query.data?.map(({ resource, action }) => `${resource === '.' ? 'project' : resource}:${action}`),
  );
  const may = (resource: string, action: string): boolean => granted.has(`${resource}:${action}`);
  return Object.assign(may, { loading: signedIn && query.isPending });
}
