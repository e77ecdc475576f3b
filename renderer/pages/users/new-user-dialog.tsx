import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import { keys } from '../../api/keys.ts';
import { createUser } from '../../api/users.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { useCause } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';
import { validateOnBlur } from '../../ui/validate-on-blur.ts';
import { UserFields, useUserForm } from './user-fields.tsx';

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
      <UserFields form={form} />
    </FormDialog>
  );
}
