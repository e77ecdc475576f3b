import { queryOptions } from '@tanstack/react-query';
import { berthApi, call, harborApi } from './client.ts';
import { keys } from './keys.ts';
import { fuzzy, keysetQuery, type KeysetBody } from './paging.ts';
import type { NewUser, User } from './types.ts';

export interface UserFilter {
  /** Part of the user name or of the email. */
  words?: string | undefined;
  rights?: 'admin' | 'ordinary' | undefined;
  sort?: string | undefined;
}

/** Everybody with an account, by name unless sorted otherwise. */
export const userListQuery = (filter: UserFilter) =>
  keysetQuery<User>(
    keys.userList(filter),
    (request, signal) =>
      call<KeysetBody<User>>(`${berthApi}/users`, {
        query: { ...request, q: userWords(filter), sort: filter.sort },
        signal,
      }),
    { counts: true },
  );

function userWords({ words, rights }: UserFilter): string | undefined {
  const parts = [
    words && `username_or_email=${fuzzy(words)}`,
    rights && `sysadmin_flag=${String(rights === 'admin')}`,
  ];
  return parts.filter(Boolean).join(',') || undefined;
}

/** One account by its id, for a link to it. */
export const userQuery = (id: number) =>
  queryOptions({
    queryKey: keys.user(id),
    queryFn: ({ signal }) => call<User>(`${harborApi}/users/${id}`, { signal }),
  });

/** Throws ApiError 403 for the last administrator. */
export function setAdmin(id: number, isAdmin: boolean): Promise<void> {
  return call(`${harborApi}/users/${id}/sysadmin`, { method: 'PUT', body: { sysadmin_flag: isAdmin } });
}

/** Removes the account and ends its memberships and sessions. Throws ApiError 403 for oneself. */
export function deleteUser(id: number): Promise<void> {
  return call(`${harborApi}/users/${id}`, { method: 'DELETE' });
}

/** Throws ApiError 409 when the name or the address is taken, 400 when the password is too weak. */
export function createUser(user: NewUser): Promise<void> {
  return call(`${harborApi}/users`, { method: 'POST', body: user });
}

/** Harbor's rule: 8 to 128 characters with an upper-case letter, a lower-case letter and a digit. */
export function isGoodPassword(password: string): boolean {
  const { length } = password;
  return (
    length >= 8 && length <= 128 && /[A-Z]/.test(password) && /[a-z]/.test(password) && /\d/.test(password)
  );
}
