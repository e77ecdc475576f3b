import type { TFunction } from 'i18next';
import type { AuditEntry } from '../../api/types.ts';

export const operationWords = {
  create: 'audit.op.create',
  delete: 'audit.op.delete',
  update: 'audit.op.update',
  pull: 'audit.op.pull',
  login: 'audit.op.login',
  logout: 'audit.op.logout',
} as const;

export const typeWords = {
  artifact: 'audit.type.artifact',
  tag: 'audit.type.tag',
  repository: 'audit.type.repository',
  project: 'audit.type.project',
  member: 'audit.type.member',
  label: 'audit.type.label',
  user: 'audit.type.user',
  session: 'audit.type.session',
  token: 'audit.type.token',
  blob: 'audit.type.blob',
  configuration: 'audit.type.configuration',
} as const;

export const spanWords = {
  '1h': 'audit.span.1h',
  '24h': 'audit.span.24h',
  '7d': 'audit.span.7d',
  '30d': 'audit.span.30d',
} as const;

/** "Create project"; signing in has no object worth naming. Words we do not know stay as they came. */
export function phraseOf(
  { operation, resource_type: type, resource }: Pick<AuditEntry, 'operation' | 'resource_type' | 'resource'>,
  t: TFunction,
): string {
  // A push creates an artifact; everybody calls it a push.
  if (operation === 'create' && type === 'artifact')
    return t('audit.phrase', { operation: t('audit.op.push'), type: t('audit.type.artifact') });
  // The same for a label that an artifact is given or loses.
  if (type === 'label' && resource.includes('@'))
    return t(operation === 'delete' ? 'audit.op.unlabel' : 'audit.op.label');
  const verb =
    operation in operationWords ? operationWords[operation as keyof typeof operationWords] : undefined;
  const noun = type in typeWords ? typeWords[type as keyof typeof typeWords] : undefined;
  const words = verb ? t(verb) : operation;
  if (operation === 'login' || operation === 'logout') return words;
  return t('audit.phrase', { operation: words, type: noun ? t(noun) : type });
}

/** Who did it, in words where it was nobody with a name. */
export function actorOf(username: string, t: TFunction): string {
  if (username === 'anonymous') return t('audit.anonymous');
  return username === '#registry' ? t('audit.registry') : username;
}

/** A digest inside a name keeps its first twelve digits. */
export function shortenDigest(resource: string): string {
  return resource.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1');
}

/** Where an entry's object is found in the console. */
export type Place =
  | { kind: 'project'; project: string }
  | { kind: 'members'; project: string }
  | { kind: 'labels'; project: string }
  | { kind: 'repository'; project: string; repo: string }
  | { kind: 'artifact'; project: string; repo: string; reference: string }
  | { kind: 'users'; name: string };

/** What `web/team/app:1.0` or `web/app@sha256:…` names; undefined where it is neither. */
function readReference(resource: string): { project: string; repo: string; reference?: string } | undefined {
  const found = /^([^/@:]+)\/([^@:]+)(?:@([a-z0-9]+:[0-9a-f]+)|:([\w.-]+))?$/.exec(resource);
  if (!found) return undefined;
  const [, project = '', repo = '', digest, tag] = found;
  const reference = digest ?? tag;
  return { project, repo, ...(reference !== undefined && { reference }) };
}

/**
 * The page of what an entry is about, or of what held it where it was deleted. Undefined where there is none.
 * Names are as the log has them, so the page may be of what came later under the same name, or of nothing.
 */
export function placeOf(
  entry: Pick<AuditEntry, 'operation' | 'resource_type' | 'resource'>,
): Place | undefined {
  const { operation, resource_type: type, resource } = entry;
  const gone = operation === 'delete';
  const [project = ''] = resource.split('/');
  switch (type) {
    case 'project':
      return gone ? undefined : { kind: 'project', project: resource };
    case 'member':
      return { kind: 'members', project };
    case 'label': {
      const on = resource.includes('@') ? readReference(resource) : undefined;
      if (on) return { kind: 'artifact', project: on.project, repo: on.repo, reference: on.reference ?? '' };
      return resource.includes('/') ? { kind: 'labels', project } : undefined;
    }
    case 'user':
      return gone ? undefined : { kind: 'users', name: resource };
    case 'repository':
    case 'artifact':
    case 'tag': {
      const at = readReference(resource);
      if (!at) return undefined;
      if (type === 'repository' && gone) return { kind: 'project', project: at.project };
      if (gone || at.reference === undefined)
        return { kind: 'repository', project: at.project, repo: at.repo };
      return { kind: 'artifact', project: at.project, repo: at.repo, reference: at.reference };
    }
    default:
      return undefined;
  }
}
