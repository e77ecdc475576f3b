import { useTranslation } from 'react-i18next';
import { Section } from '../../ui/section.tsx';
import { EndOthersButton, SessionList } from '../../ui/session-list.tsx';
import { ProfileFrame } from './frame.tsx';

/** Where one is signed in. */
export function SessionsTab() {
  const { t } = useTranslation();
  return (
    <ProfileFrame actions={<EndOthersButton of="current" />}>
      <Section title={t('profile.sessions')} help={t('profile.sessionsHelp')}>
        <SessionList of="current" />
      </Section>
    </ProfileFrame>
  );
}
