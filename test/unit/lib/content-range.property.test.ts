import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseContentRange } from '#server/lib/range.ts';
import { expectQuick, hostileText, longRepetitions } from '#test/support/hostile.ts';

const pieces = ['0', '9', '12345', '-', 'bytes', ' ', '\t', '/', '*', ',', '=', '+', '.', 'e5', '0x1', '９'];

describe('Content-Range of a chunk', () => {
  it('comes back from its two numbers, in every way it is written', () => {
    const numbers = fc.tuple(fc.nat({ max: 2 ** 40 }), fc.nat({ max: 2 ** 40 }));
    const forms = fc.constantFrom<(range: string) => string>(
      (range) => range,
      (range) => `bytes ${range}/*`,
      (range) => `bytes ${range}/5`,
      (range) => ` ${range} `,
    );
    fc.assert(
      fc.property(numbers, forms, ([a, b], write) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        expect(parseContentRange(write(`${start}-${end}`))).toEqual({ start, end });
      }),
    );
  });

  it('is none where it ends before it begins', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 1_000_000 }), (end, more) => {
        expect(parseContentRange(`${end + more}-${end}`)).toBeUndefined();
      }),
    );
  });

  it('never throws, and gives no range that is not one of bytes', () => {
    fc.assert(
      fc.property(hostileText(pieces), (text) => {
        const range = parseContentRange(text);
        if (!range) return;
        expect(Number.isSafeInteger(range.start) && Number.isSafeInteger(range.end)).toBe(true);
        expect(range.start).toBeGreaterThanOrEqual(0);
        expect(range.end).toBeGreaterThanOrEqual(range.start);
        // Both numbers are in the text as they were understood.
        expect(text.replace(/\b0+(?=\d)/g, '')).toContain(`${range.start}-${range.end}`);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes no long time, however long it is', () => expectQuick(longRepetitions(pieces), parseContentRange));
});
