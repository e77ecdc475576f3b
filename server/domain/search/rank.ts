/** How near a name is to what was typed: it itself, its last part, the begin of a part, or somewhere in it. */
function nearness(name: string, words: string): number {
  const parts = name.split('/');
  if (name === words) return 0;
  if (parts.at(-1) === words) return 1;
  if (parts.at(-1)?.startsWith(words) === true) return 2;
  if (parts.some((part) => part.startsWith(words))) return 3;
  return 4;
}

/** The same rows, those that the words name best first; among equals as they were. */
export function rankByName<T>(rows: readonly T[], words: string, nameOf: (row: T) => string): T[] {
  const sought = words.toLowerCase();
  const near = (row: T): number => nearness(nameOf(row).toLowerCase(), sought);
  return rows.toSorted((a, b) => near(a) - near(b));
}
