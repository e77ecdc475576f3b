import { Button, PasswordInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bootQuery, setAdminPassword, useBoot } from '../../api/session.ts';
import { isGoodPassword } from '../../api/users.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { useCause } from '../../ui/states.tsx';
import { Step } from './step.tsx';

type Progress =
  | { at: 'set'; username: string; store: string | null }
  | { at: 'open' }
  | { at: 'shown'; username: string; password: string; keeping: Keeping };

/** Whether the system's keychain has the password. */
type Keeping = { kind: 'kept'; store: string } | { kind: 'none' } | { kind: 'failed'; cause: string };

/** The administrator's password: set already, or set here for docker and the other clients. */
export function AdminStep({ onReady }: { onReady: () => void }) {
  const { t } = useTranslation();
  const boot = useBoot();
  const queryClient = useQueryClient();
  const [progress, setProgress] = useState<Progress>(
    boot.first_run.admin_password_set
      ? { at: 'set', username: boot.user?.username ?? 'admin', store: null }
      : { at: 'open' },
  );
  const finish = (username: string, store: string | null): void => {
    setProgress({ at: 'set', username, store });
    onReady();
    void queryClient.invalidateQueries(bootQuery);
  };
  if (progress.at === 'set') {
    const { username: name, store } = progress;
    const detail = store === null ? t('welcome.step1Set', { name }) : t('welcome.step1Kept', { name, store });
    return <Step number={1} state="done" title={t('welcome.step1Done')} detail={detail} />;
  }
  return (
    <Step number={1} state="active" title={t('welcome.step1')}>
      {progress.at === 'open' ? (
        <PasswordForm onSet={setProgress} onDone={finish} />
      ) : (
        <ShownOnce progress={progress} onDone={finish} />
      )}
    </Step>
  );
}

interface PasswordFormProps {
  onSet: (progress: Progress) => void;
  onDone: (username: string, store: string | null) => void;
}

/** Sets the password, a generated one when none is given. */
function usePasswordSetting({ onSet, onDone }: PasswordFormProps) {
  const { t } = useTranslation();
  const cause = useCause();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const set = async (password?: string): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      const made = await setAdminPassword(password);
      const keeping = await keep(made.username, made.password ?? password ?? '');
      if (made.password === undefined) onDone(made.username, keeping.kind === 'kept' ? keeping.store : null);
      else onSet({ at: 'shown', username: made.username, password: made.password, keeping });
    } catch (error) {
      setFailure(t('welcome.step1Failed', { cause: cause(error) }));
      setBusy(false);
    }
  };
  return { busy, failure, set };
}

function PasswordForm(props: PasswordFormProps) {
  const { t } = useTranslation();
  const [own, setOwn] = useState(false);
  const { busy, failure, set } = usePasswordSetting(props);
  const form = useForm({
    initialValues: { password: '' },
    validate: { password: (value) => (isGoodPassword(value) ? null : t('welcome.passwordBad')) },
  });
  return (
    <form className="b-form" onSubmit={form.onSubmit(({ password }) => void set(password))} noValidate>
      <p className="b-text-2">{t('welcome.step1Help')}</p>
      {own && (
        <PasswordInput
          autoFocus
          className="b-welcome-field"
          label={t('welcome.password')}
          description={t('welcome.passwordHelp')}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': t('action.showPassword') }}
          {...form.getInputProps('password')}
        />
      )}
      {failure !== null && (
        <p className="b-form-error" role="alert">
          {failure}
        </p>
      )}
      <div className="b-button-row">
        {own ? (
          <Button type="submit" variant="filled" loading={busy}>
            {t('welcome.setPassword')}
          </Button>
        ) : (
          <Button variant="filled" loading={busy} onClick={() => void set()}>
            {t('welcome.generate')}
          </Button>
        )}
        <Button variant="subtle" color="gray" onClick={() => setOwn(!own)}>
          {t(own ? 'welcome.generate' : 'welcome.ownPassword')}
        </Button>
      </div>
    </form>
  );
}

interface ShownOnceProps {
  progress: Extract<Progress, { at: 'shown' }>;
  onDone: (username: string, store: string | null) => void;
}

/** The generated password, this once, and whether the keychain has it. */
function ShownOnce({ progress, onDone }: ShownOnceProps) {
  const { t } = useTranslation();
  const { username, password, keeping } = progress;
  return (
    <div className="b-form">
      <div className="b-command">
        <div className="b-command-label">{t('welcome.passwordOnce', { name: username })}</div>
        <div className="b-command-line">
          <code>{password}</code>
          <CopyButton value={password} what="what.password" />
        </div>
      </div>
      <p role="status" className="b-text-2">
        {keeping.kind === 'kept' && t('welcome.kept', { store: keeping.store })}
        {keeping.kind === 'none' && t('welcome.notKept')}
        {keeping.kind === 'failed' && t('welcome.keepFailed', { cause: keeping.cause })}
      </p>
      <div className="b-button-row">
        <Button
          variant="filled"
          onClick={() => onDone(username, keeping.kind === 'kept' ? keeping.store : null)}
        >
          {t(keeping.kind === 'kept' ? 'welcome.continue' : 'welcome.savedIt')}
        </Button>
      </div>
    </div>
  );
}

/** Asks the desktop shell to keep the password; a browser has no such place. */
async function keep(username: string, password: string): Promise<Keeping> {
  if (!window.berth) return { kind: 'none' };
  try {
    const { kept, store } = await window.berth.invoke('keychain:save-password', { username, password });
    return kept ? { kind: 'kept', store } : { kind: 'none' };
  } catch (error) {
    return { kind: 'failed', cause: error instanceof Error ? error.message : String(error) };
  }
}
