import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Stock } from '../../api/types.ts';
import { formatSize } from '../../ui/format.ts';
import { Panel } from './panel.tsx';

const StoredChart = lazy(() =>
  import('./stored-chart.tsx').then(({ StoredChart: component }) => ({ default: component })),
);

/** How full the disk is, how what is stored grew, and where that leads. */
export function Stored({ stock }: { stock: Stock }) {
  const { t } = useTranslation();
  const { disk_total_bytes: total, disk_free_bytes: free, by_day: days } = stock;
  const first = days[0]?.stored_bytes ?? stock.stored_bytes;
  const grown = stock.stored_bytes - first;
  return (
    <Panel title={t('overview.storage')}>
      <div className="b-overview-stored">
        {total !== null && free !== null && (
          <DiskBar total={total} free={free} stored={Math.min(stock.stored_bytes, total - free)} />
        )}
        {days.length > 1 && (
          <>
            <p className="b-dim">
              {t(grown < 0 ? 'overview.shrunk' : 'overview.grown', {
                size: formatSize(Math.abs(grown)),
                count: days.length,
              })}
            </p>
            <Suspense fallback={<div className="b-overview-chart-room" data-low aria-busy />}>
              <StoredChart days={days} />
            </Suspense>
          </>
        )}
        <p className="b-dim">{forecast(stock, t)}</p>
      </div>
    </Panel>
  );
}

function forecast(stock: Stock, t: ReturnType<typeof useTranslation>['t']): string | undefined {
  if (stock.full_in_days !== null) return t('overview.fullIn', { count: stock.full_in_days });
  // Without a week of days nothing can be said, and silence would look like a missing number.
  return stock.disk_free_bytes !== null && stock.by_day.length < 7 ? t('overview.noForecast') : undefined;
}

/** The disk as a bar: what is stored here, what else is on it, what is free; the same in words below. */
function DiskBar({ total, free, stored }: { total: number; free: number; stored: number }) {
  const { t } = useTranslation();
  const other = Math.max(0, total - free - stored);
  const share = (bytes: number): string => `${(100 * bytes) / Math.max(1, total)}%`;
  return (
    <>
      <div className="b-overview-disk" aria-hidden>
        <span data-part="stored" style={{ width: share(stored) }} />
        <span data-part="other" style={{ width: share(other) }} />
      </div>
      <ul className="b-overview-disk-legend">
        <li data-part="stored">{t('overview.diskStored', { size: formatSize(stored) })}</li>
        <li data-part="other">{t('overview.diskOther', { size: formatSize(other) })}</li>
        <li data-part="free">{t('overview.diskOf', { free: formatSize(free), total: formatSize(total) })}</li>
      </ul>
    </>
  );
}
