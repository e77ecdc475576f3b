import { DAYS, HOURS } from '../../lib/clock.ts';

/** How far back the overview looks, in days. */
export const PERIODS = [1, 14, 90] as const;
export type Period = (typeof PERIODS)[number];

/** Hours serve the last day only, days every other period. */
export const KEEP_HOURS_MS = DAYS(3);
export const KEEP_DAYS_MS = DAYS(400);

const HOUR = HOURS(1);
const DAY = DAYS(1);

export interface Traffic {
  readonly startsAtMs: number;
  readonly pulls: number;
  readonly pushes: number;
}

/** Begin of the hour or day (UTC) that the instant lies in. */
export function beginOf(span: 'hour' | 'day', atMs: number): number {
  const length = span === 'hour' ? HOUR : DAY;
  return Math.floor(atMs / length) * length;
}

/** The parts of a period, oldest first, the last one not over yet: begin of the first, their length and number. */
export function partsOf(days: Period, nowMs: number) {
  const span = days === 1 ? ('hour' as const) : ('day' as const);
  const lengthMs = span === 'hour' ? HOUR : DAY;
  const count = days === 1 ? 24 : days;
  return { span, lengthMs, count, fromMs: beginOf(span, nowMs) - (count - 1) * lengthMs };
}

/** A row for each part of the period, also for those in which nothing happened. */
export function fillParts(rows: readonly Traffic[], days: Period, nowMs: number): Traffic[] {
  const { count, fromMs, lengthMs } = partsOf(days, nowMs);
  const known = new Map(rows.map((row) => [row.startsAtMs, row]));
  return Array.from({ length: count }, (_, at) => {
    const startsAtMs = fromMs + at * lengthMs;
    return known.get(startsAtMs) ?? { startsAtMs, pulls: 0, pushes: 0 };
  });
}

export function sum(rows: readonly Traffic[]): { pulls: number; pushes: number } {
  return rows.reduce((all, row) => ({ pulls: all.pulls + row.pulls, pushes: all.pushes + row.pushes }), {
    pulls: 0,
    pushes: 0,
  });
}

export interface StoredOnDay {
  readonly startsAtMs: number;
  readonly bytes: number;
}

/** A straight line through fewer days than this says nothing. */
const LEAST_DAYS = 7;
/** What lies further away than this is no forecast. */
const FURTHEST_DAYS = 365;

/**
 * In how many whole days what is stored will have filled `roomBytes` more, by the straight line through the last days;
 * undefined where there are too few of them, nothing grows, or it is more than a year away.
 */
export function forecastFullInDays(days: readonly StoredOnDay[], roomBytes: number): number | undefined {
  if (days.length < LEAST_DAYS) return undefined;
  const slope = slopeOf(days);
  if (slope <= 0) return undefined;
  const left = Math.floor(Math.max(0, roomBytes) / slope);
  return left > FURTHEST_DAYS ? undefined : left;
}

/** Bytes that came a day, by least squares. */
function slopeOf(days: readonly StoredOnDay[]): number {
  const first = days[0]?.startsAtMs ?? 0;
  const points = days.map(({ startsAtMs, bytes }) => ({ x: (startsAtMs - first) / DAY, y: bytes }));
  const meanX = points.reduce((all, { x }) => all + x, 0) / points.length;
  const meanY = points.reduce((all, { y }) => all + y, 0) / points.length;
  const across = points.reduce((all, { x }) => all + (x - meanX) ** 2, 0);
  const along = points.reduce((all, { x, y }) => all + (x - meanX) * (y - meanY), 0);
  return across === 0 ? 0 : along / across;
}

/** What an administrator should look at, with what its sentence needs. The most serious come first. */
export type Concern =
  | { readonly kind: 'disk_full'; readonly freeBytes: number; readonly floorBytes: number }
  | { readonly kind: 'part_ill'; readonly part: string }
  | { readonly kind: 'certificate_over'; readonly untilMs: number }
  | { readonly kind: 'password_missing' }
  | { readonly kind: 'read_only' }
  | { readonly kind: 'disk_soon'; readonly days: number; readonly freeBytes: number }
  | { readonly kind: 'certificate_soon'; readonly untilMs: number }
  | { readonly kind: 'plain_http' }
  | { readonly kind: 'registration_open' };

/** The disk is worth a word when it fills up within so many days. */
const DISK_SOON_DAYS = 30;
const CERTIFICATE_SOON_MS = DAYS(21);

export interface Condition {
  readonly nowMs: number;
  readonly volume: { readonly freeBytes: number; readonly totalBytes: number } | undefined;
  /** Bytes that must stay free, below which pushes are refused. */
  readonly floorBytes: number;
  readonly fullInDays: number | undefined;
  readonly illParts: readonly string[];
  /** Of the certificate that is served; undefined without one. */
  readonly certificateUntilMs: number | undefined;
  /** Other machines reach this server, and nothing encrypts what they send. */
  readonly isPlainHttp: boolean;
  readonly isAdminPasswordSet: boolean;
  readonly isReadOnly: boolean;
  readonly selfRegistration: boolean;
}

/** Everything that needs attention now, the most serious first. */
export function findConcerns(at: Condition): Concern[] {
  const found: Concern[] = [];
  const isFull = at.volume !== undefined && at.volume.freeBytes < at.floorBytes;
  if (at.volume && isFull)
    found.push({ kind: 'disk_full', freeBytes: at.volume.freeBytes, floorBytes: at.floorBytes });
  for (const part of at.illParts) found.push({ kind: 'part_ill', part });
  const until = at.certificateUntilMs;
  if (until !== undefined && until < at.nowMs) found.push({ kind: 'certificate_over', untilMs: until });
  if (!at.isAdminPasswordSet) found.push({ kind: 'password_missing' });
  if (at.isReadOnly) found.push({ kind: 'read_only' });
  if (at.volume && !isFull && at.fullInDays !== undefined && at.fullInDays <= DISK_SOON_DAYS)
    found.push({ kind: 'disk_soon', days: at.fullInDays, freeBytes: at.volume.freeBytes });
  if (until !== undefined && until >= at.nowMs && until - at.nowMs < CERTIFICATE_SOON_MS)
    found.push({ kind: 'certificate_soon', untilMs: until });
  if (at.isPlainHttp) found.push({ kind: 'plain_http' });
  if (at.selfRegistration) found.push({ kind: 'registration_open' });
  return found;
}
