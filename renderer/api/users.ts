import { call, callPage, harborApi } from './client.ts';
import { keys } from './keys.ts';
import { fuzzy, pagedQuery } from './paging.ts';
import type { NewUser, User } from './types.ts';

export const userListQuery = (filter: { name?: string | undefined }) =>
  pagedQuery<User>(keys.userList(filter), (request, signal) =>
    callPage(`${harborApi}/users`, {
      query: { ...request, q: filter.name && `username=${fuzzy(filter.name)}` },
      signal,
    }),
  );

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
