import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { type ChartPart, chartTextQuery } from '../../api/artifact-details.ts';
import type { ArtifactPlace } from '../../api/artifacts.ts';
import { formatSize } from '../../ui/format.ts';
import { EmptyState, FailedState, SkeletonRows } from '../../ui/states.tsx';
import { TextPanel } from '../../ui/text-panel.tsx';

const Markdown = lazy(() => import('../../ui/markdown.tsx').then((module) => ({ default: module.Markdown })));

/** Longer ones are shown as their source, and beyond a million characters not at all. */
const mostRendered = 200_000;

/** A text inside the chart's archive: its readme as a page, its values as they are. */
export function ChartText({ place, part }: { place: ArtifactPlace; part: ChartPart }) {
  const { t } = useTranslation();
  const query = useQuery(chartTextQuery(place, part));
  const isReadme = part === 'readme.md';
  const title = t(isReadme ? 'artifact.tabReadme' : 'artifact.tabValues');
  if (query.isError && query.data === undefined) {
    return <FailedState what={title} error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (query.data === undefined) return <SkeletonRows />;
  if (query.data.trim() === '') {
    return <EmptyState text={t(isReadme ? 'artifact.noReadme' : 'artifact.noValues')} />;
  }
  if (!isReadme) return <TextPanel title="values.yaml" text={query.data} language="yaml" />;
  if (query.data.length > mostRendered) {
    return (
      <>
        <p className="b-dim b-graph-note">
          {t('artifact.readmeLong', { size: formatSize(query.data.length) })}
        </p>
        <TextPanel title={title} text={query.data} language="yaml" />
      </>
    );
  }
  return (
    <section className="b-panel b-readme" aria-label={title}>
      <Suspense fallback={<SkeletonRows />}>
        <Markdown text={query.data} />
      </Suspense>
    </section>
  );
}
