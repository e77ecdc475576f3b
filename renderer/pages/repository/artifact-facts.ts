import type { TFunction } from 'i18next';
import { isIndex } from '../../api/artifacts.ts';
import type { Artifact, Platform } from '../../api/types.ts';

/** A platform as clients write it: linux/arm/v7. */
export function platformName({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}

/** Platforms of an artifact: those an index lists, or the one of an image; attestations are none. */
export function platformsOf(artifact: Artifact): Platform[] {
  if (isIndex(artifact)) {
    return (artifact.references ?? []).flatMap(({ platform }) =>
      platform && platform.architecture !== 'unknown' ? [platform] : [],
    );
  }
  const architecture = artifact.extra_attrs?.['architecture'];
  const os = artifact.extra_attrs?.['os'];
  if (typeof architecture !== 'string' || architecture === '') return [];
  return [typeof os === 'string' ? { os, architecture } : { architecture }];
}

/** What kind of thing it is, in words. */
export function kindOf(artifact: Artifact, t: TFunction): string {
  if (isIndex(artifact)) return t('artifact.kind.index');
  if (artifact.type === 'IMAGE') return t('artifact.kind.image');
  if (artifact.type === 'CHART') return t('artifact.kind.chart');
  if (artifact.type === 'SBOM') return t('artifact.kind.sbom');
  if (artifact.type === '' || artifact.type === 'UNKNOWN') return t('artifact.kind.unknown');
  return artifact.type;
}

/** The same by the type alone, for a filter. */
export function typeWord(type: string, t: TFunction): string {
  if (type === 'IMAGE') return t('artifact.kind.image');
  if (type === 'CHART') return t('artifact.kind.chart');
  if (type === 'UNKNOWN') return t('artifact.kind.other');
  return type;
}

/** Name of an artifact in a list of what goes: its tags, else the beginning of its digest. */
export function nameOfArtifact(artifact: Artifact): string {
  const tags = artifact.tags ?? [];
  return tags.length > 0
    ? tags.map((tag) => tag.name).join(', ')
    : artifact.digest.slice(0, 'sha256:'.length + 12);
}
