import { decodeProtectedHeader, jwtVerify, SignJWT, type CryptoKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { decideProject } from '../access/decide.ts';
import type { ProjectDirectory } from '../access/port.ts';
import type { Principal, TokenGrant } from '../access/principal.ts';
import type { ProjectPermission } from '../access/permissions.ts';
import type { RegistrySettings } from '../config/registry-settings.ts';
import type { Database } from '../db/database.ts';
import type { AuditTrail } from '../events/audit.ts';
import type { Clock } from '../lib/clock.ts';
import { AppError } from '../lib/errors.ts';
import type { Ids } from '../lib/ids.ts';
import { parseRepositoryName } from '../lib/reference.ts';
import { TOKEN_ALGORITHM, type TokenKeys } from './keys.ts';
import { createRefreshTokens, type RefreshTokens } from './refresh.ts';

/** The service name in challenges and tokens. */
export const TOKEN_SERVICE = 'berth';
const ISSUER = 'berth-token-issuer';
const LEEWAY_SECONDS = 60;

/** Who holds a registry token, and what it was issued for. */
export interface TokenHolder {
  /** Zero for an anonymous token. */
  readonly userId: number;
  readonly grants: readonly TokenGrant[];
  /** When it ends, in milliseconds since the epoch. */
  readonly untilMs: number;
}

export interface IssuedToken {
  readonly token: string;
  readonly issuedAtMs: number;
  /** How long it lasts. */
  readonly ttlSeconds: number;
  /** What of the request is in it. */
  readonly granted: readonly TokenGrant[];
}

export interface TokenService {
  readonly refresh: RefreshTokens;
  /** Signs a token for those of the scopes that the caller has now. */
  issue(principal: Principal, requested: readonly TokenGrant[]): Promise<IssuedToken>;
  /** Reads a token; throws `unauthorized` when it is not ours, has ended or is broken. */
  verify(token: string): Promise<TokenHolder>;
  /** Removes keys and refresh tokens that have ended. */
  purge(): Promise<void>;
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
    // Everybody may ask: the catalog lists what the caller may pull.
    return grant.name === 'catalog' ? { ...grant, actions: ['*'] } : undefined;
  }
  if (grant.type !== 'repository') return undefined;
  const actions = await cutRepository(projects, principal, grant);
  return actions.length > 0 ? { ...grant, actions } : undefined;
}

/** Tokens whose signature was checked lately: a client sends the same one with each of its requests. */
const VERIFIED_TOKENS = 2_000;

const refused = (cause?: unknown): AppError =>
  new AppError('unauthorized', 'the token has ended or is not of this registry: sign in again', { cause });

/** The key that the token says it is signed with. Throws `unauthorized` where that is none of ours. */
async function keyOf(keys: TokenKeys, token: string): Promise<CryptoKey> {
  let kid: string | undefined;
  try {
    kid = decodeProtectedHeader(token).kid;
  } catch (cause) {
    throw refused(cause);
  }
  const key = typeof kid === 'string' ? await keys.find(kid) : undefined;
  if (!key) throw refused();
  return key;
}

/** The distribution token specification: short-lived, signed, cut to what the caller may do. */
export function createTokenService(deps: {
  db: Database;
  keys: TokenKeys;
  projects: ProjectDirectory;
  clock: Clock;
  ids: Ids;
  settings: () => Pick<RegistrySettings, 'tokenExpirationMinutes'>;
  audit: AuditTrail;
}): TokenService {
  const { keys, clock } = deps;
  const refresh = createRefreshTokens(deps);
  const verified = new LRUCache<string, TokenHolder>({
    max: VERIFIED_TOKENS,
  });
  return {
    refresh,
    async issue(principal, requested) {
      const granted: TokenGrant[] = [];
      for (const grant of requested) {
        const cut = await cutGrant(deps.projects, principal, grant);
        if (cut) granted.push(cut);
      }
      const { kid, privateKey } = await keys.signing();
      const issuedAtMs = clock.now();
      const seconds = Math.floor(issuedAtMs / 1000);
      const ttlSeconds = deps.settings().tokenExpirationMinutes * 60;
      const token = await new SignJWT({
        access: granted,
        uid: principal.kind === 'user' ? principal.userId : 0,
      })
        .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setAudience(TOKEN_SERVICE)
        .setSubject(principal.kind === 'user' ? principal.username : '')
        .setIssuedAt(seconds)
        .setNotBefore(seconds)
        .setExpirationTime(seconds + ttlSeconds)
        .setJti(deps.ids.uuid())
        .sign(privateKey);
      return { token, issuedAtMs, ttlSeconds, granted };
    },
    async verify(token) {
      const known = verified.get(token);
      if (known && clock.now() < known.untilMs) return known;
      const key = await keyOf(keys, token);
      try {
        const { payload } = await jwtVerify(token, key, {
          issuer: ISSUER,
          audience: TOKEN_SERVICE,
          algorithms: [TOKEN_ALGORITHM],
          clockTolerance: LEEWAY_SECONDS,
          currentDate: new Date(clock.now()),
        });
        // Signed by us, so its shape is ours.
        const holder = {
          userId: payload.uid as number,
          grants: payload.access as TokenGrant[],
          untilMs: ((payload.exp ?? 0) + LEEWAY_SECONDS) * 1000,
        };
        verified.set(token, holder);
        return holder;
      } catch (cause) {
        throw refused(cause);
      }
    },
    async purge() {
      await refresh.purge();
      await keys.purge();
    },
  };
}
