import { describe, expect, it } from 'vitest';
import { DEFAULT_MIN_FREE, type MinFree } from '#server/config/values.ts';
import { manualClock } from '#server/lib/clock.ts';
import { createFreeSpaceGuard, explainLack, floorOf, type Volume } from '#server/storage/free-space.ts';

const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;

describe('the floor of free space', () => {
  it('is 5 % of the volume by default, and 2 GiB at most', () => {
    expect(floorOf(DEFAULT_MIN_FREE, 10 * GIBIBYTE)).toBe(0.5 * GIBIBYTE);
    expect(floorOf(DEFAULT_MIN_FREE, 1000 * GIBIBYTE)).toBe(2 * GIBIBYTE);
    expect(floorOf({ kind: 'percent', percent: 10 }, 1000 * GIBIBYTE)).toBe(100 * GIBIBYTE);
    expect(floorOf({ kind: 'bytes', bytes: 7 }, GIBIBYTE)).toBe(7);
  });

  it('refuses from the first byte below it', () => {
    const floor: MinFree = { kind: 'bytes', bytes: 100 * MEBIBYTE };
    const volume = { totalBytes: GIBIBYTE, freeBytes: 100 * MEBIBYTE };
    expect(explainLack(volume, floor)).toBeUndefined();
    expect(explainLack({ ...volume, freeBytes: 100 * MEBIBYTE - 1 }, floor)).toMatch(
      /^the registry's disk is nearly full: 100\.0 MiB are free and 100\.0 MiB have to stay free/,
    );
  });
});

describe('the guard', () => {
  const watch = (volume: { current: Volume }, minFree: MinFree = { kind: 'bytes', bytes: 100 }) => {
    const clock = manualClock();
    const told: string[] = [];
    let readings = 0;
    const guard = createFreeSpaceGuard({
      folder: '/data',
      minFree,
      clock,
      log: (sentence) => told.push(sentence),
      readVolume: () => {
        readings++;
        return Promise.resolve(volume.current);
      },
    });
    return { guard, clock, told, readings: () => readings };
  };
  const volumeOf = (freeBytes: number): Volume => ({ totalBytes: 10_000, freeBytes });

  it('asks the system once a second, however often it is asked, also by many at once', async () => {
    const { guard, clock, readings } = watch({ current: volumeOf(5_000) });
    await Promise.all(Array.from({ length: 50 }, () => guard.check(1)));
    for (let index = 0; index < 50; index++) await guard.check(1);
    expect(readings()).toBe(1);
    clock.advance(1_000);
    await guard.check(1);
    expect(readings()).toBe(2);
  });

  it('counts what is written between two readings, and looks again before it refuses', async () => {
    const volume = { current: volumeOf(1_000) };
    const { guard, clock, readings } = watch(volume);
    await guard.check(0);
    clock.advance(200);
    // 950 bytes would reach below the floor; but they came and went, so there is space.
    await guard.check(950);
    expect(readings()).toBe(2);
    clock.advance(200);
    volume.current = volumeOf(50);
    await expect(guard.check(950)).rejects.toMatchObject({ code: 'denied' });
  });

  it('refuses without asking anew for a moment, and takes pushes again by itself', async () => {
    const volume = { current: volumeOf(99) };
    const { guard, clock, told, readings } = watch(volume);
    for (let index = 0; index < 5; index++) await expect(guard.check(0)).rejects.toThrow('nearly full');
    expect(readings()).toBe(1);
    volume.current = volumeOf(5_000);
    clock.advance(100);
    await guard.check(0);
    expect(told).toEqual([
      expect.stringContaining('nearly full'),
      'the disk has space again: pushes are taken',
    ]);
  });

  it('asks nothing when there is no floor', async () => {
    const { guard, readings } = watch({ current: volumeOf(0) }, { kind: 'bytes', bytes: 0 });
    await guard.check(1_000);
    expect(readings()).toBe(0);
  });
});
