import { call, callPage, harborApi } from './client.ts';
import { keys } from './keys.ts';
import { pagedQuery } from './paging.ts';
import type { Member } from './types.ts';

const path = (project: string): string => `${harborApi}/projects/${encodeURIComponent(project)}/members`;

export const memberListQuery = (project: string) =>
  pagedQuery<Member>(keys.members(project), (request, signal) =>
    callPage(path(project), { query: { ...request }, signal }),
  );

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
