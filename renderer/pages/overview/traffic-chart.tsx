import '@mantine/charts/styles.css';
import { AreaChart } from '@mantine/charts';
import { VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../api/types.ts';
import { formatCount } from '../../ui/format.ts';
import { ticksFor } from './ticks.ts';
import { useMoments } from './moments.ts';

export interface TrafficChartProps {
  days: number;
  traffic: Overview['traffic'];
}

/** Pulls and pushes as two areas; the same as a table for who cannot see them. */
export function TrafficChart({ days, traffic }: TrafficChartProps) {
  const { t, i18n } = useTranslation();
  const moment = useMoments(days);
  const count = (value: number): string => formatCount(value, i18n.language);
  const rows = traffic.map(({ starts_at, pulls, pushes }) => ({ at: moment(starts_at), pulls, pushes }));
  const ticks = ticksFor(Math.max(...rows.map(({ pulls, pushes }) => Math.max(pulls, pushes))));
  const sum = (key: 'pulls' | 'pushes'): string => count(rows.reduce((all, row) => all + row[key], 0));
  const summary = t('overview.trafficSummary', { pulls: sum('pulls'), pushes: sum('pushes') });
  return (
    <>
      <div className="b-overview-chart" role="img" aria-label={summary}>
        <AreaChart
          h={220}
          data={rows}
          dataKey="at"
          series={[
            { name: 'pulls', label: t('overview.pulls'), color: 'var(--b-chart-1)' },
            { name: 'pushes', label: t('overview.pushes'), color: 'var(--b-chart-2)' },
          ]}
          curveType="monotone"
          withDots={false}
          strokeWidth={1.5}
          fillOpacity={0.12}
          tickLine="none"
          gridAxis="x"
          valueFormatter={count}
          yAxisProps={{ domain: [0, ticks.at(-1) ?? 1], ticks, width: 56 }}
          xAxisProps={{ interval: 'equidistantPreserveStart', minTickGap: 24 }}
          areaChartProps={{ margin: { top: 10, right: 16, left: 0, bottom: 0 }, accessibilityLayer: false }}
          areaProps={{ isAnimationActive: false }}
          tooltipAnimationDuration={0}
        />
      </div>
      <VisuallyHidden>
        <table>
          <caption>{t('overview.traffic')}</caption>
          <thead>
            <tr>
              <th scope="col">{t(days === 1 ? 'overview.hour' : 'overview.day')}</th>
              <th scope="col">{t('overview.pulls')}</th>
              <th scope="col">{t('overview.pushes')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.at}>
                <th scope="row">{row.at}</th>
                <td>{count(row.pulls)}</td>
                <td>{count(row.pushes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </>
  );
}
