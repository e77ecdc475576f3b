import fc from 'fast-check';
import { expect } from 'vitest';

/** The most that a request's head holds: nothing that comes in a header or a path is longer. */
const LONGEST = 64 * 1024;

/**
 * Text that is meant to hurt a parser: any characters at all, the characters and words of its own grammar in any order,
 * and long repetitions of those with something at the end that does not fit.
 */
export function hostileText(pieces: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...pieces);
  const repeated = fc
    .tuple(fc.array(piece, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: LONGEST }), fc.string())
    .map(([pattern, times, tail]) => {
      const text = pattern.join('');
      return text.repeat(Math.ceil(Math.min(times, LONGEST) / Math.max(1, text.length))) + tail;
    });
  return fc.oneof(
    { weight: 3, arbitrary: fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }) },
    { weight: 1, arbitrary: repeated },
  );
}

/** The longest repetition of each pair of pieces, which a parser that goes back and forth takes minutes for. */
export function longRepetitions(pieces: readonly string[]): readonly string[] {
  return pieces.flatMap((first) =>
    pieces.map(
      (second) => (first + second).repeat(Math.ceil(LONGEST / Math.max(1, (first + second).length))) + '!',
    ),
  );
}

/**
 * Runs it on each and expects that none takes much computing: 200 ms is a hundred times what a pass over such a text
 * takes, and a fraction of what going back and forth does. The best of three counts, since the machine does other things.
 */
export function expectQuick(texts: readonly string[], work: (text: string) => unknown): void {
  for (const text of texts) {
    let best = Infinity;
    for (let tries = 0; tries < 3 && best > 200; tries += 1) {
      const before = process.cpuUsage();
      try {
        work(text);
      } catch {
        // Whether it may refuse so is asked elsewhere.
      }
      const { user, system } = process.cpuUsage(before);
      best = Math.min(best, (user + system) / 1000);
    }
    expect(best, `${text.length} characters, ${JSON.stringify(text.slice(0, 20))}...`).toBeLessThan(200);
  }
}
