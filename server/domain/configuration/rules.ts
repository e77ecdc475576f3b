import type { RegistrySettings } from '../../config/registry-settings.ts';
import { AppError } from '../../lib/errors.ts';
import {
  CONFIGURATION_DEFAULTS,
  CONFIGURATION_KEYS,
  SCAN_ALL_POLICY,
  SECRET_KEYS,
  type ConfigurationKey,
  type ConfigurationValue,
} from './contract.ts';

/** What each key is set to. */
export type ConfigurationValues = Readonly<Record<ConfigurationKey, ConfigurationValue>>;
/** What of it somebody wants to be otherwise. */
export type ConfigurationChanges = Readonly<Partial<Record<ConfigurationKey, ConfigurationValue>>>;

/** What is wrong with a value of the right type, as the end of a sentence that begins with the key. */
type Rule = (value: ConfigurationValue) => string | undefined;

/** A key that signed tokens is kept a day after its successor was made (token/keys.ts); no token may outlive it. */
const MAX_TOKEN_MINUTES = 12 * 60;
const MAX_SESSION_MINUTES = 30 * 24 * 60;
const MAX_BANNER_LENGTH = 8_192;
const BANNER_TYPES = ['success', 'info', 'warning', 'danger'];

const isFlag: Rule = (value) => (typeof value === 'boolean' ? undefined : 'is true or false');

const isMinutes =
  (max: number): Rule =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max
      ? undefined
      : `is a whole number of minutes from 1 to ${max}`;

const isOneOf =
  (words: readonly string[]): Rule =>
  (value) =>
    words.some((word) => word === value) ? undefined : `is one of ${words.join(', ')}`;

const isUnset = (value: unknown): boolean => value === undefined || value === null || value === '';

function explainDates(fromDate: unknown, toDate: unknown): string | undefined {
  for (const [name, date] of Object.entries({ fromDate, toDate })) {
    if (!isUnset(date) && !(typeof date === 'string' && Number.isFinite(Date.parse(date))))
      return `has a ${name} that is no date: write 2026-12-31`;
  }
  const isBackwards =
    !isUnset(fromDate) && !isUnset(toDate) && Date.parse(String(fromDate)) > Date.parse(String(toDate));
  return isBackwards ? 'ends (toDate) before it begins (fromDate)' : undefined;
}

/** Harbor's banner: a JSON text, or an empty one for none. */
export const explainBanner: Rule = (value) => {
  if (value === '') return undefined;
  const shape = 'is a JSON text {"message", "type", "closable", "fromDate", "toDate"}, or empty';
  if (typeof value !== 'string') return shape;
  if (value.length > MAX_BANNER_LENGTH) return `has at most ${MAX_BANNER_LENGTH} characters`;
  let banner: unknown;
  try {
    banner = JSON.parse(value);
  } catch {
    return shape;
  }
  if (typeof banner !== 'object' || banner === null || Array.isArray(banner)) return shape;
  const { message, type, closable, fromDate, toDate } = banner as Record<string, unknown>;
  if (typeof message !== 'string') return 'needs a "message", which is a text';
  if (!isUnset(type) && !BANNER_TYPES.some((known) => known === type))
    return `has a "type" that is not one of ${BANNER_TYPES.join(', ')}`;
  if (!isUnset(closable) && typeof closable !== 'boolean')
    return 'has a "closable" that is not true or false';
  return explainDates(fromDate, toDate);
};

/** The words of a list with commas, trimmed, each once. */
export function splitList(text: string): readonly string[] {
  return [
    ...new Set(
      text
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    ),
  ];
}

const isListOf =
  (known: readonly string[]): Rule =>
  (value) => {
    if (typeof value !== 'string') return 'is a list with commas';
    const unknown = splitList(value).find((word) => !known.includes(word));
    return unknown === undefined
      ? undefined
      : `names "${unknown.slice(0, 100)}", which is none of ${known.join(', ')}`;
  };

/** The keys that have an effect in this version, each with its rule. */
function rulesOf(eventTypes: readonly string[]): Readonly<Partial<Record<ConfigurationKey, Rule>>> {
  return {
    project_creation_restriction: isOneOf(['everyone', 'adminonly']),
    read_only: isFlag,
    self_registration: isFlag,
    token_expiration: isMinutes(MAX_TOKEN_MINUTES),
    session_timeout: isMinutes(MAX_SESSION_MINUTES),
    banner_message: explainBanner,
    disabled_audit_log_event_types: isListOf(eventTypes),
  };
}

/** What may be changed, and to what. */
export interface ConfigurationRules {
  isEditable(key: ConfigurationKey): boolean;
  /** Why the key cannot have the value, as the end of a sentence that begins with the key; undefined when it can. */
  explain(key: ConfigurationKey, value: ConfigurationValue): string | undefined;
  /** What was sent, checked. Throws `bad_request` that names the first key that cannot be set so. */
  readChanges(sent: Readonly<Record<string, unknown>>): ConfigurationChanges;
}

const refuse = (key: string, why: string): AppError => new AppError('bad_request', `${key} ${why}`);

function isConfigurationKey(key: string): key is ConfigurationKey {
  return Object.hasOwn(CONFIGURATION_DEFAULTS, key);
}

/** Keys of Harbor's earlier versions, which clients of that time send along without a value. */
const FORMER_KEY = /^(?:email_\w{1,50}|count_per_project|verify_remote_cert)$/;

const isEmpty = (value: unknown): boolean =>
  value === false || value === 0 || value === '' || JSON.stringify(value) === '{}';

/** Keys that take no value of this version: what they have passes, so that a whole configuration does. */
function checkFixed(key: string, value: unknown): void {
  if (SECRET_KEYS.some((secret) => secret === key)) {
    if (value !== '') throw refuse(key, 'cannot be set in this version: leave it out or send an empty text');
  } else if (key === 'scan_all_policy') {
    if (!isEmpty(value) && JSON.stringify(value) !== JSON.stringify(SCAN_ALL_POLICY))
      throw refuse(key, 'cannot be set here: leave it out');
  } else if (!FORMER_KEY.test(key) || !isEmpty(value)) {
    const known = `the keys are ${CONFIGURATION_KEYS.join(', ')}`;
    throw refuse(JSON.stringify(key.slice(0, 100)), `is no key of the configuration: ${known}`);
  }
}

/** Of keys with an effect in this version any allowed value is taken, of the others only the one they have. */
export function createRules(eventTypes: readonly string[]): ConfigurationRules {
  const rules = rulesOf(eventTypes);

  function explain(key: ConfigurationKey, value: ConfigurationValue): string | undefined {
    const rule = rules[key];
    if (rule) return rule(value);
    const fixed = CONFIGURATION_DEFAULTS[key];
    return value === fixed
      ? undefined
      : `cannot be changed in this version: leave it out or send ${JSON.stringify(fixed)}`;
  }

  return {
    isEditable: (key) => rules[key] !== undefined,
    explain,
    readChanges(sent) {
      const changes: Partial<Record<ConfigurationKey, ConfigurationValue>> = {};
      for (const [key, value] of Object.entries(sent)) {
        if (value === null || value === undefined) continue;
        if (!isConfigurationKey(key)) {
          checkFixed(key, value);
          continue;
        }
        const wrong = explain(key, value as ConfigurationValue);
        if (wrong !== undefined) throw refuse(key, wrong);
        if (rules[key]) changes[key] = value as ConfigurationValue;
      }
      return changes;
    },
  };
}

/** The settings that the values mean. */
export function settingsOf(values: ConfigurationValues): RegistrySettings {
  return {
    selfRegistration: values.self_registration === true,
    projectCreationRestriction:
      values.project_creation_restriction === 'adminonly' ? 'adminonly' : 'everyone',
    readOnly: values.read_only === true,
    tokenExpirationMinutes: Number(values.token_expiration),
    sessionTimeoutMinutes: Number(values.session_timeout),
    bannerMessage: String(values.banner_message),
    disabledAuditEventTypes: splitList(String(values.disabled_audit_log_event_types)),
  };
}
