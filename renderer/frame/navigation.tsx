import { Tooltip } from '@mantine/core';
import {
  type Icon,
  IconBox,
  IconHistory,
  IconLayoutDashboard,
  IconSettings,
  IconUsers,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { projectCountQuery } from '../api/projects.ts';
import { useBoot } from '../api/session.ts';
import { localInstance as instance } from '../instance/local.ts';
import { formatCount } from '../ui/format.ts';

export interface Entry {
  icon: Icon;
  label: string;
  link: LinkProps;
  count?: number | undefined;
  /** Leads here after `g`. */
  letter?: string;
}

interface Group {
  label?: string;
  entries: Entry[];
}

/** The side navigation: only what this person may see; an empty group is absent. */
export function Navigation({ collapsed, onGo }: { collapsed: boolean; onGo?: () => void }) {
  const { t } = useTranslation();
  const groups = useGroups();
  return (
    <nav className="b-nav" aria-label={t('nav.main')} data-collapsed={collapsed || undefined}>
      {groups.map((group) => (
        <div key={group.label ?? ''} className="b-nav-group">
          {group.label !== undefined && <div className="b-nav-label">{group.label}</div>}
          {group.entries.map((entry) => (
            <NavEntry key={entry.label} entry={entry} collapsed={collapsed} onGo={onGo} />
          ))}
        </div>
      ))}
    </nav>
  );
}

function NavEntry({
  entry,
  collapsed,
  onGo,
}: {
  entry: Entry;
  collapsed: boolean;
  onGo: (() => void) | undefined;
}) {
  const { i18n } = useTranslation();
  return (
    <Tooltip label={entry.label} position="right" disabled={!collapsed}>
      <Link {...entry.link} className="b-nav-item" {...(onGo && { onClick: onGo })} aria-label={entry.label}>
        <entry.icon size={16} stroke={1.75} aria-hidden />
        <span className="b-nav-text">{entry.label}</span>
        {entry.count !== undefined && (
          <span className="b-nav-count">{formatCount(entry.count, i18n.language)}</span>
        )}
      </Link>
    </Tooltip>
  );
}

const overviewEntry = (t: TFunction): Entry => ({
  icon: IconLayoutDashboard,
  label: t('overview.title'),
  letter: 'o',
  link: { to: '/i/$instance/overview', params: { instance } },
});

/** The same pages in one list, for whoever leads to them by other means. */
export function usePlaces(): Entry[] {
  return useGroups().flatMap((group) => group.entries);
}

function useGroups(): Group[] {
  const { t } = useTranslation();
  const { user } = useBoot();
  const projects = useQuery(projectCountQuery).data;
  const sysadmin = user?.sysadmin === true;
  const groups: Group[] = [
    {
      entries: [
        ...(user ? [overviewEntry(t)] : []),
        {
          icon: IconBox,
          label: t('nav.projects'),
          letter: 'p',
          link: { to: '/i/$instance/projects', params: { instance } },
          count: projects?.total,
        },
      ],
    },
  ];
  if (sysadmin) {
    const link: LinkProps = { to: '/i/$instance/users', params: { instance } };
    groups.push({ label: t('nav.access'), entries: [{ icon: IconUsers, label: t('nav.users'), link }] });
  }
  const system: Entry[] = [];
  // The server lists entries of the projects one administers; without any the page would be empty.
  if (sysadmin || (user !== null && projects?.administers === true)) {
    const link: LinkProps = { to: '/i/$instance/audit', params: { instance } };
    system.push({ icon: IconHistory, label: t('nav.audit'), link });
  }
  if (sysadmin) {
    const link: LinkProps = { to: '/i/$instance/settings', params: { instance } };
    system.push({ icon: IconSettings, label: t('nav.settings'), letter: 's', link });
  }
  if (system.length > 0) groups.push({ label: t('nav.system'), entries: system });
  return groups;
}
