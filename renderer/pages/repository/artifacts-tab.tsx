import { Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { artifactListQuery } from '../../api/artifacts.ts';
import { flatten } from '../../api/paging.ts';
import type { RepositoryTabProps } from './tabs.ts';
import type { Artifact } from '../../api/types.ts';
import type { RepositorySearch } from '../../search.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { DataPage } from '../../ui/data-page.tsx';
import type { Column } from '../../ui/table.tsx';
import { Digest } from '../../ui/digest.tsx';
import { FilterChip, FilterField, FilterMenu, FilterRow } from '../../ui/filter-row.tsx';
import { ArtifactLink } from '../../ui/links.tsx';
import { Size } from '../../ui/size.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { TagChips } from '../../ui/tag-chips.tsx';
import { Ago } from '../../ui/time.tsx';
import { kindOf, nameOfArtifact, platformName, platformsOf } from './artifact-facts.ts';
import { DeleteArtifactsDialog } from './delete-dialogs.tsx';

const route = getRouteApi('/i/$instance/projects/$project/repos/$repo');

export function ArtifactsTab({ project, repo, may }: RepositoryTabProps) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: Partial<typeof search>): void =>
    void navigate({ search: (previous) => ({ ...previous, ...change }), replace: true });
  const sort = search.sort ?? '-push_time';
  const query = useInfiniteQuery(
    artifactListQuery(project, repo, { words: search.q, tagged: search.tagged, sort: search.sort }),
  );
  const [selected, setSelected] = useState<Artifact[]>([]);
  const [deleting, setDeleting] = useState(false);
  const clear = useCallback(() => setSelected([]), []);
  const filtered = search.q !== undefined || search.tagged !== undefined;
  const none = !filtered && query.data?.pages[0]?.items.length === 0;
  return (
    <>
      {!none && (
        <ArtifactFilters search={search} set={set} total={filtered ? flatten(query.data).total : undefined} />
      )}
      <DataPage
        query={query}
        columns={useColumns(project, repo)}
        idOf={(artifact) => artifact.digest}
        what={t('repository.artifactsWhat')}
        filtered={
          filtered
            ? { text: t('state.noArtifactMatches'), clear: () => set({ q: undefined, tagged: undefined }) }
            : undefined
        }
        empty={<EmptyState text={t('repository.empty')} />}
        selection={
          may('artifact', 'delete') ? { selected, onChange: setSelected, nameOf: nameOfArtifact } : undefined
        }
        sort={{ value: sort, onChange: (value) => set({ sort: value as typeof search.sort }) }}
      />
      {selected.length > 0 && (
        <BulkBar
          count={selected.length}
          bytes={selected.reduce((sum, artifact) => sum + artifact.size, 0)}
          onDelete={() => setDeleting(true)}
          onClear={clear}
        />
      )}
      {deleting && (
        <DeleteArtifactsDialog
          project={project}
          repo={repo}
          artifacts={selected}
          onClose={() => setDeleting(false)}
          onDeleted={clear}
        />
      )}
    </>
  );
}

interface ArtifactFiltersProps {
  search: RepositorySearch;
  set: (change: RepositorySearch) => void;
  total: number | undefined;
}

function ArtifactFilters({ search, set, total }: ArtifactFiltersProps) {
  const { t } = useTranslation();
  const tagged = [
    { value: 'yes', label: t('repository.tagged') },
    { value: 'no', label: t('repository.untaggedOnly') },
  ] as const;
  return (
    <FilterRow
      right={total !== undefined && <span aria-live="polite">{t('count.artifacts', { count: total })}</span>}
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
      {search.tagged && (
        <FilterChip
          label={t(search.tagged === 'yes' ? 'repository.filterTagged' : 'repository.filterUntagged')}
          onClear={() => set({ tagged: undefined })}
        />
      )}
    </FilterRow>
  );
}

function useColumns(project: string, repo: string): Column<Artifact>[] {
  const { t } = useTranslation();
  const roomy = useMediaQuery('(min-width: 1100px)', true, { getInitialValueInEffect: false });
  const wide = useMediaQuery('(min-width: 960px)', true, { getInitialValueInEffect: false });
  return [
    {
      accessor: 'tags',
      title: t('artifact.tags'),
      render: ({ tags, digest }) => (
        <ArtifactLink project={project} repo={repo} digest={digest} className="b-tags-link">
          <TagChips tags={tags ?? []} />
        </ArtifactLink>
      ),
    },
    {
      accessor: 'digest',
      title: t('artifact.digest'),
      width: 134,
      render: ({ digest }) => <Digest digest={digest} />,
    },
    {
      accessor: 'platforms',
      title: t('artifact.platforms'),
      width: 112,
      hidden: !roomy,
      render: (artifact) => <Platforms artifact={artifact} />,
    },
    {
      accessor: 'type',
      title: t('artifact.type'),
      width: 112,
      render: (artifact) => kindOf(artifact, t),
    },
    {
      accessor: 'size',
      title: t('artifact.size'),
      width: 88,
      textAlign: 'right',
      sortable: true,
      render: ({ size }) => <Size bytes={size} />,
    },
    {
      accessor: 'pull_time',
      title: t('artifact.pulled'),
      width: 104,
      sortable: true,
      hidden: !wide,
      render: ({ pull_time: time }) => <Ago time={time} />,
    },
    {
      accessor: 'push_time',
      title: t('artifact.pushed'),
      width: 104,
      sortable: true,
      render: ({ push_time: time }) => <Ago time={time} />,
    },
  ];
}

/** "amd64 +2", with all of them in the tooltip. */
function Platforms({ artifact }: { artifact: Artifact }) {
  const platforms = platformsOf(artifact);
  const [first, ...rest] = platforms;
  if (!first) return null;
  return (
    <Tooltip label={platforms.map(platformName).join(', ')} maw={320}>
      <span>
        {first.architecture}
        {rest.length > 0 && ` +${rest.length}`}
      </span>
    </Tooltip>
  );
}
