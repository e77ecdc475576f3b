import { SegmentedControl, Switch, useMantineColorScheme } from '@mantine/core';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage, type Language, languages } from '../../text/i18n.ts';
import { setLetterKeys, useLetterKeys } from '../../ui/letter-keys.ts';
import { Section } from '../../ui/section.tsx';
import './appearance.css';
import { SettingsFrame } from './frame.tsx';

/** How the console looks and listens on this computer; each choice holds at once. */
export function AppearanceSection() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const letters = useLetterKeys();
  const [language, theme] = [useId(), useId()];
  return (
    <SettingsFrame section="appearance">
      <Section title={t('settings.look')} help={t('settings.lookHelp')}>
        <div className="b-rows">
          <div className="b-choice-row">
            <span id={language}>{t('app.language')}</span>
            <SegmentedControl
              aria-labelledby={language}
              value={i18n.language}
              onChange={(value) => void chooseLanguage(value as Language)}
              data={(Object.keys(languages) as Language[]).map((value) => ({
                value,
                label: <span lang={value}>{languages[value]}</span>,
              }))}
            />
          </div>
          <div className="b-choice-row">
            <span id={theme}>{t('app.theme')}</span>
            <SegmentedControl
              aria-labelledby={theme}
              value={colorScheme}
              onChange={(value) => setColorScheme(value as typeof colorScheme)}
              data={(['light', 'dark', 'auto'] as const).map((value) => ({
                value,
                label: t(`app.theme.${value}`),
              }))}
            />
          </div>
        </div>
      </Section>
      <Section title={t('settings.keys')}>
        <div className="b-rows">
          <Switch
            label={t('settings.letterKeys')}
            description={t('settings.letterKeysHelp')}
            checked={letters}
            onChange={(event) => setLetterKeys(event.currentTarget.checked)}
          />
        </div>
      </Section>
    </SettingsFrame>
  );
}
