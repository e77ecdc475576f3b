import { PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import { keys } from '../../api/keys.ts';
import { createUser, isGoodPassword } from '../../api/users.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { useCause } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';
import { validateOnBlur } from '../../ui/validate-on-blur.ts';

export function NewUserDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const form = useUserForm();
  const create = async (values: typeof form.values): Promise<void> => {
    setBusy(true);
    try {
      await createUser(values);
      await queryClient.invalidateQueries({ queryKey: keys.users });
      toast(t('users.created.toast', { name: values.username }));
      onClose();
    } catch (error) {
      form.setFieldError('username', hasStatus(error, 409) ? t('users.taken') : cause(error));
      setBusy(false);
    }
  };
  return (
    <FormDialog
      title={t('users.createTitle')}
      submit={t('users.create')}
      busy={busy}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => void create(values))}
      onBlur={validateOnBlur(form)}
    >
      <p className="b-text-2">{t('users.createHelp')}</p>
      <TextInput
        data-autofocus
        label={t('users.name')}
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps('username')}
      />
      <TextInput label={t('users.realname')} autoComplete="off" {...form.getInputProps('realname')} />
      <TextInput label={t('users.email')} type="email" autoComplete="off" {...form.getInputProps('email')} />
      <PasswordInput
        label={t('users.password')}
        description={t('users.passwordHelp')}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': t('action.showPassword') }}
        {...form.getInputProps('password')}
      />
    </FormDialog>
  );
}

function useUserForm() {
  const { t } = useTranslation();
  return useForm({
    initialValues: { username: '', realname: '', email: '', password: '' },
    validate: {
      username: (value) => {
        if (value === '') return t('users.nameMissing');
        return /[\s,"~#%$]/.test(value) ? t('users.nameBad') : null;
      },
      realname: (value) => (value.trim() === '' ? t('users.realnameMissing') : null),
      email: (value) => (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? null : t('users.emailBad')),
      password: (value) => (isGoodPassword(value) ? null : t('users.passwordBad')),
    },
  });
}
