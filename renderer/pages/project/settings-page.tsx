import { Button, Radio, Switch } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import { isPublic, projectQuery, updateProject, useRights } from '../../api/projects.ts';
import type { Project } from '../../api/types.ts';
import { FormPanel, FormRow } from '../../ui/form-panel.tsx';
import { LeaveGuard } from '../../ui/leave-guard.tsx';
import { Forbidden, SkeletonRows, useCause } from '../../ui/states.tsx';
import { toast, toastError } from '../../ui/toast.ts';
import { DeleteProjectDialog } from '../projects/delete-project-dialog.tsx';
import { ProjectShell } from './project-shell.tsx';

const route = getRouteApi('/i/$instance/projects/$project/settings');

interface Values {
  public: boolean;
  sparse: boolean;
}

const valuesOf = (project: Project): Values => ({
  public: isPublic(project),
  sparse: (project.metadata as { allow_sparse?: string }).allow_sparse === 'true',
});

/** What is set for a project: who may read it, what it takes, and its end. */
export function SettingsPage() {
  const { t } = useTranslation();
  const { project: name } = route.useParams();
  const project = useQuery(projectQuery(name)).data;
  const may = useRights(project?.project_id);
  const form = useSettings(project);
  const changes = may('project', 'update');
  return (
    <ProjectShell
      project={name}
      tab="settings"
      actions={
        changes && (
          <>
            {form.changed && <Button onClick={form.discard}>{t('form.discard')}</Button>}
            <Button data-page-save variant="filled" loading={form.saving} onClick={form.save}>
              {t('form.save')}
            </Button>
          </>
        )
      }
    >
      {(row) => {
        if (may.loading) return <SkeletonRows />;
        return changes ? (
          <>
            <Fields project={row} form={form} />
            {may('project', 'delete') && <Deletion project={row} />}
            <LeaveGuard changed={form.changed} />
          </>
        ) : (
          <Forbidden role={t('role.1')} who={t('state.whoProjectAdmin', { project: name })} />
        );
      }}
    </ProjectShell>
  );
}

/** The form over what the server has: only what was changed here differs from it, and only that is sent. */
function useSettings(project: Project | undefined) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<Partial<Values>>({});
  const kept: Values = project ? valuesOf(project) : { public: false, sparse: false };
  const values = { ...kept, ...draft };
  const publicChanged = values.public !== kept.public;
  const sparseChanged = values.sparse !== kept.sparse;
  const changed = publicChanged || sparseChanged;
  const mutation = useMutation({
    mutationFn: async (name: string) => {
      await updateProject(name, {
        ...(publicChanged && { public: String(values.public) }),
        ...(sparseChanged && { allow_sparse: String(values.sparse) }),
      });
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: keys.project(name) }),
        queryClient.invalidateQueries({ queryKey: keys.projects }),
      ]);
    },
    onSuccess: () => {
      setDraft({});
      toast(t('form.saved.toast'));
    },
    onError: (error) => toastError(cause(error)),
  });
  const save = (): void => {
    if (mutation.isPending || !project) return;
    if (changed) mutation.mutate(project.name);
    else toast(t('form.unchanged.toast'));
  };
  return {
    values,
    kept,
    publicChanged,
    sparseChanged,
    changed,
    saving: mutation.isPending,
    set: (change: Partial<Values>) => setDraft((previous) => ({ ...previous, ...change })),
    discard: () => setDraft({}),
    save,
  };
}

function Fields({ project, form }: { project: Project; form: ReturnType<typeof useSettings> }) {
  const { t } = useTranslation();
  const { values, kept, set } = form;
  const count = project.repo_count ?? 0;
  return (
    <>
      <FormPanel title={t('projectSettings.access')} changed={form.publicChanged}>
        <FormRow label={t('projects.visibility')}>
          <Radio.Group
            aria-label={t('projects.visibility')}
            value={values.public ? 'public' : 'private'}
            onChange={(value) => set({ public: value === 'public' })}
          >
            <div className="b-form">
              <Radio
                size="xs"
                value="private"
                label={t('projects.createPrivate')}
                description={t('projects.createPrivateHelp')}
              />
              <Radio
                size="xs"
                value="public"
                label={t('projects.createPublic')}
                description={t('projects.createPublicHelp')}
              />
            </div>
          </Radio.Group>
          <div aria-live="polite">
            {form.publicChanged && (
              <p className="b-warning">
                {t(kept.public ? 'projectSettings.becomesPrivate' : 'projectSettings.becomesPublic', {
                  count,
                })}
              </p>
            )}
          </div>
        </FormRow>
      </FormPanel>
      <FormPanel title={t('projectSettings.pushes')} changed={form.sparseChanged}>
        <FormRow label={t('projectSettings.sparse')}>
          <Switch
            size="xs"
            label={t('projectSettings.sparseOn')}
            description={t('projectSettings.sparseHelp')}
            checked={values.sparse}
            onChange={(event) => set({ sparse: event.currentTarget.checked })}
          />
        </FormRow>
      </FormPanel>
    </>
  );
}

function Deletion({ project }: { project: Project }) {
  const { t } = useTranslation();
  const [deleting, { open, close }] = useDisclosure(false);
  return (
    <FormPanel title={t('projectSettings.end')}>
      <FormRow label={t('projectSettings.delete')} help={t('projectSettings.deleteHelp')}>
        <Button variant="light" color="red" onClick={open}>
          {t('projects.delete')}
        </Button>
      </FormRow>
      {deleting && <DeleteProjectDialog project={project} onClose={close} />}
    </FormPanel>
  );
}
