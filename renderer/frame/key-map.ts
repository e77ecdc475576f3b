import type { TextKey } from '../text/en.ts';

/** A key, or keys pressed together, in the order they are written on key caps; `g p` is two one after the other. */
export interface KeyLine {
  label: Extract<TextKey, `keys.${string}`>;
  /** Alternatives; each a row of caps. `Mod` is ⌘ on a Mac and Ctrl elsewhere. */
  caps: readonly (readonly string[])[];
  /** Does nothing while single letters are switched off. */
  letter?: boolean;
}

export interface KeyGroup {
  label: Extract<TextKey, `keys.${string}`>;
  lines: readonly KeyLine[];
}

/** Every key that does something, as the sheet shows them. */
export const keyGroups: readonly KeyGroup[] = [
  {
    label: 'keys.everywhere',
    lines: [
      { label: 'keys.palette', caps: [['Mod', 'K']] },
      { label: 'keys.activity', caps: [['Mod', '.']] },
      { label: 'keys.filter', caps: [['/']], letter: true },
      { label: 'keys.navigation', caps: [['[']], letter: true },
      { label: 'keys.goOverview', caps: [['g', 'o']], letter: true },
      { label: 'keys.goProjects', caps: [['g', 'p']], letter: true },
      { label: 'keys.goSettings', caps: [['g', 's']], letter: true },
      { label: 'keys.sheet', caps: [['?']], letter: true },
    ],
  },
  {
    label: 'keys.inTables',
    lines: [
      { label: 'keys.move', caps: [['j'], ['k'], ['↓'], ['↑']], letter: true },
      { label: 'keys.select', caps: [['x']], letter: true },
      { label: 'keys.open', caps: [['Enter']] },
      { label: 'keys.copy', caps: [['c']], letter: true },
      { label: 'keys.delete', caps: [['Del']], letter: true },
    ],
  },
  {
    label: 'keys.inDialogs',
    lines: [
      { label: 'keys.confirm', caps: [['Mod', 'Enter']] },
      { label: 'keys.save', caps: [['Mod', 'S']] },
      { label: 'keys.close', caps: [['Esc']] },
    ],
  },
];

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** What stands on the key itself. */
export function capText(cap: string): string {
  return cap === 'Mod' ? (isMac ? '⌘' : 'Ctrl') : cap;
}
