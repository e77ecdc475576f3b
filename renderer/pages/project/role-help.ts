/** Texts that say in a few words what a role is for, by Harbor's role ids. */
export const roleHelp = {
  1: 'role.1.help',
  2: 'role.2.help',
  3: 'role.3.help',
  4: 'role.4.help',
  5: 'role.5.help',
} as const;
