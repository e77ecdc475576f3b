import { useForm } from '@mantine/form';
import { useTranslation } from 'react-i18next';
import type { ConfigurationValues } from '../../api/types.ts';
import { type BannerText, noBanner, readBanner, writeBanner } from '../../frame/banner-text.ts';

/** The server's own bounds, in minutes. */
export const maxSessionMinutes = 30 * 24 * 60;
export const maxTokenMinutes = 12 * 60;

/** What the audit log may leave out: the many rows of ordinary traffic (the server knows no others). */
export const optionalEvents = [
  'pull_artifact',
  'create_artifact',
  'delete_artifact',
  'create_tag',
  'delete_tag',
  'create_blob',
  'delete_blob',
  'login_user',
  'logout_user',
] as const;
export type OptionalEvent = (typeof optionalEvents)[number];

/** Values as the fields hold them: numbers are texts until they are saved. */
export interface GeneralValues {
  creation: 'everyone' | 'adminonly';
  selfRegistration: boolean;
  readOnly: boolean;
  session: string;
  token: string;
  announce: boolean;
  banner: BannerText;
  /** The events that are written down; the configuration names those that are not. */
  written: string[];
}

/** What the fields show of a configuration. */
export function valuesOf(configuration: ConfigurationValues): GeneralValues {
  const left = configuration.disabled_audit_log_event_types.split(',').map((word) => word.trim());
  const banner = readBanner(configuration.banner_message);
  return {
    creation: configuration.project_creation_restriction,
    selfRegistration: configuration.self_registration,
    readOnly: configuration.read_only,
    session: String(configuration.session_timeout),
    token: String(configuration.token_expiration),
    announce: banner.message !== '',
    banner,
    written: optionalEvents.filter((event) => !left.includes(event)),
  };
}

/** What the fields mean for the configuration; only what differs from `before`, so that no other change is undone. */
export function changesOf(values: GeneralValues, before: ConfigurationValues): Partial<ConfigurationValues> {
  const shown = valuesOf(before);
  const banner = values.announce ? writeBanner(values.banner) : '';
  const isSameBanner = banner === writeBanner(shown.announce ? shown.banner : noBanner);
  const left = optionalEvents.filter((event) => !values.written.includes(event)).join(',');
  const wasLeft = optionalEvents.filter((event) => !shown.written.includes(event)).join(',');
  return {
    ...(values.creation !== shown.creation && { project_creation_restriction: values.creation }),
    ...(values.selfRegistration !== shown.selfRegistration && { self_registration: values.selfRegistration }),
    ...(values.readOnly !== shown.readOnly && { read_only: values.readOnly }),
    ...(values.session !== shown.session && { session_timeout: Number(values.session) }),
    ...(values.token !== shown.token && { token_expiration: Number(values.token) }),
    ...(!isSameBanner && { banner_message: banner }),
    ...(left !== wasLeft && { disabled_audit_log_event_types: left }),
  };
}

const isMinutes = (text: string, max: number): boolean =>
  /^\d{1,6}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= max;

/** The form of the general settings, with the server's rules. */
export function useGeneralForm(configuration: ConfigurationValues) {
  const { t } = useTranslation();
  return useForm<GeneralValues>({
    initialValues: valuesOf(configuration),
    validateInputOnChange: false,
    validate: {
      session: (text) =>
        isMinutes(text, maxSessionMinutes) ? null : t('settings.minutesBad', { max: maxSessionMinutes }),
      token: (text) =>
        isMinutes(text, maxTokenMinutes) ? null : t('settings.minutesBad', { max: maxTokenMinutes }),
      banner: {
        message: (text, values) =>
          values.announce && text.trim() === '' ? t('settings.bannerMissing') : null,
        to: (to, values) =>
          values.announce && to !== '' && values.banner.from > to ? t('settings.bannerBackwards') : null,
      },
    },
  });
}

export type GeneralForm = ReturnType<typeof useGeneralForm>;
