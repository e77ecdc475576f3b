import { project } from '../../access/route-access.ts';
import { AppError } from '../../lib/errors.ts';
import type { ArtifactAt } from './locate.ts';

/** Harbor's clients encode a name with slashes twice; the router decodes once. Throws `bad_request`. */
export function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AppError('bad_request', 'the repository name is not valid percent-encoding');
  }
}

/** The artifact that a path names. */
export const artifactAt = (params: { repository_name: string; reference: string }): ArtifactAt => ({
  repository: decodeName(params.repository_name),
  reference: params.reference,
});

/** The access of a route whose path has the project's name, which is never its id. */
export const named = (permission: Parameters<typeof project>[0]) => ({
  access: project(permission, 'project_name'),
});

/** Where Harbor has a repository's artifacts, below /api/v2.0. */
export const ARTIFACTS = '/projects/:project_name/repositories/:repository_name/artifacts';
export const ARTIFACT = `${ARTIFACTS}/:reference`;
