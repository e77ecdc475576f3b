import { Button } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { healthQuery, storageQuery } from '../../api/settings.ts';
import type { ServerHealth, StorageFacts } from '../../api/types.ts';
import { formatSize } from '../../ui/format.ts';
import { Fact, Facts, Section } from '../../ui/section.tsx';
import { Size } from '../../ui/size.tsx';
import { Ago } from '../../ui/time.tsx';
import { SettingsFrame } from './frame.tsx';
import './health.css';
import { Loaded } from '../../ui/loaded.tsx';

/** How the server's parts do, now. */
export function HealthSection() {
  const { t } = useTranslation();
  const health = useQuery(healthQuery);
  const storage = useQuery(storageQuery);
  const check = (): void => {
    void health.refetch();
    void storage.refetch();
  };
  return (
    <SettingsFrame
      section="health"
      actions={
        <Button
          leftSection={<IconRefresh size={16} stroke={1.75} />}
          loading={health.isRefetching}
          onClick={check}
        >
          {t('settings.check')}
        </Button>
      }
    >
      <Loaded query={health} what={t('settings.section.health')}>
        {(data) => <Health health={data} storage={storage.data} />}
      </Loaded>
    </SettingsFrame>
  );
}

interface Part {
  name: string;
  healthy: boolean;
  evidence: string;
}

function usePartNames(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => {
    if (name === 'core') return t('settings.part.core');
    if (name === 'database') return t('settings.part.database');
    return name === 'registry' ? t('settings.part.registry') : name;
  };
}

function useParts(health: ServerHealth, storage: StorageFacts | undefined): Part[] {
  const { t, i18n } = useTranslation();
  const nameOf = usePartNames();
  const parts: Part[] = health.components.map(({ name, healthy, milliseconds }) => ({
    name: nameOf(name),
    healthy,
    evidence: healthy
      ? t('settings.answered', { ms: new Intl.NumberFormat(i18n.language).format(milliseconds) })
      : t('settings.ill'),
  }));
  const volume = storage?.volume;
  if (volume) {
    const values = { free: formatSize(volume.free), floor: formatSize(volume.floor) };
    const healthy = volume.free >= volume.floor;
    const evidence = healthy ? t('settings.diskFree', values) : t('settings.diskFull', values);
    parts.push({ name: t('settings.disk'), healthy, evidence });
  }
  return parts;
}

const runtimeOf = ({ node_version: version, platform }: ServerHealth): string =>
  `Node.js ${version.replace(/^v/, '')}, ${platform}`;

function Health({ health, storage }: { health: ServerHealth; storage: StorageFacts | undefined }) {
  const { t, i18n } = useTranslation();
  const parts = useParts(health, storage);
  const ill = parts.filter((part) => !part.healthy).length;
  const percent = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1 });
  return (
    <>
      <Section title={t('settings.parts')} help={<Verdict ill={ill} />}>
        <ul className="b-parts">
          {parts.map((part) => (
            <li key={part.name} data-ill={!part.healthy || undefined}>
              {part.healthy ? (
                <IconCheck className="b-ok" size={16} stroke={1.75} aria-hidden />
              ) : (
                <IconAlertTriangle className="b-crit-text" size={16} stroke={1.75} aria-hidden />
              )}
              <span className="b-name">{part.name}</span>
              <span>{t(part.healthy ? 'settings.well' : 'settings.failed')}</span>
              <span className="b-text-2">{part.evidence}</span>
            </li>
          ))}
        </ul>
      </Section>
      <Section title={t('settings.process')}>
        <Facts>
          <Fact name={t('settings.version')}>
            {t('app.name')} {health.version}
          </Fact>
          <Fact name={t('settings.started')}>
            <Ago time={health.started_at} />
          </Fact>
          <Fact name={t('settings.memory')}>
            <Size bytes={health.memory_bytes} />
          </Fact>
          <Fact name={t('settings.loop')} help={t('settings.loopHelp')}>
            {percent.format(health.loop_busy_percent)}
            {'\u2009%'}
          </Fact>
          <Fact name={t('settings.runtime')}>{runtimeOf(health)}</Fact>
        </Facts>
      </Section>
    </>
  );
}

function Verdict({ ill }: { ill: number }) {
  const { t } = useTranslation();
  return (
    <span aria-live="polite" className={ill > 0 ? 'b-crit-text' : undefined}>
      {ill === 0 ? t('settings.allWell') : t('settings.someIll', { count: ill })}
    </span>
  );
}
