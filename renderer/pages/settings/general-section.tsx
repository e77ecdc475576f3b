import { Checkbox, Radio, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '../../api/keys.ts';
import { configurationQuery, saveConfiguration } from '../../api/settings.ts';
import type { ConfigurationValues } from '../../api/types.ts';
import { LeaveGuard } from '../../ui/leave-guard.tsx';
import { ChangedChip, explainedBelow, SaveButton, SaveFailed, Section } from '../../ui/section.tsx';
import { toast } from '../../ui/toast.ts';
import { validateOnBlur } from '../../ui/validate-on-blur.ts';
import { BannerFields } from './banner-fields.tsx';
import { SettingsFrame } from './frame.tsx';
import {
  changesOf,
  type GeneralForm,
  maxSessionMinutes,
  maxTokenMinutes,
  optionalEvents,
  useGeneralForm,
  valuesOf,
} from './general-form.ts';
import { Loaded } from '../../ui/loaded.tsx';

/** What administrators set while the registry runs. */
export function GeneralSection() {
  const { t } = useTranslation();
  const query = useQuery(configurationQuery);
  if (query.data) return <GeneralSettings configuration={query.data} />;
  return (
    <SettingsFrame section="general">
      <Loaded query={query} what={t('settings.title')}>
        {() => null}
      </Loaded>
    </SettingsFrame>
  );
}

function GeneralSettings({ configuration }: { configuration: ConfigurationValues }) {
  const { t } = useTranslation();
  const form = useGeneralForm(configuration);
  // What the fields began with: others may change the rest meanwhile, and keep it.
  const [base, setBase] = useState(configuration);
  const changed = Object.keys(changesOf(form.values, base)).length > 0;
  const begin = (from: ConfigurationValues): void => {
    setBase(from);
    form.setValues(valuesOf(from));
  };
  const { save, busy, error } = useSaving(form, base, begin);
  useEffect(() => {
    if (!changed && !busy && configuration !== base) begin(configuration);
    // oxlint-disable-next-line react/exhaustive-deps -- only what the server newly answers begins anew
  }, [configuration]);
  return (
    <SettingsFrame
      section="general"
      beside={<ChangedChip changed={changed} />}
      actions={<SaveButton busy={busy} onSave={save} />}
    >
      <SaveFailed what={t('settings.title')} error={error} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
        onBlur={validateOnBlur(form)}
        noValidate
      >
        <PeopleFields form={form} />
        <SessionFields form={form} />
        <BannerFields form={form} />
        <AuditFields form={form} />
        <input type="submit" hidden />
      </form>
      <LeaveGuard changed={changed && !busy} />
    </SettingsFrame>
  );
}

function useSaving(form: GeneralForm, base: ConfigurationValues, begin: (from: ConfigurationValues) => void) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const send = async (values: typeof form.values): Promise<void> => {
    const changes = changesOf(values, base);
    setBusy(true);
    setError(null);
    try {
      if (Object.keys(changes).length > 0) await saveConfiguration(changes);
      begin(await queryClient.fetchQuery({ ...configurationQuery, staleTime: 0 }));
      await queryClient.invalidateQueries({ queryKey: keys.boot });
      toast(t('settings.saved'));
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const submit = form.onSubmit(
    (values) => void send(values),
    // What is missing may lie out of sight.
    (errors) => document.querySelector<HTMLElement>(`[data-path="${Object.keys(errors)[0]}"]`)?.focus(),
  );
  return { save: () => submit(), busy, error };
}

function PeopleFields({ form }: { form: GeneralForm }) {
  const { t } = useTranslation();
  return (
    <Section title={t('settings.people')}>
      <div className="b-rows">
        <Radio.Group label={t('settings.creation')} {...explainedBelow} {...form.getInputProps('creation')}>
          <div className="b-choices">
            <Radio size="xs" value="everyone" label={t('settings.creation.everyone')} />
            <Radio size="xs" value="adminonly" label={t('settings.creation.adminonly')} />
          </div>
        </Radio.Group>
        <Checkbox
          label={t('settings.selfRegistration')}
          description={t('settings.selfRegistrationHelp')}
          {...form.getInputProps('selfRegistration', { type: 'checkbox' })}
        />
        <Checkbox
          label={t('settings.readOnly')}
          description={t('settings.readOnlyHelp')}
          {...form.getInputProps('readOnly', { type: 'checkbox' })}
        />
      </div>
    </Section>
  );
}

function SessionFields({ form }: { form: GeneralForm }) {
  const { t } = useTranslation();
  const minutes = {
    inputMode: 'numeric',
    w: '100%',
    rightSection: <span className="b-dim">{t('settings.minutes')}</span>,
    rightSectionWidth: 64,
    rightSectionPointerEvents: 'none',
    ...explainedBelow,
  } as const;
  return (
    <Section title={t('settings.signIn')}>
      <div className="b-rows">
        <TextInput
          label={t('settings.session')}
          description={t('settings.sessionHelp', { max: maxSessionMinutes })}
          {...minutes}
          {...form.getInputProps('session')}
        />
        <TextInput
          label={t('settings.token')}
          description={t('settings.tokenHelp', { max: maxTokenMinutes })}
          {...minutes}
          {...form.getInputProps('token')}
        />
      </div>
    </Section>
  );
}

function AuditFields({ form }: { form: GeneralForm }) {
  const { t } = useTranslation();
  return (
    <Section title={t('settings.audit')} help={t('settings.auditHelp')}>
      <div className="b-rows">
        <Checkbox.Group
          label={t('settings.auditWritten')}
          {...explainedBelow}
          {...form.getInputProps('written')}
        >
          <div className="b-choices">
            {optionalEvents.map((event) => (
              <Checkbox key={event} value={event} label={t(`settings.event.${event}`)} />
            ))}
          </div>
        </Checkbox.Group>
      </div>
    </Section>
  );
}
