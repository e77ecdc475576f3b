/** What a robot account can be given: Harbor's catalogue, also of what this version has no engine for yet. */
export interface CataloguedPermission {
  readonly resource: string;
  readonly action: string;
}

const CRUDL = ['read', 'create', 'update', 'delete', 'list'] as const;

const SYSTEM: Readonly<Record<string, readonly string[]>> = {
  'audit-log': ['list'],
  'preheat-instance': CRUDL,
  project: ['list', 'create'],
  'replication-policy': CRUDL,
  replication: ['read', 'create', 'list'],
  'replication-adapter': ['list'],
  registry: CRUDL,
  'scan-all': ['read', 'update', 'stop', 'create'],
  'system-volumes': ['read'],
  'garbage-collection': ['read', 'create', 'list', 'update', 'stop'],
  'purge-audit': ['read', 'create', 'list', 'update', 'stop'],
  'jobservice-monitor': ['list', 'stop'],
  scanner: CRUDL,
  label: ['read', 'create', 'delete', 'update'],
  'security-hub': ['read', 'list'],
  catalog: ['read'],
  quota: ['read', 'list', 'update'],
  robot: ['create', 'read', 'list', 'delete'],
  user: CRUDL,
  'ldap-user': ['create', 'list'],
  'user-group': CRUDL,
};

const PROJECT: Readonly<Record<string, readonly string[]>> = {
  log: ['list'],
  project: ['read', 'delete', 'update'],
  metadata: CRUDL,
  repository: ['read', 'update', 'delete', 'list', 'pull', 'push'],
  artifact: ['read', 'create', 'list', 'delete'],
  scan: ['create', 'read', 'stop'],
  sbom: ['create', 'read', 'stop'],
  tag: ['create', 'list', 'delete'],
  accessory: ['list'],
  'artifact-addition': ['read'],
  'artifact-label': ['create', 'delete'],
  scanner: ['create', 'read'],
  'preheat-policy': CRUDL,
  'immutable-tag': ['create', 'update', 'delete', 'list'],
  'notification-policy': CRUDL,
  'tag-retention': CRUDL,
  label: CRUDL,
  member: CRUDL,
  quota: ['read'],
  robot: ['create', 'read', 'list', 'delete'],
  'export-cve': ['create', 'read'],
};

const flatten = (catalogue: typeof SYSTEM): readonly CataloguedPermission[] =>
  Object.entries(catalogue).flatMap(([resource, actions]) => actions.map((action) => ({ resource, action })));

/** On the whole registry. */
export const SYSTEM_CATALOGUE = flatten(SYSTEM);
/** In a project. */
export const PROJECT_CATALOGUE = flatten(PROJECT);
