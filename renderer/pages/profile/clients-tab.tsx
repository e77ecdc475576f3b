import { useTranslation } from 'react-i18next';
import { useBoot } from '../../api/session.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { clientNames, loginCommands } from '../../ui/commands.ts';
import { Section } from '../../ui/section.tsx';
import { ProfileFrame } from './frame.tsx';

/** What Docker and its kin need to sign in. */
export function ClientsTab() {
  const { t } = useTranslation();
  const boot = useBoot();
  const commands = loginCommands({
    host: boot.registry_host,
    plainHttp: boot.registry_scheme === 'http',
    username: boot.user?.username ?? '',
  });
  return (
    <ProfileFrame>
      <Section title={t('profile.clients')} help={t('profile.clientsHelp')}>
        <div className="b-client-commands">
          {commands.map(({ client, command }) => (
            <CommandLine key={client} label={clientNames[client]} command={command} />
          ))}
        </div>
      </Section>
    </ProfileFrame>
  );
}
