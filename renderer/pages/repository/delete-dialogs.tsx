import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { deleteArtifact, deleteTag } from '../../api/artifacts.ts';
import { deletionPreviewQuery, type Doomed, mostPreviewed } from '../../api/deletions.ts';
import { keys } from '../../api/keys.ts';
import { dropRows } from '../../api/paging.ts';
import type { Artifact, NamedTag } from '../../api/types.ts';
import { useInstance } from '../../instance/local.ts';
import { DeleteDialog, type DeleteItem, type Gone } from '../../ui/delete-dialog.tsx';
import { formatAgo, formatSize, isNever } from '../../ui/format.ts';
import { useNow } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import { nameOfArtifact } from './artifact-facts.ts';

interface Place {
  project: string;
  repo: string;
  onClose: () => void;
  /** Which are left to the activities: by digest, or tags by name. */
  onStarted?: (ids: readonly string[]) => void;
  /** Which went. */
  onDeleted: (ids: readonly string[]) => void;
}

const recentMs = 7 * 24 * 3600 * 1000;

export function DeleteArtifactsDialog({ artifacts, ...place }: Place & { artifacts: readonly Artifact[] }) {
  const { t } = useTranslation();
  const instance = useInstance();
  const forget = useForget(place);
  const warnings = useRecentPulls(
    artifacts.map((artifact) => ({ name: nameOfArtifact(artifact), pullTime: artifact.pull_time })),
  );
  const { project, repo } = place;
  const where = `${project}/${repo}`;
  const digests = artifacts.map((artifact) => artifact.digest);
  const { fateOf, freed } = usePreview(project, { repository: repo, digests });
  const items: DeleteItem[] = artifacts.map((artifact) => ({
    id: artifact.digest,
    name: nameOfArtifact(artifact),
    ...fateOf(artifact.digest),
    bytes: artifact.size,
    remove: () => deleteArtifact({ project, repo, digest: artifact.digest }),
  }));
  const going = artifacts.filter((_, at) => items[at]?.stays !== true);
  const count = going.length;
  const tags = going.reduce((sum, artifact) => sum + (artifact.tags?.length ?? 0), 0);
  return (
    <DeleteDialog
      title={t('delete.artifactsTitle', { count: artifacts.length, place: where })}
      intro={t('delete.artifactsIntro', { instance: instance.name })}
      items={items}
      sum={t('delete.artifactsSum', {
        artifacts: t('count.artifacts', { count }),
        tags: t('count.tags', { count: tags }),
        freed,
      })}
      warnings={warnings}
      verb={t('delete.artifactsVerb', { count })}
      activity={(words) => words('delete.artifactsTitle', { count, place: where })}
      onClose={place.onClose}
      onStarted={place.onStarted}
      onDeleted={(gone, { ids, isTold }) => {
        if (!isTold) toast(t('delete.artifacts.toast', { count: gone, place: where }));
        forget({ ids, isTold });
      }}
    />
  );
}

export function DeleteTagsDialog({ rows, ...place }: Place & { rows: readonly NamedTag[] }) {
  const { t } = useTranslation();
  const instance = useInstance();
  const forget = useForget(place);
  const warnings = useRecentPulls(rows.map((tag) => ({ name: tag.name, pullTime: tag.pull_time })));
  const { project, repo } = place;
  const where = `${project}/${repo}`;
  const count = rows.length;
  const goingOf = Map.groupBy(rows, (tag) => tag.digest);
  const items: DeleteItem[] = rows.map((tag) => {
    const kept = tag.artifact_tags - (goingOf.get(tag.digest)?.length ?? 0);
    return {
      id: tag.name,
      name: tag.name,
      fate: kept > 0 ? t('delete.tagLeaves', { count: kept }) : t('delete.tagUntags'),
      remove: () => deleteTag({ project, repo, digest: tag.digest }, tag.name),
    };
  });
  return (
    <DeleteDialog
      title={t('delete.tagsTitle', { count, place: where })}
      intro={t('delete.tagsIntro', { instance: instance.name })}
      items={items}
      sum={t('delete.tagsSum', { count })}
      warnings={warnings}
      verb={t('delete.tagsVerb', { count })}
      activity={(words) => words('delete.tagsTitle', { count, place: where })}
      onClose={place.onClose}
      onStarted={place.onStarted}
      onDeleted={(gone, { ids, isTold }) => {
        if (!isTold) toast(t('delete.tags.toast', { count: gone, place: where }));
        forget({ ids, isTold });
      }}
    />
  );
}

export interface Preview {
  /** What happens to one of them, by its name in the preview. */
  fateOf: (name: string) => Pick<DeleteItem, 'fate' | 'stays'>;
  /** Which bytes become free, in words. */
  freed: string;
}

/** What the server says would go and stay; until it has, everything goes and nothing is promised. */
export function usePreview(project: string, doomed: Doomed): Preview {
  const { t } = useTranslation();
  const { data, isError } = useQuery(deletionPreviewQuery(project, doomed));
  const fates = new Map(data?.items.map((item) => [item.name, item]));
  const asked = 'digests' in doomed ? doomed.digests.length : doomed.repositories.length;
  const fateOf: Preview['fateOf'] = (name) => {
    const item = fates.get(name);
    if (item?.stays !== undefined) return { fate: t('delete.failed', { cause: item.stays }), stays: true };
    const more = item?.accessories ?? 0;
    return { fate: more > 0 ? t('delete.goesWith', { count: more }) : t('delete.goes') };
  };
  if (isError) return { fateOf, freed: t('delete.freedUnknown') };
  if (!data) return { fateOf, freed: t('delete.freedPending') };
  const { freed_bytes: freed, shared_bytes: shared } = data;
  if (freed === null || asked > mostPreviewed) return { fateOf, freed: t('delete.freedTooMany') };
  const size = formatSize(freed);
  if (!shared) return { fateOf, freed: t('delete.freed', { size }) };
  return { fateOf, freed: t('delete.freedShared', { size, shared: formatSize(shared) }) };
}

/** Takes what went out of the lists at once, asks for the rest anew, and tells the page. */
function useForget({ project, repo, onDeleted }: Place): (gone: Gone) => void {
  const queryClient = useQueryClient();
  return ({ ids }) => {
    onDeleted(ids);
    const gone = new Set(ids);
    dropRows<{ digest: string; name?: string }>(queryClient, keys.repository(project, repo), (row) =>
      gone.has(row.name ?? row.digest),
    );
    void queryClient.invalidateQueries({ queryKey: keys.repository(project, repo) });
    void queryClient.invalidateQueries({ queryKey: keys.repositories(project) });
  };
}

/** A sentence for each that somebody pulled within the last seven days; three at most. */
function useRecentPulls(pulled: { name: string; pullTime: string | undefined }[]): string[] {
  const { t, i18n } = useTranslation();
  const now = useNow();
  return pulled
    .filter(({ pullTime: time }) => time !== undefined && !isNever(time) && now - Date.parse(time) < recentMs)
    .slice(0, 3)
    .map(({ name, pullTime }) =>
      t('delete.recent', { name, ago: formatAgo(pullTime, { now, t, language: i18n.language }) }),
    );
}
