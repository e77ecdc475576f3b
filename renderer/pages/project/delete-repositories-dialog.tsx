import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import { dropRows } from '../../api/paging.ts';
import { deleteRepository, nameInProject } from '../../api/repositories.ts';
import type { Repository } from '../../api/types.ts';
import { useInstance } from '../../instance/local.ts';
import { DeleteDialog } from '../../ui/delete-dialog.tsx';
import { toast } from '../../ui/toast.ts';
import { usePreview } from '../repository/delete-dialogs.tsx';

export interface DeleteRepositoriesDialogProps {
  project: string;
  repositories: readonly Repository[];
  onClose: () => void;
  /** Which are left to the activities, by their names in the project. */
  onStarted?: (names: readonly string[]) => void;
  /** Which went. */
  onDeleted?: (names: readonly string[]) => void;
}

/** Deletes repositories with all that they hold. */
export function DeleteRepositoriesDialog(props: DeleteRepositoriesDialogProps) {
  const { project, repositories, onClose, onStarted, onDeleted } = props;
  const { t } = useTranslation();
  const instance = useInstance();
  const queryClient = useQueryClient();
  const names = repositories.map(nameInProject);
  const { fateOf, freed } = usePreview(project, { repositories: names });
  const count = repositories.length;
  const artifacts = repositories.reduce((sum, { artifact_count: held }) => sum + (held ?? 0), 0);
  const words = { count, place: count === 1 ? (repositories[0]?.name ?? '') : project };
  return (
    <DeleteDialog
      title={count === 1 ? t('delete.repositoryTitle', words) : t('delete.repositoriesTitle', words)}
      intro={t('delete.repositoryIntro', { instance: instance.name })}
      items={repositories.map((repository) => {
        const name = nameInProject(repository);
        const holds = t('count.artifacts', { count: repository.artifact_count ?? 0 });
        const { fate, stays } = fateOf(name);
        return {
          id: name,
          name,
          fate: stays ? fate : t('delete.goesHolding', { artifacts: holds }),
          ...(stays && { stays }),
          remove: () => deleteRepository(project, name),
        };
      })}
      sum={t('delete.repositorySum', { artifacts: t('count.artifacts', { count: artifacts }), freed })}
      verb={count === 1 ? t('delete.repositoryVerb') : t('delete.repositoriesVerb', { count })}
      activity={(say) => say('delete.repositoriesTitle', words)}
      onClose={onClose}
      onStarted={onStarted}
      onDeleted={(gone, { ids, isTold }) => {
        if (!isTold)
          toast(
            gone === 1 && count === 1
              ? t('repository.deleted.toast', { name: words.place })
              : t('delete.repositories.toast', { count: gone, place: project }),
          );
        const dropped = new Set(ids);
        dropRows<Repository>(queryClient, keys.repositories(project), (row) =>
          dropped.has(nameInProject(row)),
        );
        onDeleted?.(ids);
        void queryClient.invalidateQueries({ queryKey: keys.project(project) });
      }}
    />
  );
}
