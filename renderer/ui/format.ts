import type { TFunction } from 'i18next';

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/**
 * A size as Docker writes it: decimal units, three significant digits. `bytes` of 184,000,000 gives
 * `{ value: '184', unit: 'MB' }`; below 1 kB the exact number.
 */
export function splitSize(bytes: number): { value: string; unit: string } {
  let value = bytes;
  let unit = 0;
  // 999.5 rounds to four digits, so it belongs to the next unit already.
  while (value >= (unit === 0 ? 1000 : 999.5) && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const text = unit === 0 ? String(value) : value.toFixed(value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2);
  return { value: text, unit: units[unit] ?? 'B' };
}

export function formatSize(bytes: number): string {
  const { value, unit } = splitSize(bytes);
  return `${value} ${unit}`;
}

/** A count with thousands separators; from ten million on in millions. */
export function formatCount(count: number, language: string): string {
  if (count < 10_000_000) return new Intl.NumberFormat(language).format(count);
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(count / 1e6)} M`;
}

/** Whether a time of the API stands for "never": Harbor writes year 1. */
export function isNever(time: string | undefined): boolean {
  return time === undefined || time === '' || time.startsWith('0001-');
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago `time` was at `now` (milliseconds since 1970), from a year on the date. */
export function formatAgo(
  time: string | undefined,
  options: { now: number; t: TFunction; language: string },
): string {
  const { now, t, language } = options;
  if (time === undefined || isNever(time)) return t('time.never');
  const passed = now - new Date(time).getTime();
  if (passed < minute) return t('time.now');
  if (passed < hour) return t('time.minutes', { count: Math.floor(passed / minute) });
  if (passed < day) return t('time.hours', { count: Math.floor(passed / hour) });
  if (passed < 2 * day) return t('time.yesterday');
  if (passed < 365 * day) return t('time.days', { count: Math.floor(passed / day) });
  return new Intl.DateTimeFormat(dateLocale(language), { dateStyle: 'medium' }).format(new Date(time));
}

/** English dates are written day first, as in the rest of the world but one country. */
function dateLocale(language: string): string {
  return language === 'en' ? 'en-GB' : language;
}

/** Local time with its zone and the same in UTC, for tooltips. */
export function formatExact(time: string, language: string): string {
  const date = new Date(time);
  const style = { dateStyle: 'medium', timeStyle: 'long' } as const;
  const local = new Intl.DateTimeFormat(dateLocale(language), style).format(date);
  const utc = new Intl.DateTimeFormat(dateLocale(language), { ...style, timeZone: 'UTC' }).format(date);
  return local === utc ? utc : `${local}\n${utc}`;
}

/** Absolute local time with seconds, for logs. */
export function formatLogTime(time: string, language: string): string {
  return new Intl.DateTimeFormat(dateLocale(language), {
    year: 'numeric',
    month: language === 'en' ? 'short' : '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(new Date(time));
}

export function formatDateTime(time: string, language: string): string {
  return new Intl.DateTimeFormat(dateLocale(language), {
    dateStyle: 'medium',
    timeStyle: 'short',
    hourCycle: 'h23',
  }).format(new Date(time));
}

/** `digits` hexadecimal digits of a digest, without its algorithm. */
export function shortDigest(digest: string, digits = 12): string {
  return digest.slice(digest.indexOf(':') + 1).slice(0, digits);
}

/** A length of time in words: seconds below two minutes, then whole minutes. */
export function formatDuration(ms: number, t: TFunction): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 120) return t('time.seconds', { count: seconds });
  return t('time.wholeMinutes', { count: Math.round(seconds / 60) });
}

/** The local date of a time of the API, such as "9 Nov 2026". */
export function formatDate(time: string, language: string): string {
  return new Intl.DateTimeFormat(dateLocale(language), { dateStyle: 'medium' }).format(new Date(time));
}
