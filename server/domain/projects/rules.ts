import type { Principal } from '../../access/principal.ts';
import { AppError } from '../../lib/errors.ts';
import { notYet, readSeverity, refuseUnkept } from './metadata-rules.ts';

const NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const NAME_MAX = 255;

/** What a request to create or change a project says, before it is checked. */
export interface ProjectRequest {
  readonly name: string;
  /** The older way to say `metadata.public`. */
  readonly legacyPublic: boolean | null;
  /** Only the values that were given. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageLimitBytes: number | null;
  readonly registryId: number | null;
  readonly allowlistItems: number;
  /** The project that the allowlist says it belongs to. */
  readonly allowlistProjectId: number | null;
}

export interface NewProject {
  readonly name: string;
  readonly isPublic: boolean;
  /** Without `public`. */
  readonly metadata: Readonly<Record<string, string>>;
}

const refuse = (message: string): AppError => new AppError('bad_request', message);

/** Whether a project can be called so. Pure. */
export const isProjectName = (name: string): boolean => name.length <= NAME_MAX && NAME.test(name);

function checkName(name: string): void {
  if (!isProjectName(name)) {
    throw refuse(
      `project name ${JSON.stringify(name.slice(0, 80))}: use lower-case letters, digits and single . _ - between them, at most ${NAME_MAX} characters`,
    );
  }
}

/** The flag as given; undefined where nothing, or nothing but an empty text, was. */
function readFlag(request: ProjectRequest, key: string): boolean | undefined {
  const text = request.metadata[key];
  if (text === undefined || text === '') return undefined;
  if (text !== 'true' && text !== 'false')
    throw refuse(`metadata.${key} is "true" or "false", not ${JSON.stringify(text.slice(0, 80))}`);
  return text === 'true';
}

const readPublic = (request: ProjectRequest): boolean | undefined =>
  readFlag(request, 'public') ?? request.legacyPublic ?? undefined;

/** The other metadata that was given; '' asks for a key's default. */
function readMetadata(request: ProjectRequest): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(request.metadata)) {
    if (key === 'public') continue;
    if (key === 'allow_sparse') readFlag(request, key);
    else refuseUnkept(key, value);
    metadata[key] = key === 'severity' && value !== '' ? readSeverity(value) : value;
  }
  return metadata;
}

/** Throws `forbidden` for whom the setting `project_creation_restriction` keeps from making projects. */
export function refuseCreation(principal: Principal, restriction: 'everyone' | 'adminonly'): void {
  if (restriction === 'everyone' || (principal.kind === 'user' && principal.isAdmin)) return;
  throw new AppError(
    'forbidden',
    'only system administrators create projects here (project_creation_restriction): ask one for it',
  );
}

/** The project that a request asks for. Throws `bad_request` naming what cannot be accepted, `forbidden` for a proxy project. */
export function readNewProject(request: ProjectRequest, principal: Principal): NewProject {
  checkName(request.name);
  const isPublic = readPublic(request) ?? false;
  const given = Object.entries(readMetadata(request)).filter(([, value]) => value !== '');
  const limit = request.storageLimitBytes;
  if (limit !== null && limit !== 0 && limit !== -1) throw notYet(`storage_limit ${limit}`);
  if (request.registryId !== null && request.registryId !== 0) {
    if (principal.kind !== 'user' || !principal.isAdmin) {
      throw new AppError('forbidden', 'only a system administrator may create a proxy project');
    }
    throw notYet(`registry_id ${request.registryId}`);
  }
  if (request.allowlistItems > 0) throw notYet('cve_allowlist');
  return { name: request.name, isPublic, metadata: Object.fromEntries(given) };
}

/**
 * The metadata that a request sets, `public` among it; '' takes a key away, which is then at its default. Nothing else can
 * be changed: as Harbor does, a name, a limit or a registry in the request is not looked at. Throws `bad_request` naming
 * what cannot be accepted.
 */
export function readProjectChange(request: ProjectRequest, projectId: number): Record<string, string> {
  const { allowlistProjectId } = request;
  if (allowlistProjectId !== null && allowlistProjectId !== 0 && allowlistProjectId !== projectId)
    throw refuse(`cve_allowlist.project_id is ${allowlistProjectId}, but this is project ${projectId}`);
  if (request.allowlistItems > 0) throw notYet('cve_allowlist');
  const isPublic = readPublic(request);
  return { ...(isPublic === undefined ? {} : { public: String(isPublic) }), ...readMetadata(request) };
}
