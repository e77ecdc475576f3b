import type { ProjectScope } from '../../access/scope.ts';
import type { Database } from '../../db/database.ts';
import type { Digest } from '../../lib/digest.ts';
import { AppError } from '../../lib/errors.ts';
import { listReferrers, listTagNames, type Referrer } from './artifact-store.ts';
import {
  findArtifacts,
  findTags,
  findTagsIn,
  type FoundArtifact,
  type FoundTag,
  type Sought,
} from './find-store.ts';
import { searchRepositories, type FoundRepository, type ProjectIds } from './repository-list-store.ts';
import { findRepository, listCatalog } from './repository-store.ts';

/** The protocol's own lists, in byte order, each page one query. */
export interface Listings {
  /** Tags after `last`; throws `name_unknown` when the repository is not there. */
  tags(scope: ProjectScope, at: { repository: string; last: string; limit: number }): Promise<string[]>;
  /** Manifests whose subject is the digest; empty for what is not there (OCI distribution spec, "Listing Referrers"). */
  referrers(
    scope: ProjectScope,
    at: {
      repository: string;
      subject: Digest;
      artifactType?: string | undefined;
      last: string;
      limit: number;
    },
  ): Promise<Referrer[]>;
  /** Repositories of those projects whose name contains the text, in any case of its letters; by name. */
  search(
    projects: ProjectIds,
    asked: { readonly text: string; readonly limit: number },
  ): Promise<FoundRepository[]>;
  /** Tags that begin so in these projects, by name, of one name the newest first; bounded, whoever may see them. */
  findTags(projects: ProjectIds, sought: Sought): Promise<FoundTag[]>;
  /** The same in these repositories, one after the other. */
  findTagsIn(repositoryIds: readonly number[], sought: Sought): Promise<FoundTag[]>;
  /** Artifacts whose digest (with its algorithm) begins so in these projects, the newest first. */
  findArtifacts(projects: ProjectIds, sought: Sought): Promise<FoundArtifact[]>;
  /** Full names of repositories after `last` in those projects. */
  catalog(page: { projectIds: readonly number[] | 'all'; last: string; limit: number }): Promise<string[]>;
}

export function createListings(deps: { db: Database }): Listings {
  const { read } = deps.db;
  return {
    async tags(scope, at) {
      const repository = await findRepository(read, scope, at.repository);
      if (!repository)
        throw new AppError('name_unknown', `repository ${scope.project.name}/${at.repository} is not here`);
      return listTagNames(read, repository.id, at);
    },
    async referrers(scope, at) {
      const repository = await findRepository(read, scope, at.repository);
      return repository ? listReferrers(read, repository.id, at) : [];
    },
    search: (projects, asked) => searchRepositories(read, projects, asked),
    findTags: (projects, sought) => findTags(read, projects, sought),
    findTagsIn: (ids, sought) => findTagsIn(read, ids, sought),
    findArtifacts: (projects, sought) => findArtifacts(read, projects, sought),
    catalog: (page) =>
      page.projectIds !== 'all' && page.projectIds.length === 0
        ? Promise.resolve([])
        : listCatalog(read, page),
  };
}
