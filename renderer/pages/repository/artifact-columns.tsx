import { Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Artifact } from '../../api/types.ts';
import { Digest } from '../../ui/digest.tsx';
import { LabelChip } from '../../ui/label-chip.tsx';
import { ArtifactLink } from '../../ui/links.tsx';
import { Size } from '../../ui/size.tsx';
import type { Column } from '../../ui/table.tsx';
import { TagChips } from '../../ui/tag-chips.tsx';
import { Ago } from '../../ui/time.tsx';
import { kindOf, platformName, platformsOf } from './artifact-facts.ts';

/** The columns of the artifacts; the narrower the window, the fewer, unless the person chose them. */
export function useArtifactColumns(project: string, repo: string): Column<Artifact>[] {
  const { t } = useTranslation();
  const wide = useMediaQuery('(min-width: 1240px)', true, { getInitialValueInEffect: false });
  const roomy = useMediaQuery('(min-width: 1100px)', true, { getInitialValueInEffect: false });
  const fair = useMediaQuery('(min-width: 960px)', true, { getInitialValueInEffect: false });
  return useMemo(
    () => [
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
        optional: true,
        render: ({ digest }) => <Digest digest={digest} />,
      },
      {
        accessor: 'platforms',
        title: t('artifact.platforms'),
        width: 104,
        optional: true,
        hidden: !roomy,
        render: (artifact) => <Platforms artifact={artifact} />,
      },
      {
        accessor: 'type',
        title: t('artifact.type'),
        width: 104,
        optional: true,
        render: (artifact) => kindOf(artifact, t),
      },
      {
        accessor: 'size',
        title: t('artifact.size'),
        width: 84,
        textAlign: 'right',
        sortable: true,
        render: ({ size }) => <Size bytes={size} />,
      },
      {
        accessor: 'labels',
        title: t('artifact.labels'),
        width: 112,
        optional: true,
        hidden: !wide,
        render: (artifact) => <Labels artifact={artifact} />,
      },
      {
        accessor: 'pull_time',
        title: t('artifact.pulled'),
        width: 96,
        sortable: true,
        optional: true,
        hidden: !fair,
        render: ({ pull_time: time }) => <Ago time={time} />,
      },
      {
        accessor: 'push_time',
        title: t('artifact.pushed'),
        width: 96,
        sortable: true,
        optional: true,
        render: ({ push_time: time }) => <Ago time={time} />,
      },
    ],
    [t, project, repo, wide, roomy, fair],
  );
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

/** The first label, and how many more. */
function Labels({ artifact }: { artifact: Artifact }) {
  const [first, ...rest] = artifact.labels ?? [];
  if (!first) return null;
  return (
    <Tooltip label={(artifact.labels ?? []).map((label) => label.name).join(', ')} maw={320}>
      <span className="b-cell-name">
        <LabelChip label={first} />
        {rest.length > 0 && <span className="b-dim">+{rest.length}</span>}
      </span>
    </Tooltip>
  );
}
