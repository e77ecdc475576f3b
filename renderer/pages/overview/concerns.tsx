import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Concern } from '../../api/types.ts';
import { localInstance } from '../../instance/local.ts';
import { formatDate, formatSize } from '../../ui/format.ts';

export interface ConcernWords {
  /** Something does not work now; else it will not, or could be better. */
  isSerious: boolean;
  title: string;
  help: string;
  /** The one thing to do about it. */
  action: ReactNode;
}

type Section = 'general' | 'storage' | 'network' | 'health';

function ToSettings({ section, children }: { section: Section; children: ReactNode }) {
  return (
    <Button
      renderRoot={(props) => (
        <Link {...props} to="/i/$instance/settings/$section" params={{ instance: localInstance, section }} />
      )}
    >
      {children}
    </Button>
  );
}

function ToGuide({ children }: { children: ReactNode }) {
  return <Button renderRoot={(props) => <Link {...props} to="/welcome" />}>{children}</Button>;
}

/** What a concern says, and the one thing to do about it. */
export function useConcern(concern: Concern): ConcernWords {
  const { t, i18n } = useTranslation();
  return { ...describe(concern, t, i18n.language), action: actionOf(concern.kind, t) };
}

const size = (bytes: number | undefined): string => formatSize(bytes ?? 0);

function actionOf(kind: Concern['kind'], t: TFunction): ReactNode {
  switch (kind) {
    case 'disk_full':
    case 'disk_soon':
      return <ToSettings section="storage">{t('overview.showStorage')}</ToSettings>;
    case 'part_ill':
      return <ToSettings section="health">{t('overview.showHealth')}</ToSettings>;
    case 'certificate_over':
    case 'certificate_soon':
    case 'plain_http':
      return <ToSettings section="network">{t('overview.showNetwork')}</ToSettings>;
    case 'password_missing':
      return <ToGuide>{t('overview.setPassword')}</ToGuide>;
    case 'read_only':
    case 'registration_open':
      return <ToSettings section="general">{t('overview.openSettings')}</ToSettings>;
    default:
      return kind satisfies never;
  }
}

function describe(concern: Concern, t: TFunction, language: string): Omit<ConcernWords, 'action'> {
  const date = concern.until === undefined ? '' : formatDate(concern.until, language);
  switch (concern.kind) {
    case 'disk_full':
      return {
        isSerious: true,
        title: t('overview.diskFull'),
        help: t('overview.diskFullHelp', {
          free: size(concern.free_bytes),
          floor: size(concern.floor_bytes),
        }),
      };
    case 'disk_soon':
      return {
        isSerious: false,
        title: t('overview.diskSoon', { count: concern.days ?? 0 }),
        help: t('overview.diskSoonHelp', { free: size(concern.free_bytes) }),
      };
    case 'part_ill':
      return {
        isSerious: true,
        title: t('overview.partIll', { part: partName(concern.part, t) }),
        help: t('overview.partIllHelp'),
      };
    case 'certificate_over':
      return {
        isSerious: true,
        title: t('overview.certificateOver'),
        help: t('overview.certificateOverHelp', { date }),
      };
    case 'certificate_soon':
      return {
        isSerious: false,
        title: t('overview.certificateSoon', { date }),
        help: t('overview.certificateSoonHelp'),
      };
    case 'password_missing':
      return {
        isSerious: true,
        title: t('overview.passwordMissing'),
        help: t('overview.passwordMissingHelp'),
      };
    case 'read_only':
      return { isSerious: true, title: t('overview.readOnly'), help: t('overview.readOnlyHelp') };
    case 'plain_http':
      return { isSerious: false, title: t('overview.plainHttp'), help: t('overview.plainHttpHelp') };
    case 'registration_open':
      return {
        isSerious: false,
        title: t('overview.registrationOpen'),
        help: t('overview.registrationOpenHelp'),
      };
    default:
      return concern.kind satisfies never;
  }
}

/** The parts that the server checks, as people call them. */
function partName(part: string | undefined, t: TFunction): string {
  switch (part) {
    case 'database':
      return t('overview.part.database');
    case 'registry':
      return t('overview.part.registry');
    default:
      return t('overview.part.core');
  }
}
