import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Overview } from '../../api/types.ts';
import { formatCount, formatSize } from '../../ui/format.ts';
import { Size } from '../../ui/size.tsx';

interface Tile {
  label: string;
  value: ReactNode;
  help: string | undefined;
}

/** The numbers that the first page begins with. */
export function Numbers({ overview }: { overview: Overview }) {
  const { t } = useTranslation();
  return (
    <section className="b-overview-numbers" aria-label={t('overview.numbers')}>
      {useTiles(overview).map(({ label, value, help }) => (
        <dl key={label}>
          <dt>{label}</dt>
          <dd className="b-overview-number b-num">{value}</dd>
          {help !== undefined && <dd>{help}</dd>}
        </dl>
      ))}
    </section>
  );
}

function useTiles(overview: Overview): Tile[] {
  const { t, i18n } = useTranslation();
  const { pulls, pushes, projects, repositories, stock, days } = overview;
  const count = (value: number): string => formatCount(value, i18n.language);
  const compare = (counted: Overview['pulls']): string | undefined =>
    describeChange(counted, { t, days, language: i18n.language });
  const inProjects = t('overview.inProjects', { count: projects });
  const tiles: Tile[] = [
    { label: t('overview.pulls'), value: count(pulls.count), help: compare(pulls) },
    { label: t('overview.pushes'), value: count(pushes.count), help: compare(pushes) },
  ];
  if (!stock)
    return [...tiles, { label: t('overview.repositories'), value: count(repositories), help: inProjects }];
  tiles.push({
    label: t('overview.artifacts'),
    value: count(stock.artifacts),
    help: t('overview.inRepositories', { count: repositories }),
  });
  tiles.push({ label: t('overview.projects'), value: count(projects), help: undefined });
  tiles.push({
    label: t('overview.stored'),
    value: <Size bytes={stock.stored_bytes} />,
    help:
      stock.disk_free_bytes === null
        ? undefined
        : t('overview.diskFree', { size: formatSize(stock.disk_free_bytes) }),
  });
  return tiles;
}

interface ChangeOptions {
  t: TFunction;
  days: number;
  language: string;
}

/** "+9 % to the 14 days before"; nothing where that is not known, or was nothing. */
function describeChange(
  { count, before }: Overview['pulls'],
  { t, days, language }: ChangeOptions,
): string | undefined {
  if (before === null || before === 0) return undefined;
  const percent = Math.round((100 * (count - before)) / before);
  const number = new Intl.NumberFormat(language, { signDisplay: 'exceptZero' }).format(percent);
  // A thin space belongs between a number and its per cent.
  const change = `${number}\u2009%`;
  return days === 1
    ? t('overview.changeHours', { change })
    : t('overview.changeDays', { change, count: days });
}
