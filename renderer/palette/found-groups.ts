import { IconBox, IconPackage, IconTag, IconUser, IconStack2 } from '@tabler/icons-react';
import type { LinkProps } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { localInstance as instance } from '../instance/local.ts';
import { formatAgo, shortDigest } from '../ui/format.ts';
import type { Found } from './find.ts';
import type { PaletteGroup, PaletteItem } from './items.ts';

interface Words {
  t: TFunction;
  language: string;
  /** Milliseconds since 1970. */
  now: number;
}

/** The lines for what the server found, images first; empty groups are left out. */
export function foundGroups(found: Found, words: Words): PaletteGroup[] {
  const { t } = words;
  return [
    { id: 'images', label: t('palette.images'), items: imageItems(found, words) },
    { id: 'projects', label: t('nav.projects'), items: projectItems(found, t) },
    { id: 'users', label: t('nav.users'), items: userItems(found, t) },
  ].filter((group) => group.items.length > 0);
}

function imageItems(found: Found, { t, language, now }: Words): PaletteItem[] {
  const ago = (time: string): string => t('palette.pushed', { ago: formatAgo(time, { now, t, language }) });
  const repositories = found.repositories.map(
    ({ project_name: project, name: repo, ...row }): PaletteItem => ({
      id: `repository ${project}/${repo}`,
      icon: IconPackage,
      label: `${project}/${repo}`,
      note: [t('count.artifacts', { count: row.artifact_count }), ago(row.update_time)].join(
        t('list.separator'),
      ),
      link: { to: '/i/$instance/projects/$project/repos/$repo', params: { instance, project, repo } },
      subject: { kind: 'repository', project, repo },
    }),
  );
  const artifactLink = (project: string, repo: string, digest: string): LinkProps => ({
    to: '/i/$instance/projects/$project/repos/$repo/$digest',
    params: { instance, project, repo, digest },
  });
  const tags = found.tags.map(({ project_name: project, repository_name: repo, ...row }): PaletteItem => ({
    id: `tag ${project}/${repo}:${row.name}`,
    icon: IconTag,
    label: `${project}/${repo}:${row.name}`,
    note: ago(row.push_time),
    link: artifactLink(project, repo, row.digest),
    subject: {
      kind: 'artifact',
      project,
      repo,
      digest: row.digest,
      tag: row.name,
      isChart: row.type === 'CHART',
    },
  }));
  const artifacts = found.artifacts.map(
    ({ project_name: project, repository_name: repo, ...row }): PaletteItem => ({
      id: `artifact ${project}/${repo}@${row.digest}`,
      icon: IconStack2,
      label: `${project}/${repo}@${shortDigest(row.digest)}`,
      note: ago(row.push_time),
      link: artifactLink(project, repo, row.digest),
      subject: { kind: 'artifact', project, repo, digest: row.digest, isChart: row.type === 'CHART' },
    }),
  );
  // Whoever names a tag or a digest means it, and not the repository around it.
  const isExact = found.artifacts.length > 0 || (found.tags.length > 0 && found.repositories.length <= 1);
  return isExact ? [...artifacts, ...tags, ...repositories] : [...repositories, ...tags];
}

function projectItems(found: Found, t: TFunction): PaletteItem[] {
  return found.projects.map(({ name: project, ...row }) => ({
    id: `project ${project}`,
    icon: IconBox,
    label: project,
    note: [
      t(row.public ? 'project.public' : 'project.private'),
      t('count.repositories', { count: row.repository_count }),
    ].join(t('list.separator')),
    link: { to: '/i/$instance/projects/$project', params: { instance, project } },
    subject: { kind: 'project', project },
  }));
}

function userItems(found: Found, t: TFunction): PaletteItem[] {
  return found.users.map((user) => ({
    id: `user ${user.username}`,
    icon: IconUser,
    label: user.username,
    note: [user.realname === user.username ? '' : user.realname, user.sysadmin ? t('app.systemAdmin') : '']
      .filter(Boolean)
      .join(t('list.separator')),
    link: { to: '/i/$instance/users', params: { instance }, search: { q: user.username } },
  }));
}
