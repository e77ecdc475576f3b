import type { MantineColorSchemeManager } from '@mantine/core';
import type { Preferences } from '#electron/ipc-contract.ts';

/** Where the page keeps a choice, by its name: the desktop window's own storage ends with it, so the shell has a copy. */
export type ChoiceKeys = Readonly<Record<keyof Preferences, string>>;

/** Puts what the shell remembers where the page looks for it; does nothing in a browser. */
export async function recallFromShell(keys: ChoiceKeys): Promise<void> {
  const { theme, language } = (await window.berth?.invoke('preferences:read')) ?? {};
  if (theme) localStorage.setItem(keys.theme, theme);
  if (language) localStorage.setItem(keys.language, language);
}

/** Has the shell remember a choice, which also gives the window's controls the theme's colours. */
export function rememberInShell(choice: Preferences): void {
  // Without it the choice holds until the window closes: nothing to stop the person for.
  window.berth?.invoke('preferences:save', choice).catch(() => {});
}

/** The same colour schemes, and the shell hears of each choice. */
export function rememberedSchemes(schemes: MantineColorSchemeManager): MantineColorSchemeManager {
  return {
    ...schemes,
    set: (theme) => {
      schemes.set(theme);
      rememberInShell({ theme });
    },
  };
}
