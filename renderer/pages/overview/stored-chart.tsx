import '@mantine/charts/styles.css';
import { AreaChart } from '@mantine/charts';
import { VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Stock } from '../../api/types.ts';
import { formatSize } from '../../ui/format.ts';
import { useMoments } from './moments.ts';
import { ticksFor } from './ticks.ts';

/** Bytes stored by the day; the same as a table for who cannot see the area. */
export function StoredChart({ days }: { days: Stock['by_day'] }) {
  const { t } = useTranslation();
  const moment = useMoments(14);
  const rows = days.map(({ starts_at, stored_bytes }) => ({ at: moment(starts_at), stored: stored_bytes }));
  const ticks = ticksFor(Math.max(...rows.map(({ stored }) => stored)), 2);
  return (
    <>
      <div className="b-overview-chart" role="img" aria-label={t('overview.storedByDay')}>
        <AreaChart
          h={110}
          data={rows}
          dataKey="at"
          series={[{ name: 'stored', label: t('overview.stored'), color: 'var(--b-chart-1)' }]}
          curveType="linear"
          withDots={false}
          strokeWidth={1.5}
          fillOpacity={0.12}
          tickLine="none"
          gridAxis="x"
          valueFormatter={formatSize}
          yAxisProps={{ domain: [0, ticks.at(-1) ?? 1], ticks, width: 62 }}
          xAxisProps={{ interval: 'equidistantPreserveStart', minTickGap: 24 }}
          areaChartProps={{ margin: { top: 10, right: 8, left: 0, bottom: 0 }, accessibilityLayer: false }}
          areaProps={{ isAnimationActive: false }}
          tooltipAnimationDuration={0}
        />
      </div>
      <VisuallyHidden>
        <table>
          <caption>{t('overview.storedByDay')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('overview.day')}</th>
              <th scope="col">{t('overview.stored')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.at}>
                <th scope="row">{row.at}</th>
                <td>{formatSize(row.stored)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </>
  );
}
