import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fillParts,
  findConcerns,
  forecastFullInDays,
  type Condition,
  type StoredOnDay,
} from '#server/domain/overview/rules.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 2, 10, 12, 30);

const well: Condition = {
  nowMs: NOW,
  volume: { freeBytes: 500, totalBytes: 1000 },
  floorBytes: 50,
  fullInDays: undefined,
  illParts: [],
  certificateUntilMs: undefined,
  isPlainHttp: false,
  isAdminPasswordSet: true,
  isReadOnly: false,
  selfRegistration: false,
};
const kinds = (change: Partial<Condition>): string[] =>
  findConcerns({ ...well, ...change }).map(({ kind }) => kind);

/** Days that end today, with what was stored on each. */
const days = (...bytes: readonly number[]): StoredOnDay[] =>
  bytes.map((each, at) => ({ startsAtMs: NOW - (bytes.length - at) * DAY, bytes: each }));

describe('the parts of a period', () => {
  it('are all there, oldest first, with nothing where nothing happened', () => {
    const rows = [{ startsAtMs: Date.UTC(2026, 2, 9), pulls: 3, pushes: 1 }];
    const parts = fillParts(rows, 14, NOW);
    expect(parts).toHaveLength(14);
    expect(parts[0]).toEqual({ startsAtMs: Date.UTC(2026, 1, 25), pulls: 0, pushes: 0 });
    expect(parts.at(-2)).toEqual(rows[0]);
    expect(fillParts([], 1, NOW).at(-1)?.startsAtMs).toBe(Date.UTC(2026, 2, 10, 12));
  });
});

describe('the forecast', () => {
  it('follows the line through the days', () => {
    expect(forecastFullInDays(days(0, 10, 20, 30, 40, 50, 60, 70), 100)).toBe(10);
  });

  it('says nothing from few days, where nothing grows, or beyond a year', () => {
    expect(forecastFullInDays(days(0, 10, 20, 30, 40, 50), 100)).toBeUndefined();
    expect(forecastFullInDays(days(70, 60, 50, 40, 30, 20, 10), 100)).toBeUndefined();
    expect(forecastFullInDays(days(5, 5, 5, 5, 5, 5, 5), 100)).toBeUndefined();
    expect(forecastFullInDays(days(0, 1, 2, 3, 4, 5, 6), 400)).toBeUndefined();
  });

  it('is a whole number of days that are not over, whatever was stored', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1e12), { maxLength: 40 }),
        fc.integer({ min: -1e9, max: 1e12 }),
        (bytes, room) => {
          const left = forecastFullInDays(days(...bytes), room);
          return left === undefined || (Number.isInteger(left) && left >= 0 && left <= 365);
        },
      ),
    );
  });
});

describe('what needs attention', () => {
  it('is nothing while all is well', () => {
    expect(kinds({})).toEqual([]);
    expect(kinds({ volume: undefined })).toEqual([]);
  });

  it('is a disk below its floor, and then no forecast besides', () => {
    const volume = { freeBytes: 49, totalBytes: 1000 };
    expect(kinds({ volume, fullInDays: 0 })).toEqual(['disk_full']);
    expect(kinds({ volume: { ...volume, freeBytes: 50 } })).toEqual([]);
  });

  it('is a disk that fills up within a month', () => {
    expect(kinds({ fullInDays: 30 })).toEqual(['disk_soon']);
    expect(kinds({ fullInDays: 31 })).toEqual([]);
  });

  it('is a certificate that ends within three weeks, or has ended', () => {
    expect(kinds({ certificateUntilMs: NOW - 1 })).toEqual(['certificate_over']);
    expect(kinds({ certificateUntilMs: NOW + 20 * DAY })).toEqual(['certificate_soon']);
    expect(kinds({ certificateUntilMs: NOW + 22 * DAY })).toEqual([]);
  });

  it('comes with what does not work first', () => {
    const all = kinds({
      illParts: ['database'],
      isPlainHttp: true,
      isAdminPasswordSet: false,
      isReadOnly: true,
      selfRegistration: true,
      fullInDays: 3,
    });
    expect(all).toEqual([
      'part_ill',
      'password_missing',
      'read_only',
      'disk_soon',
      'plain_http',
      'registration_open',
    ]);
  });
});
