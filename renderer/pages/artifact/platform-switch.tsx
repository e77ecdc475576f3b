import { NativeSelect, SegmentedControl } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ArtifactContent } from '../../api/types.ts';
import { platformName } from '../repository/artifact-facts.ts';

const route = getRouteApi('/i/$instance/projects/$project/repos/$repo/$digest');

type PlatformEntry = ArtifactContent['platforms'][number];

const mostSegments = 4;

/** Chooses a platform of an index; the choice is part of the address. */
export function PlatformSwitch({ platforms, chosen }: { platforms: PlatformEntry[]; chosen: PlatformEntry }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const choose = (platform: string): void =>
    void navigate({ search: (search) => ({ ...search, platform }), replace: true });
  // An index may list a platform twice: the first is what clients take.
  const names = [...new Set(platforms.map(platformName))];
  const data = names.map((name) => ({ value: name, label: name }));
  if (names.length > mostSegments) {
    return (
      <NativeSelect
        aria-label={t('artifact.platformChoice')}
        data={data}
        value={platformName(chosen)}
        onChange={(event) => choose(event.currentTarget.value)}
      />
    );
  }
  return (
    <SegmentedControl
      className="b-platforms"
      aria-label={t('artifact.platformChoice')}
      data={data}
      value={platformName(chosen)}
      onChange={choose}
    />
  );
}
