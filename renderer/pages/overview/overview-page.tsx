import './overview.css';
import { SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { overviewQuery } from '../../api/overview.ts';
import { useBoot } from '../../api/session.ts';
import type { Overview } from '../../api/types.ts';
import { localInstance } from '../../instance/local.ts';
import { periods } from '../../search.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { FailedState, usePatience } from '../../ui/states.tsx';
import { NeedsAttention } from './needs-attention.tsx';
import { Numbers } from './numbers.tsx';
import { Panel } from './panel.tsx';
import { RecentPushes } from './recent-pushes.tsx';
import { Stored } from './stored.tsx';
import { useLiveOverview } from './use-live-overview.ts';

const TrafficChart = lazy(() =>
  import('./traffic-chart.tsx').then(({ TrafficChart: component }) => ({ default: component })),
);

/** The first page: numbers, what needs attention, traffic and the newest pushes. */
export function OverviewPage() {
  const { t } = useTranslation();
  const days = useSearch({ from: '/i/$instance/overview' }).days ?? 14;
  const query = useQuery(overviewQuery(days));
  useLiveOverview();
  return (
    <>
      <PageHeader title={t('overview.title')} lead={<Lead />} actions={<PeriodSwitch days={days} />} />
      {query.data ? (
        <Content overview={query.data} isOld={query.isPlaceholderData} />
      ) : query.isError ? (
        <FailedState what={t('overview.what')} error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Skeleton />
      )}
    </>
  );
}

function Lead() {
  const { t } = useTranslation();
  const { user, desktop, instance_name: name } = useBoot();
  if (user?.sysadmin !== true) return <span>{t('overview.leadOwn')}</span>;
  return <span>{desktop ? t('overview.leadHere', { name }) : t('overview.leadAll', { name })}</span>;
}

function PeriodSwitch({ days }: { days: number }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const label = (each: number): string =>
    each === 1 ? t('overview.hours', { count: 24 }) : t('overview.days', { count: each });
  return (
    <SegmentedControl
      aria-label={t('overview.period')}
      value={String(days)}
      data={periods.map((each) => ({ value: String(each), label: label(each) }))}
      onChange={(value) =>
        void navigate({
          to: '/i/$instance/overview',
          params: { instance: localInstance },
          search: value === '14' ? {} : { days: periods.find((each) => String(each) === value) },
          replace: true,
        })
      }
    />
  );
}

function Content({ overview, isOld }: { overview: Overview; isOld: boolean }) {
  const { t } = useTranslation();
  const { stock } = overview;
  return (
    <div className="b-overview" data-old={isOld || undefined} aria-busy={isOld || undefined}>
      <Numbers overview={overview} />
      <div className="b-overview-columns">
        <div className="b-overview-column">
          {stock && <NeedsAttention concerns={stock.concerns} />}
          <Panel title={t('overview.traffic')} right={<Legend />}>
            <Suspense fallback={<div className="b-overview-chart-room" aria-busy />}>
              <TrafficChart days={overview.days} traffic={overview.traffic} />
            </Suspense>
          </Panel>
        </div>
        <div className="b-overview-column">
          <RecentPushes overview={overview} />
          {stock && <Stored stock={stock} />}
        </div>
      </div>
    </div>
  );
}

function Legend() {
  const { t } = useTranslation();
  return (
    <div className="b-overview-legend">
      <span data-series="pulls">{t('overview.pulls')}</span>
      <span data-series="pushes">{t('overview.pushes')}</span>
    </div>
  );
}

function Skeleton() {
  const { t } = useTranslation();
  if (!usePatience(true)) return <div className="b-skeleton-room" aria-busy />;
  return (
    <div className="b-overview" role="status" aria-busy aria-label={t('app.loading')}>
      <div className="b-overview-numbers-skeleton" />
      <div className="b-overview-columns">
        <div className="b-overview-panel-skeleton" />
        <div className="b-overview-panel-skeleton" />
      </div>
    </div>
  );
}
