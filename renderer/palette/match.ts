/** A piece of a text; `hit` where it is what was typed. */
export interface Piece {
  text: string;
  hit: boolean;
}

/** Whether each of the typed words is somewhere in the text, in any case of its letters. */
export function matches(text: string, typed: string): boolean {
  const lower = text.toLowerCase();
  return wordsOf(typed).every((word) => lower.includes(word));
}

/** The text cut where the typed words are in it, for showing why it was found. */
export function piecesOf(text: string, typed: string): Piece[] {
  const lower = text.toLowerCase();
  // Some letters are longer in lower case: then nothing is where it was.
  if (lower.length !== text.length) return [{ text, hit: false }];
  const hit = Array.from({ length: text.length }, () => false);
  for (const word of wordsOf(typed)) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length))
      hit.fill(true, at, at + word.length);
  }
  const pieces: Piece[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const last = pieces.at(-1);
    if (last && last.hit === hit[at]) last.text += text[at];
    else pieces.push({ text: text[at] ?? '', hit: hit[at] === true });
  }
  return pieces;
}

function wordsOf(typed: string): string[] {
  return typed.toLowerCase().split(/\s+/).filter(Boolean);
}
