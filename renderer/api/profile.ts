import { queryOptions } from '@tanstack/react-query';
import { berthApi, call, harborApi } from './client.ts';
import { keys } from './keys.ts';
import type { Session, User } from './types.ts';

/** The account that is signed in. */
export const profileQuery = queryOptions({
  queryKey: keys.profile,
  queryFn: ({ signal }) => call<User>(`${harborApi}/users/current`, { signal }),
});

export interface ProfileChange {
  realname: string;
  email: string;
  comment: string;
}

/** Throws ApiError 409 when another account has the address. */
export function saveProfile(userId: number, profile: ProfileChange): Promise<void> {
  return call(`${harborApi}/users/${userId}`, { method: 'PUT', body: profile });
}

/**
 * Sets a password; for one's own the old one is needed. Ends the account's other sessions. Throws ApiError 403 when the
 * old one is wrong, 400 when the new one is too weak or the same.
 */
export function changePassword(
  userId: number,
  passwords: { old?: string | undefined; new: string },
): Promise<void> {
  const body = { old_password: passwords.old, new_password: passwords.new };
  return call(`${harborApi}/users/${userId}/password`, { method: 'PUT', body });
}

/** Whose sessions are meant: one's own, or those of an account by its id. */
export type SessionsOf = number | 'current';

const sessionsPath = (of: SessionsOf): string => `${berthApi}/users/${of}/sessions`;

/** The live sessions of an account, at most 100, the one used last first. */
export const sessionsQuery = (of: SessionsOf) =>
  queryOptions({
    queryKey: keys.sessions(of),
    queryFn: ({ signal }) => call<Session[]>(sessionsPath(of), { signal }),
  });

/** Throws ApiError 404 when it has ended already. */
export function endSession(of: SessionsOf, id: string): Promise<void> {
  return call(`${sessionsPath(of)}/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** Ends all sessions of the account but the one that asks; resolves to their number. */
export async function endOtherSessions(of: SessionsOf): Promise<number> {
  return (await call<{ ended: number }>(sessionsPath(of), { method: 'DELETE' })).ended;
}
