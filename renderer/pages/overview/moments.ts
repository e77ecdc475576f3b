import { useTranslation } from 'react-i18next';

/** Names hours (of one day) in local time, and days as the server counts them, in UTC: "14:00", "9 Nov". */
export function useMoments(days: number): (time: string) => string {
  const { i18n } = useTranslation();
  const locale = i18n.language === 'en' ? 'en-GB' : i18n.language;
  const format =
    days === 1
      ? new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
      : new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  return (time) => format.format(new Date(time));
}
