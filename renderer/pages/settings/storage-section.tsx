import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useBoot } from '../../api/session.ts';
import { storageQuery } from '../../api/settings.ts';
import type { StorageFacts } from '../../api/types.ts';
import { CommandLine } from '../../ui/command-line.tsx';
import { serveExamples } from '../../ui/commands.ts';
import { formatSize } from '../../ui/format.ts';
import { Fact, Facts, Section } from '../../ui/section.tsx';
import { Size } from '../../ui/size.tsx';
import { SettingsFrame } from './frame.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import './storage.css';

/** Where the content lies, and how much more fits. */
export function StorageSection() {
  const { t } = useTranslation();
  const query = useQuery(storageQuery);
  return (
    <SettingsFrame section="storage">
      <Loaded query={query} what={t('settings.section.storage')}>
        {(storage) => <Storage storage={storage} />}
      </Loaded>
    </SettingsFrame>
  );
}

const databaseNames = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;

function Storage({ storage }: { storage: StorageFacts }) {
  const { t } = useTranslation();
  const { desktop } = useBoot();
  const { volume, database } = storage;
  return (
    <>
      {volume && <Disk volume={volume} blobBytes={storage.blob_bytes} databaseBytes={database.bytes} />}
      <Section title={t('settings.content')}>
        <Facts>
          {storage.folder !== null && (
            <Fact name={t('settings.folder')}>
              <code>{storage.folder}</code>
            </Fact>
          )}
          <Fact name={t('settings.blobs')} help={t('settings.blobsHelp')}>
            <Size bytes={storage.blob_bytes} />
          </Fact>
          <Fact name={t('settings.database')}>
            {databaseNames[database.kind]} {database.version}, <Size bytes={database.bytes} />
          </Fact>
        </Facts>
      </Section>
      {!desktop && (
        <Section title={t('settings.howToChange')} help={t('settings.storageChange')}>
          <CommandLine command={serveExamples.storage} />
        </Section>
      )}
    </>
  );
}

interface DiskProps {
  volume: NonNullable<StorageFacts['volume']>;
  blobBytes: number;
  databaseBytes: number;
}

/** The volume as a bar and in words: what is ours, what others have, what is free, and what has to stay so. */
function Disk({ volume, blobBytes, databaseBytes }: DiskProps) {
  const { t } = useTranslation();
  const { total, free, floor } = volume;
  const own = Math.min(blobBytes + databaseBytes, total - free);
  const others = Math.max(0, total - free - own);
  const usable = Math.max(0, free - floor);
  const parts = [
    { name: 'own', bytes: own },
    { name: 'others', bytes: others },
    { name: 'usable', bytes: usable },
    { name: 'floor', bytes: Math.min(free, floor) },
  ] as const;
  const shown = parts.filter(({ bytes }) => bytes > 0);
  return (
    <Section title={t('settings.disk')} help={t('settings.diskSum', { free: formatSize(usable) })}>
      {free < floor && (
        <p className="b-warning" role="alert">
          {t('settings.diskFull', { free: formatSize(free), floor: formatSize(floor) })}
        </p>
      )}
      <div
        className="b-disk-bar"
        role="img"
        aria-label={t('settings.diskBar', {
          parts: shown
            .map(({ name, bytes }) => `${t(`settings.disk.${name}`)} ${formatSize(bytes)}`)
            .join(t('list.separator')),
        })}
      >
        {shown.map(({ name, bytes }) => (
          <span key={name} data-part={name} style={{ flexGrow: bytes / total }} />
        ))}
      </div>
      <ul className="b-disk-parts">
        {shown.map(({ name, bytes }) => (
          <li key={name}>
            <span className="b-disk-dot" data-part={name} aria-hidden />
            {t(`settings.disk.${name}`)} <Size bytes={bytes} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
