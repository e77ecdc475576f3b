import { Button } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import { createUser } from '../../api/users.ts';
import { useInstance } from '../../instance/local.ts';
import { useCause } from '../../ui/states.tsx';
import { toast } from '../../ui/toast.ts';
import { validateOnBlur } from '../../ui/validate-on-blur.ts';
import { UserFields, useUserForm } from '../users/user-fields.tsx';

const route = getRouteApi('/login');

/** The form by which strangers make themselves an account, while the administrators allow it. */
export function Register() {
  const { t } = useTranslation();
  const instance = useInstance();
  const cause = useCause();
  const navigate = route.useNavigate();
  const { to } = route.useSearch();
  const [refusal, setRefusal] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useUserForm();
  const back = to === undefined ? {} : { to };
  const create = async (values: typeof form.values): Promise<void> => {
    setBusy(true);
    setRefusal(null);
    try {
      await createUser({ ...values, email: values.email.trim(), realname: values.realname.trim() });
      toast(t('login.registered', { name: values.username }));
      await navigate({ to: '/login', search: back });
    } catch (error) {
      if (hasStatus(error, 409)) form.setFieldError('username', t('users.taken'));
      else setRefusal(t('login.registerFailed', { cause: cause(error) }));
      setBusy(false);
    }
  };
  return (
    <main className="b-login">
      <h1>{t('login.registerTitle', { name: instance.name })}</h1>
      <p className="b-text-2">{t('login.registerHelp')}</p>
      <form
        className="b-form"
        onSubmit={form.onSubmit((values) => void create(values))}
        onBlur={validateOnBlur(form)}
        noValidate
      >
        <UserFields form={form} own />
        {refusal !== null && (
          <p className="b-login-refusal" role="alert">
            {refusal}
          </p>
        )}
        <Button type="submit" variant="filled" loading={busy} fullWidth>
          {t('login.registerSubmit')}
        </Button>
      </form>
      <Link to="/login" search={back}>
        {t('login.haveAccount')}
      </Link>
    </main>
  );
}
