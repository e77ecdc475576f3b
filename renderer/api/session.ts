import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { berthApi, call } from './client.ts';
import { keys } from './keys.ts';
import type { Boot } from './types.ts';

export const bootQuery = queryOptions({
  queryKey: keys.boot,
  queryFn: ({ signal }) => call<Boot>(`${berthApi}/boot`, { signal }),
  staleTime: 60_000,
});

/** Who is signed in and where; the router has loaded it before any page shows. */
export function useBoot(): Boot {
  return useSuspenseQuery(bootQuery).data;
}

/** Signs in. Throws ApiError 401 when name and password do not match. */
export function signIn(principal: string, password: string): Promise<void> {
  return call('/c/login', { method: 'POST', form: { principal, password } });
}

export function signOut(): Promise<void> {
  return call('/c/log_out');
}

/** Sets the administrator's first password; without one the server makes one and returns it once. */
export function setAdminPassword(password?: string): Promise<{ username: string; password?: string }> {
  const body = password === undefined ? {} : { password };
  return call(`${berthApi}/first-run/admin-password`, { method: 'POST', body });
}

export function skipFirstRun(): Promise<void> {
  return call(`${berthApi}/first-run/skip`, { method: 'POST' });
}
