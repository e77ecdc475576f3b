import { jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { decideProject, decideSystem } from '../access/decide.ts';
import type { ProjectDirectory } from '../access/port.ts';
import type { Principal, TokenGrant } from '../access/principal.ts';
import type { ProjectPermission } from '../access/permissions.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Ids } from '../lib/ids.ts';
import { parseRepositoryName } from '../lib/reference.ts';
import { TOKEN_ALGORITHM, type TokenKeys } from './keys.ts';

/** The service name in challenges and tokens. */
export const TOKEN_SERVICE = 'berth';
const ISSUER = 'berth-token-issuer';
export const TOKEN_TTL_SECONDS = 30 * 60;
const LEEWAY_SECONDS = 60;

/** Who holds a registry token, and what it was issued for. */
export interface TokenHolder {
  /** Zero for an anonymous token. */
  readonly userId: number;
  readonly grants: readonly TokenGrant[];
}

export interface TokenService {
  /** Signs a token for those of the scopes that the caller has now. */
  issue(
    principal: Principal,
    requested: readonly TokenGrant[],
  ): Promise<{ token: string; issuedAtMs: number }>;
  /** Reads a token; throws `unauthorized` when it is not ours, has ended or is broken. */
  verify(token: string): Promise<TokenHolder>;
}

export const ACTION_PERMISSION: Readonly<Record<string, ProjectPermission>> = {
  pull: 'repository:pull',
  push: 'repository:push',
  delete: 'artifact:delete',
};

/** What of a repository scope the caller may do now. */
async function cutRepository(
  projects: ProjectDirectory,
  principal: Principal,
  grant: TokenGrant,
): Promise<string[]> {
  let projectName: string;
  try {
    projectName = parseRepositoryName(grant.name).project;
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
  const project = await projects.findByName(projectName);
  if (!project) return [];
  const roles = principal.kind === 'user' ? await projects.rolesOf(principal.userId, project.id) : [];
  const wanted = grant.actions.includes('*') ? Object.keys(ACTION_PERMISSION) : grant.actions;
  return wanted.filter((action) => {
    const permission = ACTION_PERMISSION[action];
    return permission !== undefined && decideProject(principal, permission, { project, roles });
  });
}

async function cutGrant(
  projects: ProjectDirectory,
  principal: Principal,
  grant: TokenGrant,
): Promise<TokenGrant | undefined> {
  if (grant.type === 'registry') {
    const allowed = grant.name === 'catalog' && decideSystem(principal, 'catalog:read');
    return allowed ? { ...grant, actions: ['*'] } : undefined;
  }
  if (grant.type !== 'repository') return undefined;
  const actions = await cutRepository(projects, principal, grant);
  return actions.length > 0 ? { ...grant, actions } : undefined;
}

/** Tokens whose signature was checked lately: a client sends the same one with each of its requests. */
const VERIFIED_TOKENS = 2_000;

/** The distribution token specification: short-lived, signed, cut to what the caller may do. */
export function createTokenService(deps: {
  keys: TokenKeys;
  projects: ProjectDirectory;
  clock: Clock;
  ids: Ids;
}): TokenService {
  const { keys, clock } = deps;
  const verified = new LRUCache<string, TokenHolder & { readonly endsAtMs: number }>({
    max: VERIFIED_TOKENS,
  });
  return {
    async issue(principal, requested) {
      const access: TokenGrant[] = [];
      for (const grant of requested) {
        const cut = await cutGrant(deps.projects, principal, grant);
        if (cut) access.push(cut);
      }
      const issuedAtMs = clock.now();
      const seconds = Math.floor(issuedAtMs / 1000);
      const token = await new SignJWT({ access, uid: principal.kind === 'user' ? principal.userId : 0 })
        .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid: keys.kid, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(TOKEN_SERVICE)
        .setSubject(principal.kind === 'user' ? principal.username : '')
        .setIssuedAt(seconds)
        .setNotBefore(seconds)
        .setExpirationTime(seconds + TOKEN_TTL_SECONDS)
        .setJti(deps.ids.uuid())
        .sign(keys.privateKey);
      return { token, issuedAtMs };
    },
    async verify(token) {
      const known = verified.get(token);
      if (known && clock.now() < known.endsAtMs) return known;
      try {
        const { payload } = await jwtVerify(
          token,
          (header) => {
            const key = keys.publicKeys.get(header.kid ?? '');
            if (!key) throw new Error('unknown key');
            return key;
          },
          {
            issuer: ISSUER,
            audience: TOKEN_SERVICE,
            algorithms: [TOKEN_ALGORITHM],
            clockTolerance: LEEWAY_SECONDS,
            currentDate: new Date(clock.now()),
          },
        );
        // Signed by us, so its shape is ours.
        const holder = {
          userId: payload.uid as number,
          grants: payload.access as TokenGrant[],
          endsAtMs: ((payload.exp ?? 0) + LEEWAY_SECONDS) * 1000,
        };
        verified.set(token, holder);
        return holder;
      } catch (cause) {
        throw new AppError('unauthorized', 'the token has ended or is not of this registry: sign in again', {
          cause,
        });
      }
    },
  };
}
