import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { decideRange, parseContentRange } from '#server/lib/range.ts';

describe('one range (RFC 9110, section 14)', () => {
  it.each([
    ['bytes=0-99', { kind: 'part', range: { start: 0, end: 99 } }],
    ['bytes=900-', { kind: 'part', range: { start: 900, end: 999 } }],
    ['bytes=-10', { kind: 'part', range: { start: 990, end: 999 } }],
    ['bytes=-5000', { kind: 'part', range: { start: 0, end: 999 } }],
    ['bytes=0-5000', { kind: 'part', range: { start: 0, end: 999 } }],
    ['Bytes= 0-0 ', { kind: 'part', range: { start: 0, end: 0 } }],
    [`bytes=0-${'9'.repeat(400)}`, { kind: 'part', range: { start: 0, end: 999 } }],
    ['bytes=1000-', { kind: 'unsatisfiable' }],
    [`bytes=${'9'.repeat(400)}-`, { kind: 'unsatisfiable' }],
    ['bytes=500-0', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['lines=0-1', { kind: 'full' }],
    ['bytes=-', { kind: 'full' }],
    ['bytes=', { kind: 'full' }],
    ['bytes=1', { kind: 'full' }],
    ['bytes=0x1-2', { kind: 'full' }],
    ['bytes=0 -1', { kind: 'full' }],
    ['bytes 0-1', { kind: 'full' }],
    ['', { kind: 'full' }],
    [undefined, { kind: 'full' }],
  ])('%s of 1000 bytes', (header, decision) => {
    expect(decideRange(header, 1000)).toEqual(decision);
  });

  it('of nothing at all is not satisfiable', () => {
    for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1', 'bytes=0-0,-1'])
      expect(decideRange(header, 0)).toEqual({ kind: 'unsatisfiable' });
  });
});

describe('several ranges', () => {
  const parts = (...ranges: [number, number][]) => ({
    kind: 'parts',
    ranges: ranges.map(([start, end]) => ({ start, end })),
  });

  it.each([
    ['bytes=0-1,5-6', parts([0, 1], [5, 6])],
    ['bytes= 5-6 ,\t0-1', parts([5, 6], [0, 1])],
    ['bytes=,0-1,, 5-6,', parts([0, 1], [5, 6])],
    ['bytes=0-1,2-3', parts([0, 1], [2, 3])],
    ['bytes=0-9,5-14,0-9', parts([0, 9], [5, 14], [0, 9])],
    ['bytes=990-,-5,0-5000', parts([990, 999], [995, 999], [0, 999])],
    ['bytes=0-1,1000-,7-5,-0,5-6', parts([0, 1], [5, 6])],
    ['bytes=1000-,5-6', { kind: 'part', range: { start: 5, end: 6 } }],
    ['bytes=1000-,7-5,-0', { kind: 'unsatisfiable' }],
    ['bytes=0-1,x', { kind: 'full' }],
    ['bytes=0-1,-', { kind: 'full' }],
    ['bytes=0-1;5-6', { kind: 'full' }],
    ['bytes=,,', { kind: 'full' }],
  ])('%s of 1000 bytes', (header, decision) => {
    expect(decideRange(header, 1000)).toEqual(decision);
  });

  it('are the whole where there are too many', () => {
    const many = (count: number) => `bytes=${Array.from({ length: count }, (_, i) => `${i}-${i}`).join()}`;
    // What containers/image asks for at most.
    expect(decideRange(many(1_024), 1e9)).toMatchObject({ kind: 'parts' });
    expect(decideRange(many(2_000), 1e9)).toMatchObject({ kind: 'parts' });
    expect(decideRange(many(2_001), 1e9)).toEqual({ kind: 'full' });
  });

  it('are the whole where they repeat much of it', () => {
    const size = 1_000_000;
    expect(decideRange('bytes=0-,0-65535', size)).toMatchObject({ kind: 'parts' });
    expect(decideRange('bytes=0-,0-65536', size)).toEqual({ kind: 'full' });
    expect(decideRange('bytes=0-,0-', size)).toEqual({ kind: 'full' });
  });
});

/** One range as text, with what RFC 9110 says of it for `size` bytes, told by a walk over the bytes. */
const spec = fc.oneof(
  fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 60 })).map(([first, last]) => ({
    text: `${first}-${last}`,
    holds: (at: number) => at >= first && at <= last,
  })),
  fc.nat({ max: 60 }).map((first) => ({ text: `${first}-`, holds: (at: number) => at >= first })),
  fc.nat({ max: 60 }).map((length) => ({
    text: `-${length}`,
    holds: (at: number, size: number) => at >= size - length,
  })),
);

describe('any ranges', () => {
  it('hold the bytes that were asked for, in the order asked, none merged and none outside', () => {
    fc.assert(
      fc.property(fc.array(spec, { minLength: 1, maxLength: 12 }), fc.nat({ max: 50 }), (specs, size) => {
        const bytes = Array.from({ length: size }, (_, at) => at);
        const wanted = specs
          .map(({ holds }) => bytes.filter((at) => holds(at, size)))
          .filter((held) => held.length > 0);
        const decision = decideRange(`bytes=${specs.map(({ text }) => text).join(', ')}`, size);
        if (wanted.length === 0) {
          expect(decision).toEqual({ kind: 'unsatisfiable' });
          return;
        }
        const got =
          decision.kind === 'part' ? [decision.range] : decision.kind === 'parts' ? decision.ranges : [];
        expect(decision.kind).toBe(wanted.length === 1 ? 'part' : 'parts');
        expect(got.map(({ start, end }) => bytes.slice(start, end + 1))).toEqual(wanted);
      }),
    );
  });

  it('never hold more than the whole and a little', () => {
    const large = fc.tuple(fc.nat(), fc.nat()).map(([first, length]) => `${first}-${first + length}`);
    fc.assert(
      fc.property(fc.array(large, { minLength: 2, maxLength: 50 }), fc.nat(), (texts, size) => {
        const decision = decideRange(`bytes=${texts.join()}`, size);
        if (decision.kind !== 'parts') return;
        const sum = decision.ranges.reduce((bytes, { start, end }) => bytes + end - start + 1, 0);
        expect(sum).toBeLessThanOrEqual(size + 64 * 1024);
        for (const { start, end } of decision.ranges) {
          expect(start).toBeLessThanOrEqual(end);
          expect(end).toBeLessThan(size);
        }
      }),
    );
  });

  it('are decided for any text at all', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9,\- \t=bytes]{0,40}$/));
    fc.assert(
      fc.property(text, fc.nat({ max: 1_000 }), (header, size) => {
        for (const asked of [header, `bytes=${header}`])
          expect(['full', 'unsatisfiable', 'part', 'parts']).toContain(decideRange(asked, size).kind);
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
