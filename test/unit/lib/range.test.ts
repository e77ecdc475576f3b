import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { decideRange, parseContentRange } from '#server/lib/range.ts';

describe('ranges (RFC 9110, section 14)', () => {
  it.each([
    ['bytes=0-99', { kind: 'part', range: { start: 0, end: 99 } }],
    ['bytes=900-', { kind: 'part', range: { start: 900, end: 999 } }],
    ['bytes=-10', { kind: 'part', range: { start: 990, end: 999 } }],
    ['bytes=-5000', { kind: 'part', range: { start: 0, end: 999 } }],
    ['bytes=0-5000', { kind: 'part', range: { start: 0, end: 999 } }],
    ['bytes=1000-', { kind: 'unsatisfiable' }],
    ['bytes=500-0', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=0-1,5-6', { kind: 'full' }],
    ['lines=0-1', { kind: 'full' }],
    ['bytes=-', { kind: 'full' }],
    ['', { kind: 'full' }],
  ])('%s of 1000 bytes', (header, decision) => {
    expect(decideRange(header, 1000)).toEqual(decision);
  });

  it('never leaves the resource', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat({ max: 10_000 }), (first, last, size) => {
        const decision = decideRange(`bytes=${first}-${last}`, size);
        if (decision.kind !== 'part') return;
        expect(decision.range.start).toBeLessThanOrEqual(decision.range.end);
        expect(decision.range.end).toBeLessThan(size);
      }),
    );
  });
});

describe('Content-Range of a chunk', () => {
  it.each([
    ['0-511', { start: 0, end: 511 }],
    ['bytes 5-9/10', { start: 5, end: 9 }],
    ['bytes 5-9/*', { start: 5, end: 9 }],
    ['9-5', undefined],
    ['a-b', undefined],
    ['0', undefined],
  ])('%s', (header, range) => {
    expect(parseContentRange(header)).toEqual(range);
  });
});
