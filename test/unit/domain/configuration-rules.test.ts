import { describe, expect, it } from 'vitest';
import { CONFIGURATION_DEFAULTS, CONFIGURATION_KEYS } from '#server/domain/configuration/contract.ts';
import { createRules, settingsOf, splitList } from '#server/domain/configuration/rules.ts';
import { DEFAULT_REGISTRY_SETTINGS } from '#server/config/registry-settings.ts';

const rules = createRules(['pull_artifact', 'login_user']);

const banner = (fields: object): string => JSON.stringify({ message: 'Maintenance at noon', ...fields });

describe('values that are taken', () => {
  it.each([
    ['read_only', true],
    ['self_registration', true],
    ['project_creation_restriction', 'adminonly'],
    ['token_expiration', 1],
    ['token_expiration', 720],
    ['session_timeout', 1],
    ['session_timeout', 43_200],
    ['banner_message', ''],
    ['banner_message', banner({})],
    [
      'banner_message',
      banner({ type: 'danger', closable: true, fromDate: '2026-10-01', toDate: '2026-10-02' }),
    ],
    ['banner_message', banner({ type: 'info', fromDate: '2026-10-01T00:00:00.000Z', toDate: '' })],
    ['banner_message', banner({ type: 'info', fromDate: null, toDate: null, closable: null })],
    ['disabled_audit_log_event_types', ''],
    ['disabled_audit_log_event_types', 'pull_artifact'],
    ['disabled_audit_log_event_types', ' pull_artifact, login_user,'],
  ] as const)('%s = %j', (key, value) => {
    expect(rules.readChanges({ [key]: value })).toEqual({ [key]: value });
  });
});

describe('values that are refused, with the key and why', () => {
  it.each([
    ['read_only', 'true', /^read_only is true or false$/],
    ['project_creation_restriction', 'nobody', /^project_creation_restriction .*everyone, adminonly/],
    ['project_creation_restriction', '', /^project_creation_restriction /],
    ['token_expiration', 0, /^token_expiration .*from 1 to 720/],
    ['token_expiration', -5, /^token_expiration /],
    ['token_expiration', 721, /^token_expiration /],
    ['token_expiration', 2.5, /^token_expiration /],
    ['session_timeout', 0, /^session_timeout .*from 1 to 43200/],
    ['session_timeout', 43_201, /^session_timeout /],
    ['banner_message', 'Hello', /^banner_message is a JSON text/],
    ['banner_message', '[]', /^banner_message is a JSON text/],
    ['banner_message', 'null', /^banner_message is a JSON text/],
    ['banner_message', '{}', /^banner_message needs a "message"/],
    ['banner_message', banner({ message: 7 }), /^banner_message needs a "message"/],
    ['banner_message', banner({ type: 'loud' }), /^banner_message .*success, info, warning, danger/],
    ['banner_message', banner({ closable: 'yes' }), /^banner_message .*"closable"/],
    ['banner_message', banner({ fromDate: 'soon' }), /^banner_message .*fromDate/],
    ['banner_message', banner({ toDate: 5 }), /^banner_message .*toDate/],
    ['banner_message', banner({ fromDate: '2026-10-02', toDate: '2026-10-01' }), /^banner_message ends/],
    ['banner_message', banner({ message: 'x'.repeat(9_000) }), /^banner_message has at most/],
    ['disabled_audit_log_event_types', 'pull_artifact,everything', /"everything".*pull_artifact, login_user/],
    ['auth_mode', 'ldap_auth', /^auth_mode cannot be changed.*"db_auth"/],
    ['storage_per_project', 5, /^storage_per_project cannot be changed.*-1/],
    ['oidc_client_secret', 'hush', /^oidc_client_secret cannot be set/],
    ['scan_all_policy', { type: 'daily' }, /^scan_all_policy cannot be set here/],
    ['read_onyl', true, /^"read_onyl" is no key.*read_only/],
    ['read_onyl', false, /^"read_onyl" is no key/],
    ['email_host', 'smtp.example.com', /^"email_host" is no key/],
    ['toString', 'x', /^"toString" is no key/],
  ])('%s = %j', (key, value, message) => {
    expect(() => rules.readChanges({ [key]: value })).toThrow(
      expect.objectContaining({
        code: 'bad_request',
        message: expect.stringMatching(message) as string,
      }) as Error,
    );
  });
});

describe('what asks for nothing', () => {
  it('is no change: a key at its fixed value, an empty secret, null, and what clients of older versions add', () => {
    const sent = {
      auth_mode: 'db_auth',
      ldap_search_password: '',
      token_expiration: null,
      scan_all_policy: {},
      email_ssl: false,
      email_port: 0,
      email_host: '',
    };
    expect(rules.readChanges(sent)).toEqual({});
  });
});

describe('the table of keys', () => {
  it('has a default for each that its own rule takes', () => {
    for (const key of CONFIGURATION_KEYS)
      expect(rules.explain(key, CONFIGURATION_DEFAULTS[key]), key).toBeUndefined();
  });

  it('means the default settings', () => {
    expect(settingsOf(CONFIGURATION_DEFAULTS)).toEqual(DEFAULT_REGISTRY_SETTINGS);
  });

  it('can be edited only where a key has an effect', () => {
    expect(CONFIGURATION_KEYS.filter((key) => rules.isEditable(key))).toEqual([
      'project_creation_restriction',
      'read_only',
      'self_registration',
      'token_expiration',
      'session_timeout',
      'banner_message',
      'disabled_audit_log_event_types',
    ]);
  });
});

describe('a list with commas', () => {
  it('is read with each word once', () => {
    expect(splitList(' a, b,,a ,')).toEqual(['a', 'b']);
    expect(splitList('')).toEqual([]);
  });
});
