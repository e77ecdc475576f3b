import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { rememberInShell } from '../instance/desktop.ts';
import type { en } from './en.ts';

export const languages = { en: 'English', 'zh-CN': '简体中文' } as const;
export type Language = keyof typeof languages;

/** Where the page keeps the chosen language. */
export const languageKey = 'berth-language';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    keySeparator: false;
    nsSeparator: false;
    resources: { translation: typeof en };
  }
}

/** The language chosen before, else the browser's if we have it, else English. */
function firstLanguage(): Language {
  const kept = localStorage.getItem(languageKey);
  if (kept === 'en' || kept === 'zh-CN') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

async function loadCatalogue(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, 'translation')) return;
  const texts = language === 'en' ? (await import('./en.ts')).en : (await import('./zh-cn.ts')).zhCn;
  i18next.addResourceBundle(language, 'translation', texts);
}

/** Loads the catalogue of the first language; texts may be shown once it resolves. */
export async function startTexts(): Promise<void> {
  const language = firstLanguage();
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    keySeparator: false,
    nsSeparator: false,
    resources: {},
    partialBundledLanguages: true,
    // React escapes what it shows.
    interpolation: { escapeValue: false },
  });
  await showLanguage(language);
}

/** Switches every text on the page, and remembers the choice. */
export async function chooseLanguage(language: Language): Promise<void> {
  localStorage.setItem(languageKey, language);
  rememberInShell({ language });
  await showLanguage(language);
}

async function showLanguage(language: Language): Promise<void> {
  await loadCatalogue(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
