import { describe, expect, it } from 'vitest';
import { manualClock } from '#server/lib/clock.ts';
import { generatePassword, systemIds } from '#server/lib/ids.ts';
import { VERSION } from '#server/lib/version.ts';
import manifest from '../../../package.json' with { type: 'json' };

describe('the clock of tests', () => {
  it('runs what falls due in order, also what is set meanwhile', () => {
    const clock = manualClock(0);
    const seen: number[] = [];
    clock.after(20, () => seen.push(clock.now()));
    clock.after(10, () => {
      seen.push(clock.now());
      clock.after(5, () => seen.push(clock.now()));
    });
    const cancel = clock.after(12, () => seen.push(-1));
    cancel();
    clock.advance(30);
    expect(seen).toEqual([10, 15, 20]);
    expect(clock.now()).toBe(30);
  });

  it('ends a sleep when its signal aborts', async () => {
    const abort = new AbortController();
    const sleeping = manualClock().sleep(1000, abort.signal);
    abort.abort();
    await expect(sleeping).resolves.toBeUndefined();
  });
});

describe('generated passwords', () => {
  it('are 20 characters, mixed, and differ', () => {
    const made = Array.from({ length: 200 }, () => generatePassword(systemIds));
    for (const password of made)
      expect(password).toMatch(/^(?=.*[A-Z])(?=.*[a-z])(?=.*\d)[A-HJ-NP-Za-km-z2-9]{20}$/);
    expect(new Set(made).size).toBe(made.length);
  });
});

describe('the version', () => {
  it('is that of package.json', () => expect(VERSION).toBe(manifest.version));
});
