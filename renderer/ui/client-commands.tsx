import { SegmentedControl } from '@mantine/core';
import { IconCheck, IconInfoCircle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useBoot } from '../api/session.ts';
import { CommandLine } from './command-line.tsx';
import { type Client, clientNames, clients, isLoopback, pushCommands } from './commands.ts';

export interface ClientCommandsProps {
  project: string;
  repo?: string | undefined;
  client: Client;
  onClient: (client: Client) => void;
}

/** The exact commands that push to a project, for the client one has. */
export function ClientCommands({ project, repo, client, onClient }: ClientCommandsProps) {
  const { t } = useTranslation();
  const boot = useBoot();
  const plainHttp = boot.registry_scheme === 'http';
  const server = { host: boot.registry_host, plainHttp };
  const username = boot.user?.username ?? 'admin';
  const needsDockerSetup = plainHttp && client === 'docker' && !isLoopback(server.host);
  return (
    <div className="b-client-commands">
      <div className="b-client-row">
        <SegmentedControl
          aria-label={t('push.clients')}
          value={client}
          onChange={(value) => onClient(value as Client)}
          data={clients.map((value) => ({ value, label: clientNames[value] }))}
        />
        {plainHttp && <TrustNote client={client} host={server.host} />}
      </div>
      {needsDockerSetup && (
        <CommandLine
          label={t('push.insecureDocker')}
          command={`{ "insecure-registries": ["${server.host}"] }`}
        />
      )}
      {pushCommands(client, { ...server, project, repo, username }).map((line) => (
        <CommandLine key={line.command} label={t(line.label)} command={line.command} />
      ))}
    </div>
  );
}

function TrustNote({ client, host }: { client: Client; host: string }) {
  const { t } = useTranslation();
  if (client === 'docker') {
    if (!isLoopback(host)) return null;
    return (
      <span className="b-note b-ok-text">
        <IconCheck size={16} stroke={1.75} />
        {t('push.loopback')}
      </span>
    );
  }
  return (
    <span className="b-note b-dim">
      <IconInfoCircle size={16} stroke={1.75} />
      {t('push.plainHttp')}
    </span>
  );
}
