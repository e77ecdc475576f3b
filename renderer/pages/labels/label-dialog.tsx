import { TextInput, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import { createLabel, placeKey, updateLabel, type LabelPlace, type LabelText } from '../../api/labels.ts';
import type { Label } from '../../api/types.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { useCause } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';
import { validateOnBlur } from '../../ui/validate-on-blur.ts';
import { ColorChoice, firstColor } from './color-choice.tsx';

export interface LabelDialogProps {
  place: LabelPlace;
  /** The label to change; without one, a new one is made. */
  label?: Label | undefined;
  onClose: () => void;
}

const colorPattern = /^(?:#[0-9a-f]{3}|#[0-9a-f]{6}|[a-z]{1,16})$/i;

/** The server counts characters as people do. */
const lengthOf = (words: string): number => Array.from(words).length;

export function LabelDialog({ place, label, onClose }: LabelDialogProps) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const form = useForm<LabelText>({
    initialValues: {
      name: label?.name ?? '',
      color: label?.color ?? firstColor,
      description: label?.description ?? '',
    },
    validate: {
      name: (value) => {
        if (value.trim() === '') return t('labels.nameMissing');
        return lengthOf(value) > 128 ? t('labels.nameLong') : null;
      },
      color: (value) => (value === '' || colorPattern.test(value) ? null : t('labels.colorBad')),
      description: (value) => (lengthOf(value) > 4096 ? t('labels.descriptionLong') : null),
    },
  });
  const save = async (values: LabelText): Promise<void> => {
    const name = values.name.trim();
    setBusy(true);
    try {
      await (label ? updateLabel(label.id, { ...values, name }) : createLabel(place, { ...values, name }));
      await queryClient.invalidateQueries({ queryKey: placeKey(place) });
      toast(t(label ? 'labels.changed.toast' : 'labels.created.toast', { name }));
      onClose();
    } catch (error) {
      form.setFieldError('name', hasStatus(error, 409) ? t('labels.taken', { name }) : cause(error));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={label ? t('labels.editTitle', { name: label.name }) : t('labels.newTitle')}
      submit={t(label ? 'labels.save' : 'labels.create')}
      busy={busy}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => void save(values))}
      onBlur={validateOnBlur(form)}
    >
      <TextInput
        data-autofocus
        label={t('labels.name')}
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps('name')}
      />
      <ColorChoice
        value={form.values.color}
        error={form.errors['color']}
        onChange={(color) => form.setFieldValue('color', color)}
      />
      <Textarea
        label={t('labels.description')}
        autosize
        minRows={2}
        maxRows={6}
        {...form.getInputProps('description')}
      />
    </FormDialog>
  );
}
