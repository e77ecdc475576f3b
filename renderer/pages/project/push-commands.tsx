import { Button, Popover } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ClientCommands } from '../../ui/client-commands.tsx';
import type { Client } from '../../ui/commands.ts';

/** Button that opens the exact commands to push here. */
export function PushCommands({ project, repo }: { project: string; repo?: string }) {
  const { t } = useTranslation();
  const [client, setClient] = useState<Client>('docker');
  const target = repo === undefined ? project : `${project}/${repo}`;
  return (
    <Popover position="bottom-end" width={640} trapFocus returnFocus>
      <Popover.Target>
        <Button rightSection={<IconChevronDown size={16} stroke={1.75} />}>{t('project.push')}</Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('project.pushTitle', { target })}>
        <h2 className="b-popover-title">{t('project.pushTitle', { target })}</h2>
        <ClientCommands project={project} repo={repo} client={client} onClient={setClient} />
      </Popover.Dropdown>
    </Popover>
  );
}
