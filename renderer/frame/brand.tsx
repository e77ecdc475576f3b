import { Button, Menu } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import logo from '../theme/berth.svg';
import { type Language, languages } from '../text/i18n.ts';
import { LanguageAndTheme } from './account-menu.tsx';

/** Top bar of the pages outside an instance: the product, the language, and what `children` add. */
export function BrandBar({ children }: { children?: ReactNode }) {
  const { t, i18n } = useTranslation();
  return (
    <header className="b-topbar">
      <div className="b-instance b-no-drag">
        <img src={logo} alt="" width={20} height={20} />
        <span className="b-instance-name">{t('app.name')}</span>
      </div>
      <div className="b-topbar-right b-no-drag">
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <Button variant="subtle" color="gray">
              {languages[i18n.language as Language]}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <LanguageAndTheme />
          </Menu.Dropdown>
        </Menu>
        {children}
      </div>
    </header>
  );
}
