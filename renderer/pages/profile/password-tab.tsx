import { Button, PasswordInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import { keys } from '../../api/keys.ts';
import { changePassword } from '../../api/profile.ts';
import { useBoot } from '../../api/session.ts';
import { isGoodPassword } from '../../api/users.ts';
import { PasswordRules } from '../../ui/password-rules.tsx';
import { explainedBelow, SaveFailed, Section } from '../../ui/section.tsx';
import { toast } from '../../ui/toast.ts';
import { ProfileFrame } from './frame.tsx';

/** A new password for oneself; everything else that is signed in with the old one ends. */
export function PasswordTab() {
  const { t } = useTranslation();
  const { form, submit, busy, error } = usePasswordForm();
  const input = {
    visibilityToggleButtonProps: { 'aria-label': t('action.showPassword') },
    ...explainedBelow,
  };
  return (
    <ProfileFrame
      actions={
        <Button variant="filled" loading={busy} data-page-save onClick={() => submit()}>
          {t('profile.changePassword')}
        </Button>
      }
    >
      <SaveFailed what={t('profile.newPassword')} error={error} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        noValidate
      >
        <Section title={t('profile.changePassword')} help={t('profile.passwordHelp')}>
          <div className="b-rows">
            <PasswordInput
              label={t('profile.oldPassword')}
              autoComplete="current-password"
              {...input}
              {...form.getInputProps('old')}
            />
            <PasswordInput
              label={t('profile.newPassword')}
              autoComplete="new-password"
              {...input}
              {...form.getInputProps('new')}
            />
            <div className="b-row-indent">
              <PasswordRules password={form.values.new} />
            </div>
          </div>
          <input type="submit" hidden />
        </Section>
      </form>
    </ProfileFrame>
  );
}

function usePasswordForm() {
  const { t } = useTranslation();
  const user = useBoot().user;
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const form = useForm({
    initialValues: { old: '', new: '' },
    validate: {
      old: (value) => (value === '' ? t('profile.oldMissing') : null),
      new: (value, values) => {
        if (!isGoodPassword(value)) return t('users.passwordBad');
        return value === values.old ? t('profile.samePassword') : null;
      },
    },
  });
  const send = async (values: typeof form.values): Promise<void> => {
    if (!user) return;
    setBusy(true);
    setError(null);
    try {
      await changePassword(user.user_id, { old: values.old, new: values.new });
      await keepInShell(user.username, values.new);
      await queryClient.invalidateQueries({ queryKey: keys.sessions('current') });
      form.reset();
      toast(t('profile.passwordChanged'));
    } catch (failure) {
      if (hasStatus(failure, 403)) form.setFieldError('old', t('profile.oldWrong'));
      else setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const submit = form.onSubmit((values) => void send(values));
  return { form, submit: () => submit(), busy, error };
}

/** The desktop app copies the kept password for Docker: the old one would be of no use. */
async function keepInShell(username: string, password: string): Promise<void> {
  const had = await window.berth?.invoke('keychain:has-password', { username });
  if (had?.kept) await window.berth?.invoke('keychain:save-password', { username, password });
}
