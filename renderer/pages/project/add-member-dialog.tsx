import { NativeSelect, TagsInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import { keys } from '../../api/keys.ts';
import { addMember, roleIds, userNamesQuery } from '../../api/members.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { roleKey } from '../../ui/role-name.tsx';
import { useCause } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';
import { roleHelp } from './role-help.ts';

/** Makes one or several users members with one role; those who cannot be stay in the field with the reason. */
export function AddMemberDialog({ project, onClose }: { project: string; onClose: () => void }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const refusal = useRefusal();
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: { names: [] as string[], role: '2' },
    validate: { names: (names) => (names.length === 0 ? t('members.userMissing') : null) },
  });
  const add = async ({ names, role }: typeof form.values): Promise<void> => {
    setBusy(true);
    const left: string[] = [];
    const reasons: string[] = [];
    for (const name of names) {
      await addMember(project, name, Number(role)).catch((error: unknown) => {
        left.push(name);
        reasons.push(refusal(error, name));
      });
    }
    const added = names.filter((name) => !left.includes(name));
    if (added.length > 0) {
      await queryClient.invalidateQueries({ queryKey: keys.members(project) });
      const words = { project, role: t(roleKey(Number(role))) };
      toast(
        added.length === 1
          ? t('members.added.toast', { ...words, name: added[0] ?? '' })
          : t('members.addedMany.toast', { ...words, count: added.length }),
      );
    }
    setBusy(false);
    if (left.length === 0) return onClose();
    form.setFieldValue('names', left);
    form.setFieldError('names', reasons.join('\n'));
  };
  return (
    <FormDialog
      title={t('members.addTo', { project })}
      submit={t('members.add')}
      busy={busy}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => void add(values))}
    >
      <NamesField
        value={form.values.names}
        error={form.errors['names']}
        onChange={(names) => form.setFieldValue('names', names)}
      />
      <NativeSelect
        label={t('members.role')}
        data={roleIds.map((id) => ({
          value: String(id),
          label: t('role.withHelp', { role: t(roleKey(id)), help: t(roleHelp[id]) }),
        }))}
        {...form.getInputProps('role')}
      />
    </FormDialog>
  );
}

function useRefusal(): (error: unknown, name: string) => string {
  const { t } = useTranslation();
  const cause = useCause();
  return (error, name) => {
    if (hasStatus(error, 404)) return t('members.userUnknown', { name });
    if (hasStatus(error, 409)) return t('members.userDouble', { name });
    return cause(error);
  };
}

interface NamesFieldProps {
  value: string[];
  error: React.ReactNode;
  onChange: (names: string[]) => void;
}

/** Names as one types them, with those that the server knows below. */
function NamesField({ value, error, onChange }: NamesFieldProps) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const [asked] = useDebouncedValue(words.trim(), 250);
  const known = useQuery(userNamesQuery(asked)).data;
  return (
    <TagsInput
      data-autofocus
      label={t('members.userName')}
      description={t('members.userNameHelp')}
      inputWrapperOrder={['label', 'input', 'error', 'description']}
      autoComplete="off"
      spellCheck={false}
      splitChars={[',', ' ', ';']}
      errorProps={{ className: 'b-pre' }}
      // What the server found is what is offered, as it found it.
      filter={({ options }) => options}
      data={words === '' ? [] : (known ?? [])}
      searchValue={words}
      onSearchChange={setWords}
      value={value}
      onChange={(names) => onChange(names.map((name) => name.trim()).filter(Boolean))}
      error={error}
    />
  );
}
