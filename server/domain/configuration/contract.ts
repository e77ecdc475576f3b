import Type, { type TObject, type TSchema } from 'typebox';
import { body } from '../../lib/wire.ts';

/** Every key of Harbor's configuration that is shown, with the value that holds until somebody changes it. */
export const CONFIGURATION_DEFAULTS = {
  auth_mode: 'db_auth',
  primary_auth_mode: false,
  ldap_base_dn: '',
  ldap_filter: '',
  ldap_group_base_dn: '',
  ldap_group_admin_dn: '',
  ldap_group_attribute_name: '',
  ldap_group_search_filter: '',
  ldap_group_search_scope: 2,
  ldap_group_attach_parallel: false,
  ldap_scope: 2,
  ldap_search_dn: '',
  ldap_timeout: 5,
  ldap_uid: 'cn',
  ldap_url: '',
  ldap_verify_cert: true,
  ldap_group_membership_attribute: 'memberof',
  project_creation_restriction: 'everyone',
  read_only: false,
  self_registration: false,
  token_expiration: 30,
  uaa_client_id: '',
  uaa_endpoint: '',
  uaa_verify_cert: false,
  http_authproxy_endpoint: '',
  http_authproxy_tokenreview_endpoint: '',
  http_authproxy_admin_groups: '',
  http_authproxy_admin_usernames: '',
  http_authproxy_verify_cert: true,
  http_authproxy_skip_search: false,
  http_authproxy_server_certificate: '',
  oidc_name: '',
  oidc_endpoint: '',
  oidc_client_id: '',
  oidc_groups_claim: '',
  oidc_admin_group: '',
  oidc_group_filter: '',
  oidc_scope: '',
  oidc_user_claim: '',
  oidc_verify_cert: true,
  oidc_auto_onboard: false,
  oidc_extra_redirect_parms: '{}',
  oidc_logout: false,
  robot_token_duration: 30,
  robot_name_prefix: 'robot$',
  notification_enable: true,
  quota_per_project_enable: true,
  storage_per_project: -1,
  audit_log_forward_endpoint: '',
  skip_audit_log_database: false,
  scanner_skip_update_pulltime: false,
  session_timeout: 60,
  banner_message: '',
  disabled_audit_log_event_types: '',
} as const satisfies Readonly<Record<string, string | number | boolean>>;

export type ConfigurationKey = keyof typeof CONFIGURATION_DEFAULTS;
export type ConfigurationValue = string | number | boolean;
export const CONFIGURATION_KEYS = Object.keys(CONFIGURATION_DEFAULTS) as readonly ConfigurationKey[];

/** Keys that can be written and are never shown. */
export const SECRET_KEYS = ['ldap_search_password', 'uaa_client_secret', 'oidc_client_secret'] as const;

/** Harbor's key without value and flag: its scanner's schedule, which is changed elsewhere. */
export const SCAN_ALL_POLICY = { type: 'none', parameter: { daily_time: 0 } } as const;

function schemaOf(value: ConfigurationValue): TSchema {
  if (typeof value === 'string') return Type.String();
  return typeof value === 'number' ? Type.Integer() : Type.Boolean();
}

const schemas = CONFIGURATION_KEYS.map((key) => [key, schemaOf(CONFIGURATION_DEFAULTS[key])] as const);

export interface ConfigurationItem {
  readonly value: ConfigurationValue;
  readonly editable: boolean;
}

/** Harbor's ConfigurationsResponse: `{key: {value, editable}}`. */
export const ConfigurationsBody = Type.Object({
  ...Object.fromEntries(
    schemas.map(([key, value]) => [key, Type.Object({ value, editable: Type.Boolean() })]),
  ),
  scan_all_policy: Type.Object({
    type: Type.String(),
    parameter: Type.Object({ daily_time: Type.Integer() }),
  }),
});
export type ConfigurationsBody = Readonly<Record<ConfigurationKey, ConfigurationItem>> & {
  readonly scan_all_policy: typeof SCAN_ALL_POLICY;
};

const orNull = (value: TSchema) => Type.Optional(Type.Union([value, Type.Null()]));

/** Harbor's Configurations: a flat `{key: value}` of those that shall change; null counts as not sent. */
export const ConfigurationsChange: TObject = body(
  Object.fromEntries([
    ...schemas.map(([key, value]) => [key, orNull(value)]),
    ...SECRET_KEYS.map((key) => [key, orNull(Type.String())]),
  ]),
);
