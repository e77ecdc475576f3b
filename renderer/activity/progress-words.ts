import type { TFunction } from 'i18next';
import { formatCount, formatSize } from '../ui/format.ts';
import type { Activity } from './store.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** "184 MB of 298 MB, 38 MB/s, about 4 min left"; of things counted one by one no rate is told. */
export function progressWords(
  { done, total, pace, spec }: Pick<Activity, 'done' | 'total' | 'pace' | 'spec'>,
  t: TFunction,
  language: string,
): string {
  const amount = (value: number): string =>
    spec.unit === 'bytes' ? formatSize(value) : formatCount(value, language);
  const parts = [
    total === null
      ? amount(done)
      : t('activity.part', { done: amount(Math.min(done, total)), total: amount(total) }),
  ];
  if (pace && pace.perSecond > 0 && spec.unit === 'bytes')
    parts.push(t('activity.rate', { size: formatSize(Math.round(pace.perSecond)) }));
  if (pace?.leftMs != null) parts.push(leftWords(pace.leftMs, t));
  return parts.join(t('list.separator'));
}

function leftWords(leftMs: number, t: TFunction): string {
  if (leftMs < minuteMs) return t('activity.leftSeconds', { count: Math.max(1, Math.round(leftMs / 1000)) });
  if (leftMs < hourMs) return t('activity.leftMinutes', { count: Math.round(leftMs / minuteMs) });
  return t('activity.leftHours', { count: Math.round(leftMs / hourMs) });
}
