import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import { deleteProject, projectQuery } from '../../api/projects.ts';
import type { Project } from '../../api/types.ts';
import { localInstance, useInstance } from '../../instance/local.ts';
import { DeleteDialog } from '../../ui/delete-dialog.tsx';
import { Dialog, DialogFooter } from '../../ui/dialog.tsx';
import { toast } from '../../ui/toast.ts';

export interface DeleteProjectDialogProps {
  project: Project;
  onClose: () => void;
}

/** Deletes an empty project after its name is typed; of a full one it says what is in the way. */
export function DeleteProjectDialog({ project, onClose }: DeleteProjectDialogProps) {
  const { t } = useTranslation();
  const instance = useInstance();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { name } = project;
  // Asked again: a push since the list was loaded makes the project undeletable.
  const repositories = useQuery(projectQuery(name)).data?.repo_count ?? project.repo_count ?? 0;
  if (repositories > 0) return <FullProject name={name} repositories={repositories} onClose={onClose} />;
  return (
    <DeleteDialog
      title={t('delete.projectTitle', { name })}
      intro={t('delete.projectIntro', { name, instance: instance.name })}
      items={[{ id: name, name, fate: t('delete.goes'), remove: () => deleteProject(name) }]}
      typeName={name}
      verb={t('delete.projectVerb')}
      onClose={onClose}
      onDeleted={() => {
        toast(t('projects.deleted.toast', { name }));
        void navigate({ to: '/i/$instance/projects', params: { instance: localInstance } });
        void queryClient.invalidateQueries({ queryKey: keys.projects });
      }}
    />
  );
}

interface FullProjectProps {
  name: string;
  repositories: number;
  onClose: () => void;
}

function FullProject({ name, repositories, onClose }: FullProjectProps) {
  const { t } = useTranslation();
  const instance = useInstance();
  const navigate = useNavigate();
  const open = (): void => {
    onClose();
    void navigate({
      to: '/i/$instance/projects/$project',
      params: { instance: localInstance, project: name },
    });
  };
  return (
    <Dialog onClose={onClose} title={t('delete.projectTitle', { name })}>
      <p className="b-dialog-intro">
        {t('delete.projectFull', { name, instance: instance.name, count: repositories })}
      </p>
      <DialogFooter>
        <Button onClick={onClose}>{t('action.cancel')}</Button>
        <Button data-autofocus onClick={open}>
          {t('delete.openProject', { name })}
        </Button>
      </DialogFooter>
    </Dialog>
  );
}
