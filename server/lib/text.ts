/**
 * Whether every database keeps this text as it is: PostgreSQL takes no NUL, and a lone half of a surrogate pair (which
 * JSON can say, UTF-8 cannot) would come back as another character.
 */
export function isKeepable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** Where in parsed JSON the first text (or name) lies that is not {@link isKeepable}: `metadata.public`; undefined: nowhere. */
export function findUnkeepable(value: unknown): string | undefined {
  // Not by recursion: a body may be nested deeper than the stack.
  const open: { readonly value: unknown; readonly at: string }[] = [{ value, at: '' }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: found, at } = next;
    if (typeof found === 'string' && !isKeepable(found)) return at;
    if (typeof found !== 'object' || found === null) continue;
    for (const [name, item] of Object.entries(found)) {
      const inside = at === '' ? name : `${at}.${name}`;
      if (!isKeepable(name)) return at;
      // Paths of deep values would grow with the square of their depth.
      open.push({ value: item, at: inside.length > 200 ? at : inside });
    }
  }
  return undefined;
}
