import { useMantineColorScheme } from '@mantine/core';
import {
  IconActivity,
  IconDeviceDesktop,
  IconKeyboard,
  IconLanguage,
  IconLogin,
  IconLogout,
  IconMoon,
  IconSun,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useBoot } from '../api/session.ts';
import { useLeave } from '../frame/leave.ts';
import { usePlaces } from '../frame/navigation.tsx';
import { showPanel } from '../frame/panels.ts';
import { chooseLanguage, type Language, languages } from '../text/i18n.ts';
import type { PaletteGroup, PaletteItem } from './items.ts';

/** The pages that this person may see, and what can be set from anywhere. */
export function useCommands(): PaletteGroup[] {
  const { t } = useTranslation();
  const places = usePlaces();
  const goTo = places.map((place): PaletteItem => ({
    id: `go ${place.label}`,
    icon: place.icon,
    label: place.label,
    link: place.link,
  }));
  return [
    { id: 'go', label: t('palette.goTo'), items: goTo },
    { id: 'settings', label: t('palette.settings'), items: useSettings() },
  ];
}

function useSettings(): PaletteItem[] {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { user, signed_in_by: signedInBy } = useBoot();
  const leave = useLeave();
  const schemes = [
    ['light', IconSun],
    ['dark', IconMoon],
    ['auto', IconDeviceDesktop],
  ] as const;
  const items: PaletteItem[] = schemes
    .filter(([scheme]) => scheme !== colorScheme)
    .map(([scheme, icon]) => ({
      id: `theme ${scheme}`,
      icon,
      label: t('palette.theme', { name: t(`app.theme.${scheme}`) }),
      run: () => setColorScheme(scheme),
    }));
  for (const language of Object.keys(languages) as Language[]) {
    if (language === i18n.language) continue;
    items.push({
      id: `language ${language}`,
      icon: IconLanguage,
      label: t('palette.language', { name: languages[language] }),
      run: () => chooseLanguage(language),
    });
  }
  items.push(
    {
      id: 'panel activity',
      icon: IconActivity,
      label: t('activity.title'),
      run: () => showPanel('activity'),
    },
    { id: 'panel keys', icon: IconKeyboard, label: t('app.keys'), run: () => showPanel('keys') },
  );
  if (!user) items.push({ id: 'sign in', icon: IconLogin, label: t('app.signIn'), link: { to: '/login' } });
  else if (signedInBy !== 'shell')
    items.push({ id: 'sign out', icon: IconLogout, label: t('app.signOut'), run: leave });
  return items;
}
