import { ActionIcon, Avatar, Button, Menu, useMantineColorScheme } from '@mantine/core';
import { IconKey, IconKeyboard, IconLanguage, IconLogout, IconPalette, IconUser } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useBoot } from '../api/session.ts';
import { localInstance } from '../instance/local.ts';
import { useLeave } from './leave.ts';
import { showPanel } from './panels.ts';
import { toast, toastError } from '../ui/toast.ts';
import { chooseLanguage, type Language, languages } from '../text/i18n.ts';

/** Who is signed in; language, theme and the way out. */
export function AccountMenu() {
  const { t } = useTranslation();
  const { user, signed_in_by: signedInBy } = useBoot();
  const navigate = useNavigate();
  const leave = useLeave();
  return (
    <>
      {!user && (
        <Button
          onClick={() => void navigate({ to: '/login', search: { to: location.pathname + location.search } })}
        >
          {t('app.signIn')}
        </Button>
      )}
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          {user ? (
            <ActionIcon
              radius="xl"
              aria-label={`${initials(user.username)}, ${t('app.account', { name: user.username })}`}
            >
              <Avatar size={26} className="b-avatar">
                {initials(user.username)}
              </Avatar>
            </ActionIcon>
          ) : (
            <ActionIcon aria-label={t('app.settings')}>
              <IconLanguage size={16} stroke={1.75} />
            </ActionIcon>
          )}
        </Menu.Target>
        <Menu.Dropdown>
          {user && (
            <Menu.Label className="b-menu-who">
              <span className="b-menu-name">{user.username}</span>
              {user.sysadmin && <span>{t('app.systemAdmin')}</span>}
            </Menu.Label>
          )}
          {user && (
            <Menu.Item
              leftSection={<IconUser size={16} stroke={1.75} />}
              onClick={() => void navigate({ to: '/profile' })}
            >
              {t('app.profile')}
            </Menu.Item>
          )}
          {user && <KeptPassword username={user.username} />}
          <LanguageAndTheme />
          <Menu.Divider />
          <Menu.Item
            leftSection={<IconPalette size={16} stroke={1.75} />}
            onClick={() =>
              void navigate({
                to: '/i/$instance/settings/$section',
                params: { instance: localInstance, section: 'appearance' },
              })
            }
          >
            {t('app.appearance')}
          </Menu.Item>
          <Menu.Item leftSection={<IconKeyboard size={16} stroke={1.75} />} onClick={() => showPanel('keys')}>
            {t('app.keys')}
          </Menu.Item>
          {user && signedInBy !== 'shell' && (
            <Menu.Item leftSection={<IconLogout size={16} stroke={1.75} />} onClick={() => void leave()}>
              {t('app.signOut')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

/** In the desktop window: the password that clients sign in with, from the keychain to the clipboard, unseen. */
function KeptPassword({ username }: { username: string }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ['keychain', username],
    queryFn: () => window.berth?.invoke('keychain:has-password', { username }) ?? null,
    enabled: window.berth !== undefined,
  });
  if (!data?.kept) return null;
  const copy = async (): Promise<void> => {
    const done = await window.berth?.invoke('keychain:copy-password', { username });
    if (done?.copied) toast(t('app.passwordCopied'));
    else toastError(t('app.passwordNotOpened', { store: data.store }));
  };
  return (
    <Menu.Item leftSection={<IconKey size={16} stroke={1.75} />} onClick={() => void copy()}>
      {t('app.copyPassword')}
    </Menu.Item>
  );
}

function initials(name: string): string {
  const words = name.split(/[._\-\s]+/).filter(Boolean);
  return (words.length > 1 ? words.slice(0, 2).map((part) => part[0]) : [name.slice(0, 2)])
    .join('')
    .toUpperCase();
}

/** Menu items that choose the language and the theme. */
export function LanguageAndTheme() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <Menu.Label>{t('app.language')}</Menu.Label>
      <Menu.RadioGroup
        value={i18n.language}
        onChange={(language) => void chooseLanguage(language as Language)}
      >
        {(Object.keys(languages) as Language[]).map((language) => (
          <Menu.RadioItem key={language} value={language} lang={language} closeMenuOnClick>
            {languages[language]}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
      <Menu.Label>{t('app.theme')}</Menu.Label>
      <Menu.RadioGroup
        value={colorScheme}
        onChange={(scheme) => setColorScheme(scheme as typeof colorScheme)}
      >
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Menu.RadioItem key={scheme} value={scheme} closeMenuOnClick>
            {t(`app.theme.${scheme}`)}
          </Menu.RadioItem>
        ))}
      </Menu.RadioGroup>
    </>
  );
}
