import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { graphQuery } from '../../api/artifact-details.ts';
import { type ArtifactPlace, contentQuery } from '../../api/artifacts.ts';
import type { Artifact, ArtifactContent } from '../../api/types.ts';
import { localInstance as instance } from '../../instance/local.ts';
import type { ArtifactSearch } from '../../search.ts';
import { type PageTab, PageTabs } from '../../ui/page-header.tsx';
import { FailedState, SkeletonRows } from '../../ui/states.tsx';
import { platformName } from '../repository/artifact-facts.ts';
import { ChartDependencies } from './chart-dependencies.tsx';
import { ChartText } from './chart-text.tsx';
import { Details } from './details.tsx';
import { BuildHistory } from './history.tsx';
import type { ArtifactTagsProps } from './artifact-tags.tsx';
import { LabelsPanel } from './labels-panel.tsx';
import { Layers } from './layers.tsx';
import { PlatformSwitch } from './platform-switch.tsx';
import { RawTab } from './raw-tab.tsx';
import { ReferrersPanel } from './referrers-panel.tsx';
import { ReferrersTab } from './referrers-tab.tsx';
import { SparseNotice } from './sparse-notice.tsx';

const route = getRouteApi('/i/$instance/projects/$project/repos/$repo/$digest');

/** The first tab needs no word in the address. */
type Tab = NonNullable<ArtifactSearch['tab']> | 'first';

/** Which of the tabs a kind of artifact has. */
function tabsOf(artifact: Artifact, content: ArtifactContent | undefined): Tab[] {
  if (artifact.type === 'CHART') return ['first', 'values', 'dependencies', 'raw', 'referrers'];
  if (content && content.history.length > 0) return ['first', 'history', 'raw', 'referrers'];
  return ['first', 'raw', 'referrers'];
}

/** What the page shows of an artifact: of an index the platform that the address names, else the first that is here. */
function useShown(place: ArtifactPlace) {
  const { platform: wanted } = route.useSearch();
  const whole = useQuery(contentQuery(place));
  // Attestations are listed as platform "unknown".
  const platforms = (whole.data?.platforms ?? []).filter(
    (entry) => entry.stored && entry.architecture !== 'unknown',
  );
  const platform = platforms.find((entry) => platformName(entry) === wanted) ?? platforms[0];
  const digest = platform?.digest ?? place.digest;
  const child = useQuery({ ...contentQuery({ ...place, digest }), enabled: platform !== undefined });
  const shown = platform ? child : whole;
  return { whole: whole.data, platforms, platform, shown: whole.isError ? whole : shown };
}

type Shown = ReturnType<typeof useShown>;

/** Tabs, what the chosen one shows, and the panels beside it. */
export function ArtifactBody({ artifact, place, may }: ArtifactTagsProps) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const held = useShown(place);
  const { platform, platforms, whole } = held;
  const content = held.shown.data;
  const names = tabsOf(artifact, content);
  // While the platform loads nobody knows whether it has a history: the address is believed.
  const tab = search.tab && (names.includes(search.tab) || !content) ? search.tab : 'first';
  const tabs = useTabs({ artifact, place, content, names }).map(({ name, ...words }): PageTab => ({
    ...words,
    active: name === tab,
    link: {
      to: '/i/$instance/projects/$project/repos/$repo/$digest',
      params: { instance, ...place },
      search: { platform: search.platform, tab: name === 'first' ? undefined : name },
    },
  }));
  return (
    <>
      <PageTabs
        label={t('artifact.tabs')}
        tabs={tabs}
        right={platform && tab !== 'referrers' && <PlatformSwitch platforms={platforms} chosen={platform} />}
      />
      <div className="b-artifact" data-wide={tab === 'referrers' || undefined}>
        <div className="b-artifact-main">
          {whole && <SparseNotice content={whole} />}
          <Main artifact={artifact} place={place} held={held} tab={tab} />
        </div>
        <aside className="b-artifact-aside">
          <Details artifact={artifact} content={content ?? whole} platform={platform} />
          <LabelsPanel artifact={artifact} place={place} may={may} />
          <ReferrersPanel place={place} />
        </aside>
      </div>
    </>
  );
}

interface NamedTabs {
  artifact: Artifact;
  place: ArtifactPlace;
  content: ArtifactContent | undefined;
  names: Tab[];
}

function useTabs({ artifact, place, content, names }: NamedTabs) {
  const { t } = useTranslation();
  const graph = useQuery(graphQuery(place)).data;
  const refers = graph?.edges.filter((edge) => edge.kind === 'refers' && edge.to === artifact.digest).length;
  const layers = content?.layers.length;
  const isImage = artifact.type === 'IMAGE' || content === undefined;
  const first = { label: t(isImage ? 'artifact.tabLayers' : 'artifact.tabContent'), count: layers };
  const words: Record<Tab, { label: string; count?: number | undefined }> = {
    first: artifact.type === 'CHART' ? { label: t('artifact.tabReadme') } : first,
    history: { label: t('artifact.tabHistory') },
    raw: { label: t('artifact.tabRaw') },
    referrers: { label: t('artifact.tabReferrers'), count: refers },
    values: { label: t('artifact.tabValues') },
    dependencies: { label: t('artifact.tabDependencies') },
  };
  return names.map((name) => ({ name, ...words[name] }));
}

interface MainProps {
  artifact: Artifact;
  place: ArtifactPlace;
  held: Shown;
  tab: Tab;
}

function Main({ artifact, place, held, tab }: MainProps) {
  const { t } = useTranslation();
  const { shown, whole, platform } = held;
  switch (tab) {
    case 'referrers':
      return <ReferrersTab place={place} />;
    case 'values':
      return <ChartText place={place} part="values.yaml" />;
    case 'dependencies':
      return <ChartDependencies place={place} />;
    case 'first':
      if (artifact.type === 'CHART') return <ChartText place={place} part="readme.md" />;
  }
  const content = shown.data;
  if (!content && shown.isError) {
    return (
      <FailedState what={t('artifact.layersWhat')} error={shown.error} onRetry={() => void shown.refetch()} />
    );
  }
  if (!content) return <SkeletonRows />;
  if (tab === 'raw') {
    return <RawTab place={place} platform={platform} isIndex={(whole?.platforms.length ?? 0) > 0} />;
  }
  return tab === 'history' ? <BuildHistory content={content} base={whole} /> : <Layers content={content} />;
}
