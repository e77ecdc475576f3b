/**
 * Round numbers from 0 to at least `most` for an axis, in `steps` equal steps or fewer: 1, 2, 2.5 or 5 times a power of
 * ten, and never parts of one.
 */
export function ticksFor(most: number, steps = 3): number[] {
  const wished = Math.max(1, most) / steps;
  const power = 10 ** Math.floor(Math.log10(wished));
  const factor = [1, 2, 2.5, 5, 10].find((each) => each * power >= wished) ?? 10;
  const step = Math.max(1, Math.ceil(factor * power));
  const count = Math.max(1, Math.ceil(most / step));
  return Array.from({ length: count + 1 }, (_, at) => at * step);
}
