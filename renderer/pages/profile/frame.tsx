import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useBoot } from '../../api/session.ts';
import { PageHeader, PageTabs } from '../../ui/page-header.tsx';

const route = getRouteApi('/framed/profile');

export interface ProfileFrameProps {
  beside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** Title and tabs of the profile. */
export function ProfileFrame({ beside, actions, children }: ProfileFrameProps) {
  const { t } = useTranslation();
  const { tab } = route.useSearch();
  const { user } = useBoot();
  return (
    <>
      <PageHeader title={user?.username ?? ''} beside={beside} actions={actions} />
      <PageTabs
        label={t('profile.tabs')}
        tabs={[
          { label: t('profile.account'), active: tab === undefined, link: { to: '/profile' } },
          ...(['password', 'sessions', 'clients'] as const).map((name) => ({
            label: t(`profile.${name}`),
            active: tab === name,
            link: { to: '/profile' as const, search: { tab: name } },
          })),
        ]}
      />
      {children}
    </>
  );
}
