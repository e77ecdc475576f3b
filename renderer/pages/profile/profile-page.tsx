import { getRouteApi } from '@tanstack/react-router';
import { AccountTab } from './account-tab.tsx';
import { ClientsTab } from './clients-tab.tsx';
import { PasswordTab } from './password-tab.tsx';
import { SessionsTab } from './sessions-tab.tsx';

const route = getRouteApi('/framed/profile');

/** One's own account: who one is, the password, where one is signed in, and what clients type. */
export function ProfilePage() {
  const { tab } = route.useSearch();
  if (tab === 'password') return <PasswordTab />;
  if (tab === 'sessions') return <SessionsTab />;
  return tab === 'clients' ? <ClientsTab /> : <AccountTab />;
}
