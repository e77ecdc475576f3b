import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import { localInstance } from '../../instance/local.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { toast } from '../../ui/toast.ts';
import { ProjectFields, useProjectForm } from './project-form.tsx';

export function NewProjectDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { form, handlers, busy } = useProjectForm(async (name) => {
    await queryClient.invalidateQueries({ queryKey: keys.projects });
    toast(t('projects.created.toast', { name }));
    onClose();
    await navigate({
      to: '/i/$instance/projects/$project',
      params: { instance: localInstance, project: name },
    });
  });
  return (
    <FormDialog
      title={t('projects.createTitle')}
      submit={t('projects.create')}
      busy={busy}
      onClose={onClose}
      {...handlers}
    >
      <ProjectFields form={form} />
    </FormDialog>
  );
}
