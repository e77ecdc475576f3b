import {
  IconActivity,
  IconCopy,
  IconHash,
  IconPackage,
  IconSettings,
  IconTag,
  IconTags,
  IconUsers,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { newestArtifact } from '../api/artifacts.ts';
import { projectQuery, useRights } from '../api/projects.ts';
import { useBoot } from '../api/session.ts';
import { localInstance as instance } from '../instance/local.ts';
import { pullCommands } from '../ui/commands.ts';
import { writeClipboard } from '../ui/copy-button.tsx';
import { useCause } from '../ui/states.tsx';
import { toast, toastError } from '../ui/toast.ts';
import { type PaletteGroup, type PaletteItem, type Subject, subjectName } from './items.ts';

type ArtifactSubject = Extract<Subject, { kind: 'artifact' }>;

/** What can be done with the subject, by whoever is signed in. */
export function useActions(subject: Subject | undefined): PaletteGroup | null {
  const { t } = useTranslation();
  const projectActions = useProjectActions(subject?.kind === 'project' ? subject.project : undefined);
  const imageActions = useImageActions();
  if (!subject) return null;
  const items = subject.kind === 'project' ? projectActions : imageActions(subject);
  if (items.length === 0) return null;
  const name = subjectName(subject);
  // A whole digest would leave no room for anything else.
  const short = name.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1');
  return { id: 'actions', label: t('palette.actionsOn', { name: short }), items };
}

function useProjectActions(project: string | undefined): PaletteItem[] {
  const { t } = useTranslation();
  const query = useQuery({ ...projectQuery(project ?? ''), enabled: project !== undefined });
  const may = useRights(project === undefined ? undefined : query.data?.project_id);
  if (project === undefined) return [];
  const params = { instance, project };
  const tabs = [
    ['members', IconUsers, 'project.tabMembers', may('member', 'list')],
    ['labels', IconTags, 'project.tabLabels', may('label', 'list')],
    ['activity', IconActivity, 'project.tabActivity', may('log', 'list')],
    ['settings', IconSettings, 'project.tabSettings', may('project', 'update')],
  ] as const;
  return tabs
    .filter(([, , , seen]) => seen)
    .map(([tab, icon, label]) => ({
      id: `action ${project} ${tab}`,
      icon,
      label: t(label),
      link: { to: `/i/$instance/projects/$project/${tab}` as const, params },
    }));
}

/** Copying, and the other pages of an image. */
function useImageActions(): (subject: Exclude<Subject, { kind: 'project' }>) => PaletteItem[] {
  const { t } = useTranslation();
  const boot = useBoot();
  const cause = useCause();
  const server = { host: boot.registry_host, plainHttp: boot.registry_scheme === 'http' };
  const copy = async (text: string, said: string): Promise<void> => {
    await writeClipboard(text);
    toast(said);
  };
  const copyPull = async (of: ArtifactSubject): Promise<void> => {
    const kind = of.isChart ? 'chart' : 'image';
    const command = pullCommands({ ...server, ...of, kind })[0]?.command;
    if (command !== undefined) await copy(command, t('palette.copied', { text: command }));
  };
  const copyNewest = async (project: string, repo: string): Promise<void> => {
    try {
      const newest = await newestArtifact(project, repo);
      if (!newest?.digest) return toastError(t('palette.nothingToPull', { name: `${project}/${repo}` }));
      const tag = newest.tags?.[0]?.name;
      const isChart = newest.type === 'CHART';
      const of = { kind: 'artifact', project, repo, digest: newest.digest, isChart } as const;
      await copyPull(tag === undefined ? of : { ...of, tag });
    } catch (error) {
      toastError(cause(error));
    }
  };
  const ofRepository = (project: string, repo: string): PaletteItem[] => [
    {
      id: `action ${project}/${repo} pull`,
      icon: IconCopy,
      label: t('palette.copyNewest'),
      run: () => copyNewest(project, repo),
    },
    {
      id: `action ${project}/${repo} tags`,
      icon: IconTag,
      label: t('palette.showTags'),
      link: {
        to: '/i/$instance/projects/$project/repos/$repo',
        params: { instance, project, repo },
        search: { tab: 'tags' },
      },
    },
  ];
  const ofArtifact = (of: ArtifactSubject): PaletteItem[] => {
    const name = subjectName(of);
    const reference = `${server.host}/${name}`;
    return [
      { id: `action ${name} pull`, icon: IconCopy, label: t('palette.copyPull'), run: () => copyPull(of) },
      {
        id: `action ${name} reference`,
        icon: IconCopy,
        label: t('palette.copyReference'),
        run: () => copy(reference, t('palette.copied', { text: reference })),
      },
      {
        id: `action ${name} digest`,
        icon: IconHash,
        label: t('palette.copyDigest'),
        run: () => copy(of.digest, t('palette.copied', { text: of.digest })),
      },
      {
        id: `action ${name} repository`,
        icon: IconPackage,
        label: t('palette.openRepository', { name: `${of.project}/${of.repo}` }),
        link: {
          to: '/i/$instance/projects/$project/repos/$repo',
          params: { instance, project: of.project, repo: of.repo },
        },
      },
    ];
  };
  return (subject) =>
    subject.kind === 'artifact' ? ofArtifact(subject) : ofRepository(subject.project, subject.repo);
}
