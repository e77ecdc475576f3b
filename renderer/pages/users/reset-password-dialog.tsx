import { Button, PasswordInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changePassword } from '../../api/profile.ts';
import type { User } from '../../api/types.ts';
import { isGoodPassword } from '../../api/users.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { FormDialog } from '../../ui/dialog.tsx';
import { PasswordRules } from '../../ui/password-rules.tsx';
import { explainedBelow, SaveFailed } from '../../ui/section.tsx';
import { toast } from '../../ui/toast.ts';
import { makePassword } from './make-password.ts';

/** A new password for somebody else: typed, or made here and copied without being shown. */
export function ResetPasswordDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [made, setMade] = useState('');
  const form = useForm({
    initialValues: { password: '' },
    validate: { password: (value) => (isGoodPassword(value) ? null : t('users.passwordBad')) },
  });
  const reset = async (password: string): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await changePassword(user.user_id, { new: password });
      toast(t('users.reset.toast', { name: user.username }));
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  const make = (): void => {
    const password = makePassword();
    form.setFieldValue('password', password);
    setMade(password);
  };
  const { password } = form.values;
  return (
    <FormDialog
      title={t('users.resetTitle', { name: user.username })}
      submit={t('users.resetVerb')}
      busy={busy}
      onClose={onClose}
      onSubmit={form.onSubmit((values) => void reset(values.password))}
    >
      <p className="b-text-2">{t('users.resetHelp', { name: user.username })}</p>
      <SaveFailed what={t('profile.newPassword')} error={error} />
      <PasswordInput
        data-autofocus
        label={t('profile.newPassword')}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': t('action.showPassword') }}
        {...explainedBelow}
        {...form.getInputProps('password')}
      />
      <PasswordRules password={password} />
      <div className="b-made-password">
        <Button onClick={make}>{t('users.makePassword')}</Button>
        {made !== '' && made === password && (
          <>
            <span className="b-text-2">{t('users.copyPassword')}</span>
            <CopyButton value={password} what="what.password" />
          </>
        )}
      </div>
    </FormDialog>
  );
}
