import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import { keys } from '../../api/keys.ts';
import { isPublic, projectQuery } from '../../api/projects.ts';
import { ProjectFields, useProjectForm } from '../projects/project-form.tsx';
import { Step } from './step.tsx';

const route = getRouteApi('/welcome');
const defaultProject = 'library';

export interface ProjectStepProps {
  active: boolean;
  /** The project the first image landed in, once it did. */
  done: string | undefined;
}

/** Creates the project the first image goes to, or takes the one that is there from the start. */
export function ProjectStep({ active, done }: ProjectStepProps) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { project: wanted } = route.useSearch();
  const navigate = route.useNavigate();
  const choose = (name: string | undefined): void =>
    void navigate({ search: { project: name }, replace: true });
  const { form, handlers, busy } = useProjectForm(async (name) => {
    await queryClient.invalidateQueries({ queryKey: keys.projects });
    choose(name);
  });
  const name = done ?? wanted;
  const { data: project, error } = useQuery({ ...projectQuery(name ?? ''), enabled: name !== undefined });
  // An address kept from before may name a project that is gone: another one is to be chosen.
  const missing = done === undefined && hasStatus(error, 404);
  useEffect(() => {
    if (missing) void navigate({ search: { project: undefined }, replace: true });
  }, [missing, navigate]);
  if (name !== undefined && !missing) {
    const visibility =
      project && t(isPublic(project) ? 'project.public' : 'project.private').toLocaleLowerCase();
    return (
      <Step
        number={2}
        state="done"
        title={t(name === defaultProject ? 'welcome.step2Chosen' : 'welcome.step2Done')}
        detail={
          <>
            {visibility ? t('welcome.step2Detail', { name, visibility }) : name}
            {done === undefined && (
              <Button className="b-change" variant="subtle" onClick={() => choose(undefined)}>
                {t('welcome.change')}
              </Button>
            )}
          </>
        }
      />
    );
  }
  return (
    <Step number={2} state={active ? 'active' : 'later'} title={t('welcome.step2')}>
      {active && (
        <form className="b-form b-welcome-field" {...handlers} noValidate>
          <p className="b-text-2">{t('welcome.step2Help')}</p>
          <ProjectFields form={form} />
          <div className="b-button-row">
            <Button type="submit" variant="filled" loading={busy}>
              {t('projects.create')}
            </Button>
            <Button variant="subtle" color="gray" onClick={() => choose(defaultProject)}>
              {t('welcome.useLibrary')}
            </Button>
          </div>
        </form>
      )}
    </Step>
  );
}
