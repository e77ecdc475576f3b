/** Without letters and digits that are taken for one another. */
const groups = ['ABCDEFGHJKMNPQRSTUVWXYZ', 'abcdefghijkmnpqrstuvwxyz', '23456789'] as const;
const all = groups.join('');
const length = 20;

/** One of the characters, each as likely as any other. */
function draw(from: string): string {
  const limit = Math.floor(2 ** 32 / from.length) * from.length;
  const number = new Uint32Array(1);
  do crypto.getRandomValues(number);
  while ((number[0] ?? 0) >= limit);
  return from.charAt((number[0] ?? 0) % from.length);
}

/** A password of 20 characters by the server's rule, from the browser's own source of chance: about 115 bits. */
export function makePassword(): string {
  for (;;) {
    const characters = Array.from({ length }, () => draw(all));
    const isMixed = groups.every((group) => characters.some((character) => group.includes(character)));
    if (isMixed) return characters.join('');
  }
}
