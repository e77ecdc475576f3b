import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useBoot } from '../../api/session.ts';
import { localInstance as instance } from '../../instance/local.ts';
import { PageHeader, PageTabs } from '../../ui/page-header.tsx';
import { sectionsFor, type SectionName } from './sections.ts';

export interface SettingsFrameProps {
  section: SectionName;
  /** Beside the title: whether something was changed and not saved. */
  beside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** Title, tabs and one section of the settings. */
export function SettingsFrame({ section, beside, actions, children }: SettingsFrameProps) {
  const { t } = useTranslation();
  const sections = sectionsFor(useBoot().user?.sysadmin === true);
  return (
    <>
      <PageHeader title={t('settings.title')} beside={beside} actions={actions} />
      <PageTabs
        label={t('settings.sections')}
        tabs={sections.map((name) => ({
          label: t(`settings.section.${name}`),
          active: name === section,
          link: { to: '/i/$instance/settings/$section', params: { instance, section: name } },
        }))}
      />
      {children}
    </>
  );
}
