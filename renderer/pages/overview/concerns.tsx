import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Concern } from '../../api/types.ts';
import { formatDate, formatSize } from '../../ui/format.ts';

export interface ConcernWords {
  /** Something does not work now; else it will not, or could be better. */
  isSerious: boolean;
  title: string;
  help: string;
  action?: ReactNode;
}

/** What a concern says, and the one thing to do about it. */
export function useConcern(concern: Concern): ConcernWords {
  const { t, i18n } = useTranslation();
  return describe(concern, t, i18n.language);
}

const size = (bytes: number | undefined): string => formatSize(bytes ?? 0);

function describe(concern: Concern, t: TFunction, language: string): ConcernWords {
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
