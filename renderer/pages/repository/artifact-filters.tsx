import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usableLabelsQuery } from '../../api/labels.ts';
import { artifactTypes, platforms, pushedWithin, type RepositorySearch } from '../../search.ts';
import { FilterChip, FilterField, FilterMenu, FilterRow } from '../../ui/filter-row.tsx';
import { formatCount } from '../../ui/format.ts';
import { typeWord } from './artifact-facts.ts';

/** What takes every filter of the artifacts away; the tab and the order stay. */
export const noFilters = {
  q: undefined,
  tagged: undefined,
  type: undefined,
  platform: undefined,
  label: undefined,
  pushed: undefined,
} satisfies RepositorySearch;

/** Whether any of them is on. */
export const isFiltered = (search: RepositorySearch): boolean =>
  (Object.keys(noFilters) as (keyof typeof noFilters)[]).some((key) => search[key] !== undefined);

export interface ArtifactFiltersProps {
  search: RepositorySearch;
  set: (change: RepositorySearch) => void;
  project: string;
  projectId: number | undefined;
  /** Of how many, where a filter is on. */
  found: Found | undefined;
  /** The column choice. */
  right: ReactNode;
}

export interface Found {
  /** Null for more than are counted. */
  count: number | null;
  of: number | undefined;
}

/** The field, the drop-downs, and what is on as chips; then how many match. */
export function ArtifactFilters({ search, set, project, projectId, found, right }: ArtifactFiltersProps) {
  const { t } = useTranslation();
  const tagged = [
    { value: 'yes', label: t('repository.tagged') },
    { value: 'no', label: t('repository.untaggedOnly') },
  ] as const;
  return (
    <FilterRow
      right={
        <>
          {found && <FoundCount {...found} />}
          {right}
        </>
      }
    >
      <FilterField
        label={t('field.filterArtifacts')}
        value={search.q ?? ''}
        onChange={(q) => set({ q: q || undefined })}
      />
      <FilterMenu
        label={t('field.tagged')}
        value={search.tagged}
        options={tagged}
        onChange={(value) => set({ tagged: value })}
      />
      <FilterMenu
        label={t('field.type')}
        value={search.type}
        options={artifactTypes.map((value) => ({ value, label: typeWord(value, t) }))}
        onChange={(type) => set({ type })}
      />
      <FilterMenu
        label={t('field.platform')}
        value={search.platform}
        options={platforms.map((value) => ({ value, label: value }))}
        onChange={(platform) => set({ platform })}
      />
      <LabelFilter project={project} projectId={projectId} search={search} set={set} />
      <FilterMenu
        label={t('field.pushed')}
        value={search.pushed}
        options={pushedWithin.map((value) => ({ value, label: daysWord(value, t) }))}
        onChange={(pushed) => set({ pushed })}
      />
      <Chips search={search} set={set} />
    </FilterRow>
  );
}

const daysWord = (days: string, t: TFunction): string => t('repository.lastDays', { count: Number(days) });

function Chips({ search, set }: Pick<ArtifactFiltersProps, 'search' | 'set'>) {
  const { t } = useTranslation();
  const { tagged, type, platform, pushed } = search;
  return (
    <>
      {tagged && (
        <FilterChip
          label={t(tagged === 'yes' ? 'repository.filterTagged' : 'repository.filterUntagged')}
          onClear={() => set({ tagged: undefined })}
        />
      )}
      {type && <FilterChip label={typeWord(type, t)} onClear={() => set({ type: undefined })} />}
      {platform && <FilterChip label={platform} onClear={() => set({ platform: undefined })} />}
      {pushed && (
        <FilterChip
          label={t('repository.filterPushed', { days: daysWord(pushed, t) })}
          onClear={() => set({ pushed: undefined })}
        />
      )}
    </>
  );
}

type LabelFilterProps = Pick<ArtifactFiltersProps, 'project' | 'projectId' | 'search' | 'set'>;

/** Absent where there is no label to choose. */
function LabelFilter({ project, projectId, search, set }: LabelFilterProps) {
  const { t } = useTranslation();
  const labels = useQuery({
    ...usableLabelsQuery({ project, projectId: projectId ?? 0 }),
    enabled: projectId !== undefined,
    // Who may not read labels filters without them.
    retry: false,
  }).data;
  const chosen = labels?.find((label) => label.id === search.label);
  return (
    <>
      {labels && labels.length > 0 && (
        <FilterMenu
          label={t('field.label')}
          value={chosen && String(chosen.id)}
          options={labels.map((label) => ({ value: String(label.id), label: label.name }))}
          onChange={(id) => set({ label: Number(id) })}
        />
      )}
      {search.label !== undefined && labels && (
        <FilterChip
          label={t('repository.filterLabel', { name: chosen?.name ?? `#${search.label}` })}
          onClear={() => set({ label: undefined })}
        />
      )}
    </>
  );
}

/** "62 of 214 artifacts". */
function FoundCount({ count, of }: Found) {
  const { t, i18n } = useTranslation();
  const words =
    count === null
      ? t('repository.foundMany')
      : of === undefined
        ? t('count.artifacts', { count })
        : t('repository.found', { found: formatCount(count, i18n.language), count: of });
  return <span aria-live="polite">{words}</span>;
}
