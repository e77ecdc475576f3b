/** What administrators set while the registry runs: the part of Harbor's configuration that has an effect here. */
export interface RegistrySettings {
  /** Whether strangers may make themselves an account. */
  readonly selfRegistration: boolean;
  readonly projectCreationRestriction: 'everyone' | 'adminonly';
  /** Nothing can be changed or pushed; administrators can still change the configuration. */
  readonly readOnly: boolean;
  /** How long a token of the token service lasts. */
  readonly tokenExpirationMinutes: number;
  /** A session ends after so long without a request. */
  readonly sessionTimeoutMinutes: number;
  /** Harbor's JSON text `{message, type, closable, fromDate, toDate}`, or empty. */
  readonly bannerMessage: string;
  /** Harbor's event types (`pull_artifact`, ...) that are not written to the audit log. */
  readonly disabledAuditEventTypes: readonly string[];
}

/** What holds until somebody changes it: Harbor's defaults. */
export const DEFAULT_REGISTRY_SETTINGS: RegistrySettings = {
  selfRegistration: false,
  projectCreationRestriction: 'everyone',
  readOnly: false,
  tokenExpirationMinutes: 30,
  sessionTimeoutMinutes: 60,
  bannerMessage: '',
  disabledAuditEventTypes: [],
};
