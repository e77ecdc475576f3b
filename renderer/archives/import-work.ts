import type { QueryClient } from '@tanstack/react-query';
import { type ActivityResult, startActivity } from '../activity/store.ts';
import { confirmImport, type ImportOutcome, type ImportTarget, sendArchive } from '../api/archives.ts';
import { keys } from '../api/keys.ts';
import { localInstance as instance } from '../instance/local.ts';
import { isAsRead, type Place, targetsOf } from './plan.ts';

interface ImportOptions {
  project: string;
  file: File;
  queryClient: QueryClient;
  /** The names by image as they were read, and where the images go; without it the names are chosen afterwards. */
  planned?: { images: readonly (readonly string[])[]; places: readonly Place[] };
}

const linkTo = (project: string) => ({
  to: '/i/$instance/projects/$project' as const,
  params: { instance, project },
});

/** What is said of the images that were written, or not. */
export function resultOf(project: string, outcomes: readonly ImportOutcome[]): ActivityResult {
  const failed = outcomes.find((outcome) => outcome.error !== null);
  const done = outcomes.filter((outcome) => outcome.error === null).length;
  const to = linkTo(project);
  if (!failed)
    return {
      summary: (t) => t('archives.done', { count: done }),
      link: { label: (t) => t('archives.toProject'), to },
    };
  const cause = failed.error?.message ?? '';
  return {
    summary: (t) => t('archives.doneSome', { done, total: outcomes.length, cause }),
    link: { label: (t) => t('archives.toNames'), to },
    incomplete: true,
  };
}

/** Sends the archive as long work, and writes its images where they were planned to be. */
export function startImport({ project, file, queryClient, planned }: ImportOptions): void {
  const refresh = (): Promise<unknown> => queryClient.invalidateQueries({ queryKey: keys.project(project) });
  startActivity({
    title: (t) => t('archives.running', { file: file.name, project }),
    unit: 'bytes',
    total: file.size,
    queue: 'imports',
    repeatable: true,
    async run({ signal, report }) {
      const found = await sendArchive(project, file, { signal, onSent: (done) => report({ done }) });
      const isSure = planned !== undefined && isAsRead(planned.images, found);
      if (!isSure) {
        await refresh();
        return {
          summary: (t) => t(planned ? 'archives.changed' : 'archives.sent'),
          link: { label: (t) => t('archives.toNames'), to: linkTo(project) },
          ...(planned ? { incomplete: true } : {}),
        };
      }
      report({ done: file.size, detail: (t) => t('archives.writing') });
      const outcomes = await confirmImport(project, { id: found.id, targets: targetsOf(planned.places) });
      await refresh();
      return resultOf(project, outcomes);
    },
  });
}

/** Writes the images of an archive that was sent before, as long work too. */
export function startConfirm(options: {
  project: string;
  found: { id: string; file_name: string };
  targets: readonly ImportTarget[];
  queryClient: QueryClient;
}): void {
  const { project, found, targets, queryClient } = options;
  startActivity({
    title: (t) =>
      t('archives.running', {
        file: found.file_name === '' ? t('archives.aFile') : found.file_name,
        project,
      }),
    unit: 'items',
    total: targets.length,
    queue: 'imports',
    stoppable: false,
    async run({ report }) {
      const outcomes: ImportOutcome[] = await confirmImport(project, { id: found.id, targets });
      report({ done: targets.length });
      await queryClient.invalidateQueries({ queryKey: keys.project(project) });
      return resultOf(project, outcomes);
    },
  });
}
