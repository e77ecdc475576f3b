/** How much was done at a time. */
export interface Sample {
  /** Milliseconds since 1970. */
  at: number;
  done: number;
}

export interface Pace {
  /** Units in a second. */
  perSecond: number;
  /** Milliseconds until the end at this rate; null when the total is unknown or nothing moves. */
  leftMs: number | null;
}

const leastMs = 1000;

/** The rate between the first and the last of `samples`; null before a second has passed. */
export function estimatePace(samples: readonly Sample[], total: number | null): Pace | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (!first || !last || last.at - first.at < leastMs) return null;
  const perSecond = Math.max(0, ((last.done - first.done) * 1000) / (last.at - first.at));
  const left = total === null ? null : Math.max(0, total - last.done);
  return { perSecond, leftMs: left === null || perSecond === 0 ? null : (left * 1000) / perSecond };
}
