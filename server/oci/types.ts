import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ProjectPermission } from '../access/permissions.ts';
import type { ProjectDirectory } from '../access/port.ts';
import type { Principal, TokenGrant } from '../access/principal.ts';
import type { ProjectScope } from '../access/scope.ts';
import type { BlobService, Listings, ManifestService, RepositoryMarks } from '../domain/artifacts/index.ts';
import type { Mark } from '../lib/freshness.ts';
import type { RepositoryName } from '../lib/reference.ts';
import type { HotReplies, HotReply } from './hot-replies.ts';
import type { OciPath } from './paths.ts';

/** Who sends a /v2 request. `grants` is what its token was issued for; Basic has none, and is limited by roles alone. */
export interface RegistryCaller {
  readonly principal: Principal;
  readonly grants: readonly TokenGrant[] | undefined;
  /** Until when that holds, in milliseconds since the epoch, if nothing changes before; zero: for this request only. */
  readonly untilMs: number;
}

export interface OciDeps {
  readonly blobs: BlobService;
  readonly manifests: ManifestService;
  readonly listings: Listings;
  readonly projects: ProjectDirectory;
  /** Reads Authorization; throws `unauthorized` for a wrong password or an ended token. */
  readonly authenticate: (request: FastifyRequest) => Promise<RegistryCaller>;
  /** Ids of projects that the caller may pull from: for the catalog. */
  readonly pullableProjects: (principal: Principal) => Promise<readonly number[] | 'all'>;
  readonly hotReplies: HotReplies;
  /** Fresh while nobody's rights have changed; taken before they are read. */
  readonly rights: () => Mark;
  readonly marks: RepositoryMarks;
  /** Scheme and host as the client uses them. */
  readonly originOf: (request: FastifyRequest) => string;
}

/** A request to a repository, after its access was decided. */
export interface OciRequest<P extends OciPath = OciPath> {
  readonly path: P;
  readonly name: RepositoryName;
  readonly scope: ProjectScope;
  readonly caller: RegistryCaller;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly deps: OciDeps;
  /** Offers the 200 that is about to be sent to {@link HotReplies}. */
  readonly keep: (kept: HotReply) => void;
}

export type TokenAction = 'pull' | 'push' | 'delete';

/** One operation: what it needs, and who does it. */
export interface OciOperation<K extends OciPath['kind'] = OciPath['kind']> {
  readonly permission: ProjectPermission;
  /** Actions that its challenge asks for, and that a token must have. */
  readonly actions: readonly TokenAction[];
  readonly handle: (request: OciRequest<Extract<OciPath, { kind: K }>>) => Promise<void>;
}
