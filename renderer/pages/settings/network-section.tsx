import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useBoot } from '../../api/session.ts';
import { authorityPath, networkQuery } from '../../api/settings.ts';
import type { NetworkFacts } from '../../api/types.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { isLoopback, serveExamples } from '../../ui/commands.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { formatDateTime } from '../../ui/format.ts';
import { Fact, Facts, Section } from '../../ui/section.tsx';
import { useNow } from '../../ui/time.tsx';
import { SettingsFrame } from './frame.tsx';
import { Loaded } from '../../ui/loaded.tsx';

/** How this server is reached, and what proves that it is it. */
export function NetworkSection() {
  const { t } = useTranslation();
  const query = useQuery(networkQuery);
  return (
    <SettingsFrame section="network">
      <Loaded query={query} what={t('settings.section.network')}>
        {(network) => <Network network={network} />}
      </Loaded>
    </SettingsFrame>
  );
}

function Network({ network }: { network: NetworkFacts }) {
  const { t } = useTranslation();
  const { desktop } = useBoot();
  return (
    <>
      <Section title={t('settings.address')}>
        <Facts>
          <Fact name={t('settings.listen')}>
            {network.listen.map((address) => (
              <code key={address}>{address}</code>
            ))}
          </Fact>
          <Fact name={t('settings.origin')} help={t('settings.originHelp')}>
            <code>{network.origin}</code> <CopyButton value={network.origin} what="what.address" />
          </Fact>
          <Fact
            name={t('settings.externalUrl')}
            help={network.external_url === null ? t('settings.externalUrlNone') : undefined}
          >
            {network.external_url === null ? t('settings.notSet') : <code>{network.external_url}</code>}
          </Fact>
          <Fact name={t('settings.proxies')} help={t('settings.proxiesHelp')}>
            {network.trusted_proxies.length === 0 ? (
              t('settings.proxiesNone')
            ) : (
              <code>{network.trusted_proxies.join(', ')}</code>
            )}
          </Fact>
        </Facts>
      </Section>
      <Certificate network={network} />
      {!desktop && (
        <Section title={t('settings.howToChange')} help={t('settings.networkChange')}>
          <CommandLine command={serveExamples.network} />
        </Section>
      )}
    </>
  );
}

const dayMs = 24 * 3600 * 1000;

function Certificate({ network }: { network: NetworkFacts }) {
  const { t, i18n } = useTranslation();
  const { certificate, origin } = network;
  const now = useNow();
  if (!certificate) {
    const host = new URL(origin).host;
    const behindProxy = origin.startsWith('https:');
    return (
      <Section title={t('settings.certificate')}>
        <p className={behindProxy || isLoopback(host) ? 'b-text-2' : 'b-warning'}>
          {t(
            behindProxy
              ? 'settings.certificateProxy'
              : isLoopback(host)
                ? 'settings.certificateLoopback'
                : 'settings.certificateNone',
          )}
        </p>
      </Section>
    );
  }
  const days = Math.floor((new Date(certificate.valid_until).getTime() - now) / dayMs);
  return (
    <Section title={t('settings.certificate')}>
      {days < 21 && (
        <p className="b-warning">
          {days < 0 ? t('settings.certificateOver') : t('settings.certificateSoon', { count: days })}
        </p>
      )}
      <Facts>
        <Fact name={t('settings.certificateNames')}>
          {certificate.names.length === 0 ? (
            t('settings.certificateNoNames')
          ) : (
            <code>{certificate.names.join(', ')}</code>
          )}
        </Fact>
        <Fact name={t('settings.certificateIssuer')}>{certificate.issuer}</Fact>
        <Fact name={t('settings.certificateFrom')}>
          {formatDateTime(certificate.valid_from, i18n.language)}
        </Fact>
        <Fact name={t('settings.certificateUntil')}>
          {formatDateTime(certificate.valid_until, i18n.language)}
          {days >= 0 && <span className="b-dim"> {t('settings.certificateDays', { count: days })}</span>}
        </Fact>
        <Fact name={t('settings.fingerprint')}>
          <code>{certificate.fingerprint}</code>{' '}
          <CopyButton value={certificate.fingerprint} what="what.fingerprint" />
        </Fact>
        <Fact name={t('settings.certificateFile')} help={t('settings.certificateFileHelp')}>
          <code>{certificate.file}</code>
        </Fact>
      </Facts>
      {network.has_ca_root && (
        <div className="b-authority">
          <p className="b-text-2">{t('settings.authorityHelp')}</p>
          <Button
            component="a"
            href={authorityPath}
            download="ca.crt"
            leftSection={<IconDownload size={16} stroke={1.75} />}
          >
            {t('settings.authority')}
          </Button>
        </div>
      )}
    </Section>
  );
}
