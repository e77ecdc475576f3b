import { Radio, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import { createProject, projectNamePattern } from '../../api/projects.ts';
import { useBoot } from '../../api/session.ts';
import { useCause } from '../../ui/states.tsx';
import { validateOnBlur } from '../../ui/validate-on-blur.ts';

interface ProjectValues {
  name: string;
  visibility: 'private' | 'public';
}

/** State of the form that creates a project; `onCreated` runs once it exists. */
export function useProjectForm(onCreated: (name: string, isPublic: boolean) => void | Promise<void>) {
  const { t } = useTranslation();
  const cause = useCause();
  const [busy, setBusy] = useState(false);
  const form = useForm<ProjectValues>({
    initialValues: { name: '', visibility: 'private' },
    validate: {
      name: (value) => {
        if (value === '') return t('projects.createNameMissing');
        return projectNamePattern.test(value) && value.length <= 255 ? null : t('projects.createNameBad');
      },
    },
  });
  const create = async ({ name, visibility }: ProjectValues): Promise<void> => {
    setBusy(true);
    try {
      await createProject(name, visibility === 'public');
      await onCreated(name, visibility === 'public');
    } catch (error) {
      form.setFieldError('name', hasStatus(error, 409) ? t('projects.createNameTaken') : cause(error));
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent<HTMLFormElement>): void =>
    form.onSubmit((values) => void create(values))(event);
  return { form, busy, handlers: { onSubmit: submit, onBlur: validateOnBlur(form) } };
}

export function ProjectFields({ form }: Pick<ReturnType<typeof useProjectForm>, 'form'>) {
  const { t } = useTranslation();
  const host = useBoot().registry_host;
  return (
    <>
      <TextInput
        data-autofocus
        label={t('projects.createName')}
        description={t('projects.createNameHelp', { host })}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps('name')}
      />
      <Radio.Group aria-label={t('projects.visibility')} {...form.getInputProps('visibility')}>
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
    </>
  );
}
