import { queryOptions } from '@tanstack/react-query';
import type { ConfirmBody, ConfirmRequest, ImportBody } from '#server/domain/archives/contract.ts';
import { berthApi, call, callWithFile, repositorySegment } from './client.ts';
import { keys } from './keys.ts';

export type ArchiveImport = ImportBody;
export type ImportTarget = ConfirmRequest['targets'][number];
export type ImportOutcome = ConfirmBody['outcomes'][number];

const importsOf = (project: string): string => `${berthApi}/projects/${encodeURIComponent(project)}/imports`;

/** The caller's imports that wait for their names, newest first. */
export const importsQuery = (project: string) =>
  queryOptions({
    queryKey: keys.imports(project),
    queryFn: ({ signal }) => call<ArchiveImport[]>(importsOf(project), { signal }),
  });

/** Sends an archive of images; what was found in it waits for its names then. Throws ApiError. */
export function sendArchive(
  project: string,
  file: File,
  progress: { signal: AbortSignal; onSent: (bytes: number) => void },
): Promise<ArchiveImport> {
  return callWithFile(importsOf(project), { ...progress, file, query: { file_name: file.name } });
}

/** Writes images of the archive where the targets say; each is done or not by itself. */
export async function confirmImport(
  project: string,
  at: { id: string; targets: readonly ImportTarget[] },
): Promise<ImportOutcome[]> {
  const body = { targets: at.targets };
  const { outcomes } = await call<ConfirmBody>(`${importsOf(project)}/${at.id}/images`, {
    method: 'POST',
    body,
  });
  return outcomes;
}

/** Forgets what was sent. */
export function cancelImport(project: string, id: string): Promise<void> {
  return call(`${importsOf(project)}/${id}`, { method: 'DELETE' });
}

/** Where an artifact can be fetched as an OCI archive; by tag under that name, by digest under all its tags. */
export function exportPath(at: { project: string; repo: string; reference: string }): string {
  const project = encodeURIComponent(at.project);
  const artifact = `${repositorySegment(at.repo)}/artifacts/${encodeURIComponent(at.reference)}`;
  return `${berthApi}/projects/${project}/repositories/${artifact}/archive`;
}
