import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useBoot } from '../../api/session.ts';
import type { Overview } from '../../api/types.ts';
import { localInstance as instance } from '../../instance/local.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { pushCommands } from '../../ui/commands.ts';
import { EmptyState } from '../../ui/states.tsx';
import { Ago } from '../../ui/time.tsx';
import { Panel } from './panel.tsx';

/** The newest artifacts, newest first, with the repository's name as the link. */
export function RecentPushes({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { recent } = overview;
  return (
    <Panel title={t('overview.recent')}>
      {recent.length === 0 ? (
        <NothingPushed overview={overview} />
      ) : (
        <ul className="b-overview-recent" aria-live="polite">
          {recent.map((push) => (
            <li key={`${push.project_name}/${push.repository_name}@${push.digest}`}>
              <Link
                to="/i/$instance/projects/$project/repos/$repo/$digest"
                params={{
                  instance,
                  project: push.project_name,
                  repo: push.repository_name,
                  digest: push.digest,
                }}
                className="b-overview-name b-cut"
                title={`${push.project_name}/${push.repository_name}`}
              >
                {push.project_name}/{push.repository_name}
              </Link>
              {push.tags[0] !== undefined && (
                <span className="b-chip b-mono b-cut" title={push.tags[0]}>
                  {push.tags[0]}
                </span>
              )}
              <span className="b-overview-recent-time">
                <Ago time={push.push_time} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

/** The next step: a push, or to be let into a project. */
function NothingPushed({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  const { registry_host: host, registry_scheme: scheme, user } = useBoot();
  if (overview.projects === 0)
    return (
      <EmptyState text={t('overview.noProject')}>
        <p>{t('overview.noProjectHelp')}</p>
      </EmptyState>
    );
  const commands = pushCommands('docker', {
    host,
    plainHttp: scheme === 'http',
    project: 'library',
    username: user?.username ?? 'admin',
  });
  return (
    <EmptyState text={t('overview.noPush')}>
      {commands.map(({ command, label }) => (
        <CommandLine key={command} command={command} label={t(label)} />
      ))}
    </EmptyState>
  );
}
