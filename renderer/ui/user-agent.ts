/** Programs by the word that names them in a User-Agent; the first that fits, since browsers name others as well. */
const programs: readonly (readonly [RegExp, string])[] = [
  [/\bBerth\/|\bElectron\//, 'Berth'],
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/Chrom(e|ium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, 'Android'],
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
];

const find = (among: readonly (readonly [RegExp, string])[], text: string): string | null =>
  among.find(([pattern]) => pattern.test(text))?.[1] ?? null;

/** Program and system of a User-Agent, by names that are the same in every language; null for what it does not tell. */
export function readUserAgent(text: string): { program: string | null; system: string | null } {
  const program = find(programs, text) ?? (/^([\w.-]{1,40})\//.exec(text)?.[1] || null);
  return { program: program === 'Mozilla' ? null : program, system: find(systems, text) };
}
