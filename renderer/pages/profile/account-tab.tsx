import { TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hasStatus } from '../../api/errors.ts';
import { keys } from '../../api/keys.ts';
import { profileQuery, saveProfile } from '../../api/profile.ts';
import type { User } from '../../api/types.ts';
import { LeaveGuard } from '../../ui/leave-guard.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import {
  ChangedChip,
  explainedBelow,
  Fact,
  Facts,
  SaveButton,
  SaveFailed,
  Section,
} from '../../ui/section.tsx';
import { Ago } from '../../ui/time.tsx';
import { toast } from '../../ui/toast.ts';
import { validateOnBlur } from '../../ui/validate-on-blur.ts';
import { ProfileFrame } from './frame.tsx';

/** What one says about oneself. */
export function AccountTab() {
  const { t } = useTranslation();
  const query = useQuery(profileQuery);
  if (query.data) return <Account user={query.data} />;
  return (
    <ProfileFrame>
      <Loaded query={query} what={t('profile.account')}>
        {() => null}
      </Loaded>
    </ProfileFrame>
  );
}

function Account({ user }: { user: User }) {
  const { t } = useTranslation();
  const { form, save, busy, error } = useAccountForm(user);
  const before = [user.realname, user.email, user.comment];
  const { realname, email, comment } = form.values;
  const changed = [realname, email, comment].some((value, at) => value !== before[at]);
  return (
    <ProfileFrame
      beside={<ChangedChip changed={changed} />}
      actions={<SaveButton busy={busy} onSave={save} />}
    >
      <SaveFailed what={t('profile.account')} error={error} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
        onBlur={validateOnBlur(form)}
        noValidate
      >
        <Section title={t('profile.aboutYou')} help={t('profile.aboutYouHelp')}>
          <div className="b-rows">
            <TextInput
              label={t('users.realname')}
              autoComplete="name"
              {...explainedBelow}
              {...form.getInputProps('realname')}
            />
            <TextInput
              label={t('users.email')}
              type="email"
              autoComplete="email"
              {...explainedBelow}
              {...form.getInputProps('email')}
            />
            <TextInput label={t('profile.comment')} {...explainedBelow} {...form.getInputProps('comment')} />
          </div>
          <input type="submit" hidden />
        </Section>
      </form>
      <Section title={t('profile.account')}>
        <Facts>
          <Fact name={t('users.name')} help={t('profile.nameHelp')}>
            {user.username}
          </Fact>
          <Fact name={t('users.rights')}>{t(user.sysadmin_flag ? 'users.admin' : 'users.ordinary')}</Fact>
          <Fact name={t('users.created')}>
            <Ago time={user.creation_time} />
          </Fact>
        </Facts>
      </Section>
      <LeaveGuard changed={changed && !busy} />
    </ProfileFrame>
  );
}

function useAccountForm(user: User) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const form = useForm({
    initialValues: { realname: user.realname, email: user.email, comment: user.comment },
    validate: {
      realname: (value) => {
        if (value.trim() === '') return t('users.realnameMissing');
        return /[,"~#%$:]/.test(value) ? t('profile.realnameBad') : null;
      },
      // The first administrator begins without one, and may stay so.
      email: (value) =>
        value === user.email || /^[^\s@]+@[^\s@]+$/.test(value.trim()) ? null : t('users.emailBad'),
      comment: (value) => (value.length > 255 ? t('profile.commentBad') : null),
    },
  });
  const send = async ({ realname, email, comment }: typeof form.values): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await saveProfile(user.user_id, {
        realname: realname.trim(),
        email: email.trim(),
        comment: comment.trim(),
      });
      await queryClient.invalidateQueries({ queryKey: keys.profile });
      form.setValues({ realname: realname.trim(), email: email.trim(), comment: comment.trim() });
      toast(t('profile.saved'));
    } catch (failure) {
      if (hasStatus(failure, 409)) form.setFieldError('email', t('profile.emailTaken'));
      else setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const submit = form.onSubmit((values) => void send(values));
  return { form, save: () => submit(), busy, error };
}
