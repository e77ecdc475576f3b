import { PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import { isGoodPassword } from '../../api/users.ts';
import { PasswordRules } from '../../ui/password-rules.tsx';
import { explainedBelow } from '../../ui/section.tsx';

/** The form of a new account, with the server's rules. */
export function useUserForm() {
  const { t } = useTranslation();
  return useForm({
    initialValues: { username: '', realname: '', email: '', password: '' },
    validate: {
      username: (value) => {
        if (value.trim() === '') return t('users.nameMissing');
        return /[\s,"~#%$:]/.test(value) ? t('users.nameBad') : null;
      },
      realname: (value) => {
        if (value.trim() === '') return t('users.realnameMissing');
        return /[,"~#%$:]/.test(value) ? t('profile.realnameBad') : null;
      },
      email: (value) => (/^[^\s@]+@[^\s@]+$/.test(value.trim()) ? null : t('users.emailBad')),
      password: (value) => (isGoodPassword(value) ? null : t('users.passwordBad')),
    },
  });
}

export type UserForm = ReturnType<typeof useUserForm>;

/** Its fields. `own` are filled in by the person itself, whose browser may know the answers. */
export function UserFields({ form, own = false }: { form: UserForm; own?: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        data-autofocus
        autoFocus={own}
        label={t('users.name')}
        autoComplete={own ? 'username' : 'off'}
        spellCheck={false}
        {...form.getInputProps('username')}
      />
      <TextInput
        label={t('users.realname')}
        autoComplete={own ? 'name' : 'off'}
        {...form.getInputProps('realname')}
      />
      <TextInput
        label={t('users.email')}
        type="email"
        autoComplete={own ? 'email' : 'off'}
        {...form.getInputProps('email')}
      />
      <PasswordInput
        label={t('users.password')}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': t('action.showPassword') }}
        {...explainedBelow}
        {...form.getInputProps('password')}
      />
      <PasswordRules password={form.values.password} />
    </>
  );
}
