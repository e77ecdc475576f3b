import type { Principal } from '../../access/principal.ts';
import type { FoundArtifact, FoundRepository, FoundTag, Listings } from '../artifacts/index.ts';
import type { Project, Projects } from '../projects/index.ts';
import type { User, Users } from '../users/index.ts';
import { rankByName } from './rank.ts';
import { readSearchWords, type SearchWords } from './read-query.ts';

/** Projects, and repositories, that one search gives at most: for more there are their lists, by `q`. */
const MAX_FOUND = 100;

export interface Found {
  readonly projects: readonly Project[];
  readonly repositories: readonly FoundRepository[];
}

/** Rows of each kind that somebody who types is shown, and among how many they are chosen. */
const SHOWN = 6;
const CHOSEN_AMONG = 30;

/** A few of everything that the caller may see. */
export interface FoundAnywhere {
  readonly projects: readonly Project[];
  readonly repositories: readonly FoundRepository[];
  readonly tags: readonly FoundTag[];
  readonly artifacts: readonly FoundArtifact[];
  readonly users: readonly User[];
}

export interface Search {
  /** What the caller may see of that name, in any case of its letters, by name: the first hundred of each kind. */
  find(principal: Principal, text: string): Promise<Found>;
  /**
   * What somebody who types this may mean: projects, repositories, tags and artifacts by name, image reference or digest,
   * and for administrators people. A few of each kind, the likeliest first; the work is bounded however short the text.
   */
  findAnywhere(principal: Principal, typed: string): Promise<FoundAnywhere>;
}

export function createSearch(deps: {
  projects: Pick<Projects, 'listAfter' | 'visibleIds'>;
  listings: Pick<Listings, 'search' | 'findTags' | 'findTagsIn' | 'findArtifacts'>;
  users: Pick<Users, 'listAfter'>;
}): Search {
  const { projects, listings, users } = deps;
  const first = (limit: number) => ({ filters: [], sort: undefined, limit, after: undefined });

  /** Repositories whose name has the words in it; of `project/name` also that one alone. */
  async function repositoriesNamed(
    ids: readonly number[] | 'all',
    words: string,
  ): Promise<FoundRepository[]> {
    if (words === '') return [];
    const found = await listings.search(ids, { text: words, limit: CHOSEN_AMONG });
    return rankByName(found, words, (row) => row.full_name);
  }

  /** What was typed, and the repositories of that name; without its host only where nothing is named so with it. */
  async function readTyped(
    ids: readonly number[] | 'all',
    typed: string,
  ): Promise<SearchWords & { repositories: FoundRepository[] }> {
    const [whole, withoutHost] = readSearchWords(typed);
    const repositories = await repositoriesNamed(ids, whole.words);
    if (repositories.length > 0 || !withoutHost) return { ...whole, repositories };
    return { ...withoutHost, repositories: await repositoriesNamed(ids, withoutHost.words) };
  }

  async function usersNamed(principal: Principal, words: string): Promise<readonly User[]> {
    if (words === '' || principal.kind !== 'user' || !principal.isAdmin) return [];
    const filters = [{ key: 'username', op: 'contains', value: words }] as const;
    const page = await users.listAfter({ ...first(CHOSEN_AMONG), filters });
    return rankByName(page.items, words, (user) => user.username).slice(0, SHOWN);
  }

  async function projectsNamed(principal: Principal, words: string): Promise<readonly Project[]> {
    if (words === '' || words.includes('/')) return [];
    const filter = { namePart: words };
    const page = await projects.listAfter({ principal, filter, request: first(CHOSEN_AMONG) });
    return rankByName(page.items, words, (project) => project.name).slice(0, SHOWN);
  }

  return {
    async findAnywhere(principal, typed) {
      const ids = await projects.visibleIds(principal);
      const { words, tag, inRepository, digest, repositories } = await readTyped(ids, typed);
      const [found, artifacts, people] = await Promise.all([
        inRepository ? [] : projectsNamed(principal, words),
        digest === undefined ? [] : listings.findArtifacts(ids, { begin: digest, limit: SHOWN }),
        inRepository ? [] : usersNamed(principal, words),
      ]);
      const shown = repositories.slice(0, SHOWN);
      const sought = { begin: tag ?? '', limit: SHOWN };
      const inThose = (): Promise<FoundTag[]> =>
        listings.findTagsIn(
          shown.map((row) => row.id),
          sought,
        );
      const tags = tag === undefined ? [] : await (inRepository ? inThose() : listings.findTags(ids, sought));
      return { projects: found, repositories: shown, tags, artifacts, users: people };
    },
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
