import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { deleteArtifact, deleteTag } from '../../api/artifacts.ts';
import { keys } from '../../api/keys.ts';
import type { Artifact } from '../../api/types.ts';
import { useInstance } from '../../instance/local.ts';
import { DeleteDialog, type DeleteItem } from '../../ui/delete-dialog.tsx';
import { formatAgo, isNever } from '../../ui/format.ts';
import { useNow } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import { nameOfArtifact } from './artifact-facts.ts';
import type { TagRow } from './tabs.ts';

interface Place {
  project: string;
  repo: string;
  onClose: () => void;
  onDeleted: () => void;
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
  const count = artifacts.length;
  const tags = artifacts.reduce((sum, artifact) => sum + (artifact.tags?.length ?? 0), 0);
  const items: DeleteItem[] = artifacts.map((artifact) => ({
    id: artifact.digest,
    name: nameOfArtifact(artifact),
    fate: t('delete.goes'),
    bytes: artifact.size,
    remove: () => deleteArtifact({ project, repo, digest: artifact.digest }),
  }));
  return (
    <DeleteDialog
      title={t('delete.artifactsTitle', { count, place: where })}
      intro={t('delete.artifactsIntro', { instance: instance.name })}
      items={items}
      sum={t('delete.artifactsSum', {
        artifacts: t('count.artifacts', { count }),
        tags: t('count.tags', { count: tags }),
      })}
      warnings={warnings}
      verb={t('delete.artifactsVerb', { count })}
      onClose={place.onClose}
      onDeleted={(gone) => {
        toast(t('delete.artifacts.toast', { count: gone, place: where }));
        forget();
      }}
    />
  );
}

export function DeleteTagsDialog({ rows, ...place }: Place & { rows: readonly TagRow[] }) {
  const { t } = useTranslation();
  const instance = useInstance();
  const forget = useForget(place);
  const warnings = useRecentPulls(rows.map(({ tag }) => ({ name: tag.name, pullTime: tag.pull_time })));
  const { project, repo } = place;
  const where = `${project}/${repo}`;
  const count = rows.length;
  const going = new Set(rows.map(({ tag }) => tag.name));
  const fateOf = (artifact: Artifact): string => {
    const kept = (artifact.tags ?? []).map((tag) => tag.name).filter((name) => !going.has(name));
    return kept.length > 0
      ? t('delete.tagStays', { tags: kept.join(t('list.separator')) })
      : t('delete.tagUntags');
  };
  const items: DeleteItem[] = rows.map(({ tag, artifact }) => ({
    id: tag.name,
    name: tag.name,
    fate: fateOf(artifact),
    remove: () => deleteTag({ project, repo, digest: artifact.digest }, tag.name),
  }));
  return (
    <DeleteDialog
      title={t('delete.tagsTitle', { count, place: where })}
      intro={t('delete.tagsIntro', { instance: instance.name })}
      items={items}
      sum={t('delete.tagsSum', { count })}
      warnings={warnings}
      verb={t('delete.tagsVerb', { count })}
      onClose={place.onClose}
      onDeleted={(gone) => {
        toast(t('delete.tags.toast', { count: gone, place: where }));
        forget();
      }}
    />
  );
}

/** Drops what was loaded of the repository, and tells the page. */
function useForget({ project, repo, onDeleted }: Place): () => void {
  const queryClient = useQueryClient();
  return () => {
    onDeleted();
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
