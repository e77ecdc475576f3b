import type { Principal } from '../../access/principal.ts';
import type { FoundRepository, Listings } from '../artifacts/index.ts';
import type { Project, Projects } from '../projects/index.ts';

/** Projects, and repositories, that one search gives at most: for more there are their lists, by `q`. */
const MAX_FOUND = 100;

export interface Found {
  readonly projects: readonly Project[];
  readonly repositories: readonly FoundRepository[];
}

export interface Search {
  /** What the caller may see of that name, in any case of its letters, by name: the first hundred of each kind. */
  find(principal: Principal, text: string): Promise<Found>;
}

export function createSearch(deps: {
  projects: Pick<Projects, 'listAfter' | 'visibleIds'>;
  listings: Pick<Listings, 'search'>;
}): Search {
  return {
    async find(principal, text) {
      const ids = await deps.projects.visibleIds(principal);
      const request = { filters: [], sort: undefined, limit: MAX_FOUND, after: undefined };
      const [found, repositories] = await Promise.all([
        deps.projects.listAfter({ principal, filter: { namePart: text }, request }),
        deps.listings.search(ids, { text, limit: MAX_FOUND }),
      ]);
      return { projects: found.items, repositories };
    },
  };
}
