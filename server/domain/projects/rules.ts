import type { Principal } from '../../access/principal.ts';
import { AppError } from '../../lib/errors.ts';

const NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const NAME_MAX = 255;

/**
 * Metadata whose engine does not exist yet, with the values that ask for nothing. Anything else is refused: a project
 * that says "prevent_vul" and prevents nothing would be a lie. An engine that arrives takes its key out of here.
 */
const NOT_YET: Readonly<Record<string, readonly string[]>> = {
  enable_content_trust: ['false'],
  enable_content_trust_cosign: ['false'],
  prevent_vul: ['false'],
  severity: ['', 'none'],
  auto_scan: ['false'],
  auto_sbom_generation: ['false'],
  reuse_sys_cve_allowlist: ['true'],
  retention_id: [''],
  proxy_speed_kb: ['', '-1'],
  max_upstream_conn: ['', '-1'],
  proxy_cache_local_on_not_found: ['false'],
  proxy_referrer_api: ['false'],
  proxy_cache_filter_pattern: [''],
  proxy_cache_filter_kind: [''],
};

/** What a request to create a project says, before it is checked. */
export interface ProjectRequest {
  readonly name: string;
  /** The older way to say `metadata.public`. */
  readonly legacyPublic: boolean | null;
  /** Only the values that were given. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageLimitBytes: number | null;
  readonly registryId: number | null;
  readonly allowlistItems: number;
}

export interface NewProject {
  readonly name: string;
  readonly isPublic: boolean;
  /** Without `public`. */
  readonly metadata: Readonly<Record<string, string>>;
}

const refuse = (message: string): AppError => new AppError('bad_request', message);
const notYet = (what: string): AppError =>
  refuse(`${what}: this version has no engine for it, so only the default is accepted`);

function checkName(name: string): void {
  if (name.length === 0 || name.length > NAME_MAX || !NAME.test(name)) {
    throw refuse(
      `project name ${JSON.stringify(name.slice(0, 80))}: use lower-case letters, digits and single . _ - between them, at most ${NAME_MAX} characters`,
    );
  }
}

function readPublic(request: ProjectRequest): boolean {
  const text = request.metadata.public;
  if (text === undefined || text === '') return request.legacyPublic ?? false;
  if (text !== 'true' && text !== 'false')
    throw refuse(`metadata.public is "true" or "false", not ${JSON.stringify(text)}`);
  return text === 'true';
}

/** The project that a request asks for. Throws `bad_request` naming what cannot be accepted, `forbidden` for a proxy project. */
export function readNewProject(request: ProjectRequest, principal: Principal): NewProject {
  checkName(request.name);
  const isPublic = readPublic(request);
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(request.metadata)) {
    if (key === 'public') continue;
    if (!NOT_YET[key]?.includes(value)) throw notYet(`metadata.${key} ${JSON.stringify(value)}`);
    if (value !== '') metadata[key] = value;
  }
  const limit = request.storageLimitBytes;
  if (limit !== null && limit !== 0 && limit !== -1) throw notYet(`storage_limit ${limit}`);
  if (request.registryId !== null && request.registryId !== 0) {
    if (principal.kind !== 'user' || !principal.isAdmin) {
      throw new AppError('forbidden', 'only a system administrator may create a proxy project');
    }
    throw notYet(`registry_id ${request.registryId}`);
  }
  if (request.allowlistItems > 0) throw notYet('cve_allowlist');
  return { name: request.name, isPublic, metadata };
}
