import { queryOptions } from '@tanstack/react-query';
import { call, callPage, harborApi } from './client.ts';
import { keys } from './keys.ts';
import { pagedQuery } from './paging.ts';
import type { Member } from './types.ts';

const path = (project: string): string => `${harborApi}/projects/${encodeURIComponent(project)}/members`;

export const memberListQuery = (project: string, filter: { name?: string | undefined } = {}) =>
  pagedQuery<Member>(keys.memberList(project, filter), (request, signal) =>
    callPage(path(project), { query: { ...request, entityname: filter.name }, signal }),
  );

/** Names of users that contain some words, ten at most. */
export const userNamesQuery = (words: string) =>
  queryOptions({
    queryKey: keys.userSearch(words),
    queryFn: async ({ signal }) => {
      const query = { username: words, page: 1, page_size: 10 };
      const page = await callPage<{ username: string }>(`${harborApi}/users/search`, { query, signal });
      return page.items.map(({ username }) => username);
    },
    enabled: words !== '',
  });

/** Throws ApiError 404 when no such user is known, 409 when it is a member already. */
export function addMember(project: string, username: string, roleId: number): Promise<void> {
  const body = { role_id: roleId, member_user: { username } };
  return call(path(project), { method: 'POST', body });
}

export function changeRole(project: string, memberId: number, roleId: number): Promise<void> {
  return call(`${path(project)}/${memberId}`, { method: 'PUT', body: { role_id: roleId } });
}

export function removeMember(project: string, memberId: number): Promise<void> {
  return call(`${path(project)}/${memberId}`, { method: 'DELETE' });
}

/** Harbor's role ids, the strongest first. */
export const roleIds = [1, 4, 2, 3, 5] as const;
