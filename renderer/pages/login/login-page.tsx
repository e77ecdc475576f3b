import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import { signIn, useBoot } from '../../api/session.ts';
import { Banner } from '../../frame/banner.tsx';
import { BrandBar } from '../../frame/brand.tsx';
import { localInstance, useInstance } from '../../instance/local.ts';
import { useCause } from '../../ui/states.tsx';
import './login.css';
import { Register } from './register.tsx';

const route = getRouteApi('/login');
/** A little more than the server's 1.5 s. */
const LOCK_MS = 1_600;
let freeAt = 0;

/** The server locks a name for a moment after a wrong password, and would refuse the right one as well: so it waits. */
async function signInWhenFree(principal: string, password: string): Promise<void> {
  const wait = freeAt - performance.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  try {
    await signIn(principal, password);
  } catch (error) {
    if (hasStatus(error, 401)) freeAt = performance.now() + LOCK_MS;
    throw error;
  }
}

/** One form, or the one for strangers where they may make themselves an account; what is public needs none. */
export function LoginPage() {
  const { self_registration: mayRegister } = useBoot();
  const { account } = route.useSearch();
  return (
    <>
      <BrandBar />
      <Banner />
      {mayRegister && account === 'new' ? <Register /> : <SignIn mayRegister={mayRegister} />}
    </>
  );
}

function SignIn({ mayRegister }: { mayRegister: boolean }) {
  const { t } = useTranslation();
  const instance = useInstance();
  const { to } = route.useSearch();
  const enter = useEnter();
  const cause = useCause();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useForm({
    initialValues: { principal: '', password: '' },
    validate: {
      principal: (value) => (value.trim() === '' ? t('login.nameMissing') : null),
      password: (value) => (value === '' ? t('login.passwordMissing') : null),
    },
  });
  const submit = async ({ principal, password }: typeof form.values): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      await signInWhenFree(principal.trim(), password);
      await enter();
    } catch (error) {
      setRefusal(hasStatus(error, 401) ? t('login.wrong') : t('login.failed', { cause: cause(error) }));
      setBusy(false);
    }
  };
  return (
    <main className="b-login">
      <h1>{t('login.title', { name: instance.name })}</h1>
      <form className="b-form" onSubmit={form.onSubmit((values) => void submit(values))} noValidate>
        <TextInput
          label={t('login.name')}
          autoComplete="username"
          autoFocus
          {...form.getInputProps('principal')}
        />
        <PasswordInput
          label={t('login.password')}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('action.showPassword') }}
          {...form.getInputProps('password')}
        />
        {refusal !== null && (
          <p className="b-login-refusal" role="alert">
            {refusal}
          </p>
        )}
        <Button type="submit" variant="filled" loading={busy} fullWidth>
          {t('login.submit')}
        </Button>
      </form>
      {mayRegister && (
        <Link to="/login" search={{ account: 'new', ...(to !== undefined && { to }) }}>
          {t('login.register')}
        </Link>
      )}
      <Link to="/i/$instance/projects" params={{ instance: localInstance }}>
        {t('login.browse')}
      </Link>
    </main>
  );
}

/** Forgets what was loaded as nobody, and goes where one wanted to go. */
function useEnter(): () => Promise<void> {
  const queryClient = useQueryClient();
  const router = useRouter();
  const { to } = route.useSearch();
  return async () => {
    await queryClient.resetQueries();
    if (to !== undefined) router.history.push(to);
    else await router.navigate({ to: '/' });
    await router.invalidate();
  };
}
