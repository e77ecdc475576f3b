/** The sections of the settings in the order of their tabs. */
export const sections = ['general', 'storage', 'network', 'labels', 'health', 'appearance', 'about'] as const;
export type SectionName = (typeof sections)[number];

/** What everybody may look at; the rest is for system administrators. */
const forAll: readonly SectionName[] = ['appearance', 'about'];

/** The sections that are there for an administrator, or for anybody else. */
export function sectionsFor(sysadmin: boolean): readonly SectionName[] {
  return sysadmin ? sections : forAll;
}
