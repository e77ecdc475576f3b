import { TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type ArtifactPlace, createTag, tagPattern } from '../../api/artifacts.ts';
import { hasStatus } from '../../api/errors.ts';
import { keys } from '../../api/keys.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { shortDigest } from '../../ui/format.ts';
import { useCause } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';

/** Asks for one more name of an artifact. */
export function AddTagDialog({ place, onClose }: { place: ArtifactPlace; onClose: () => void }) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: { name: '' },
    validate: { name: (value) => (tagPattern.test(value) ? null : t('artifact.addTagBad')) },
  });
  const add = async ({ name }: { name: string }): Promise<void> => {
    setBusy(true);
    try {
      await createTag(place, name);
      await queryClient.invalidateQueries({ queryKey: keys.repository(place.project, place.repo) });
      toast(t('artifact.tagAdded.toast', { name }));
      onClose();
    } catch (error) {
      form.setFieldError('name', hasStatus(error, 409) ? t('artifact.addTagTaken') : cause(error));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={t('artifact.addTagTo', { digest: `sha256:${shortDigest(place.digest)}` })}
      submit={t('artifact.addTag')}
      busy={busy}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => void add(values))}
    >
      <TextInput
        data-autofocus
        label={t('artifact.addTagName')}
        description={t('artifact.addTagHelp')}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps('name')}
      />
    </FormDialog>
  );
}
