import { NativeSelect, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import { keys } from '../../api/keys.ts';
import { addMember, roleIds } from '../../api/members.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { roleKey } from '../../ui/role-name.tsx';
import { useCause } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';

const helpKeys = {
  1: 'role.1.help',
  2: 'role.2.help',
  3: 'role.3.help',
  4: 'role.4.help',
  5: 'role.5.help',
} as const;

export function AddMemberDialog({ project, onClose }: { project: string; onClose: () => void }) {
  const { t } = useTranslation();
  const cause = useCause();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: { name: '', role: '2' },
    validate: { name: (value) => (value.trim() === '' ? t('members.userMissing') : null) },
  });
  const add = async (values: typeof form.values): Promise<void> => {
    const name = values.name.trim();
    setBusy(true);
    try {
      await addMember(project, name, Number(values.role));
      await queryClient.invalidateQueries({ queryKey: keys.members(project) });
      toast(t('members.added.toast', { name, project, role: t(roleKey(Number(values.role))) }));
      onClose();
    } catch (error) {
      form.setFieldError('name', refusal(error, name));
      setBusy(false);
    }
  };
  const refusal = (error: unknown, name: string): string => {
    if (hasStatus(error, 404)) return t('members.userUnknown', { name });
    if (hasStatus(error, 409)) return t('members.userDouble', { name });
    return cause(error);
  };
  return (
    <FormDialog
      title={t('members.addTo', { project })}
      submit={t('members.add')}
      busy={busy}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => void add(values))}
    >
      <TextInput
        data-autofocus
        label={t('members.userName')}
        description={t('members.userNameHelp')}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        autoComplete="off"
        spellCheck={false}
        {...form.getInputProps('name')}
      />
      <NativeSelect
        label={t('members.role')}
        data={roleIds.map((id) => ({
          value: String(id),
          label: t('role.withHelp', { role: t(roleKey(id)), help: t(helpKeys[id]) }),
        }))}
        {...form.getInputProps('role')}
      />
    </FormDialog>
  );
}
