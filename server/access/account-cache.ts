import { LRUCache } from 'lru-cache';
import type { Mark } from '../lib/freshness.ts';
import type { UserPrincipal } from './principal.ts';

const MAX_ACCOUNTS = 10_000;

/** Remembers accounts by id while `mark()`, taken before each lookup, stays fresh: every request of a token asks for one. */
export function cacheAccounts(
  mark: () => Mark,
  find: (userId: number) => Promise<UserPrincipal | undefined>,
): (userId: number) => Promise<UserPrincipal | undefined> {
  const accounts = new LRUCache<number, { readonly principal: UserPrincipal; readonly mark: Mark }>({
    max: MAX_ACCOUNTS,
  });
  return async (userId) => {
    const known = accounts.get(userId);
    if (known?.mark.fresh) return known.principal;
    const taken = mark();
    const principal = await find(userId);
    if (principal && taken.fresh) accounts.set(userId, { principal, mark: taken });
    return principal;
  };
}
