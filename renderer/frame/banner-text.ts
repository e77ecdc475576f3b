export const bannerTypes = ['info', 'success', 'warning', 'danger'] as const;
export type BannerType = (typeof bannerTypes)[number];

/** What administrators announce to everybody; dates as `2026-12-31`, empty for no bound. */
export interface BannerText {
  message: string;
  type: BannerType;
  closable: boolean;
  from: string;
  to: string;
}

export const noBanner: BannerText = { message: '', type: 'info', closable: true, from: '', to: '' };

/** The day of a date in any form that browsers read, as `2026-12-31`; empty where it is none. */
function dayOf(date: unknown): string {
  if (typeof date !== 'string' || date === '') return '';
  if (/^\d{4}-\d{2}-\d{2}/.test(date)) return date.slice(0, 10);
  const time = new Date(date);
  if (Number.isNaN(time.getTime())) return '';
  const parts = [time.getFullYear(), time.getMonth() + 1, time.getDate()];
  return parts.map((part) => String(part).padStart(2, '0')).join('-');
}

/** Reads Harbor's JSON text; what it cannot read is no banner. */
export function readBanner(text: string): BannerText {
  let read: unknown;
  try {
    read = text === '' ? null : JSON.parse(text);
  } catch {
    return noBanner;
  }
  if (typeof read !== 'object' || read === null) return noBanner;
  const { message, type, closable, fromDate, toDate } = read as Record<string, unknown>;
  if (typeof message !== 'string') return noBanner;
  return {
    message,
    type: bannerTypes.find((known) => known === type) ?? 'info',
    closable: closable !== false,
    from: dayOf(fromDate),
    to: dayOf(toDate),
  };
}

/** Harbor's JSON text of a banner; empty where it says nothing. */
export function writeBanner({ message, type, closable, from, to }: BannerText): string {
  if (message.trim() === '') return '';
  return JSON.stringify({
    message: message.trim(),
    type,
    closable,
    ...(from && { fromDate: from }),
    ...(to && { toDate: to }),
  });
}

/** Whether a banner is shown on a day (`2026-12-31`); both bounds belong to its time. */
export function isShown({ message, from, to }: BannerText, today: string): boolean {
  return message !== '' && (from === '' || from <= today) && (to === '' || today <= to);
}
