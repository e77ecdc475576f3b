/**
 * Every kind of row that the audit log can hold, as `<operation>_<resource type>`. Those that Harbor has too are named as
 * it names them; `create_robot` and `delete_robot` come with robots.
 */
export const AUDIT_EVENT_TYPES = [
  'create_artifact',
  'delete_artifact',
  'pull_artifact',
  'create_project',
  'delete_project',
  'update_project',
  'delete_repository',
  'login_user',
  'logout_user',
  'create_user',
  'delete_user',
  'update_user',
  'create_robot',
  'delete_robot',
  'update_configuration',
  'create_member',
  'update_member',
  'delete_member',
  // Harbor has no such rows.
  'create_repository',
  'update_repository',
  'create_tag',
  'delete_tag',
  'create_blob',
  'delete_blob',
  'create_label',
  'update_label',
  'delete_label',
  'delete_session',
  'create_token',
] as const;
export type AuditEventType = (typeof AUDIT_EVENT_TYPES)[number];

/**
 * What an administrator may leave out (`disabled_audit_log_event_types`): the many rows of ordinary traffic. Harbor lets
 * any be left out; here who changed users, members, projects, sessions or the configuration is always written down, and
 * so is a sign-in that failed.
 */
export const OPTIONAL_AUDIT_EVENT_TYPES: readonly AuditEventType[] = [
  'pull_artifact',
  'create_artifact',
  'delete_artifact',
  'create_tag',
  'delete_tag',
  'create_blob',
  'delete_blob',
  'login_user',
  'logout_user',
];
