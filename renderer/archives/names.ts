/** A name as an archive gives it, and what comes of it in a project; as the server reads it. */
export interface GivenName {
  given: string;
  repository: string | null;
  tag: string | null;
}

const isHost = (part: string): boolean => /[.:]/.test(part) || part === 'localhost';

/** Repository and tag of `registry.example/team/app:1.2` in this project: the host is dropped, and the project's own name. */
export function readName(project: string, given: string): GivenName {
  const [name = ''] = given.split('@', 1);
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const path = colon < 0 ? name : name.slice(0, colon);
  const tag = colon < 0 ? '' : name.slice(colon + 1);
  const parts = path.split('/');
  const host = parts.length > 1 && isHost(parts[0] ?? '') ? parts[0] : undefined;
  let own = host === undefined ? parts : parts.slice(1);
  const isDockers = host === 'docker.io' || host === 'index.docker.io';
  if (isDockers && own[0] === 'library' && own.length > 1) own = own.slice(1);
  if (own[0] === project && own.length > 1 && own.slice(1).join('/') !== '') own = own.slice(1);
  return { given, repository: own.join('/') || null, tag: tag || null };
}

/** What an entry of index.json is called; undefined where it is not. */
export function annotatedName(annotations: Record<string, unknown> | null | undefined): string | undefined {
  const whole = annotations?.['io.containerd.image.name'];
  if (typeof whole === 'string' && whole !== '') return whole;
  const ref = annotations?.['org.opencontainers.image.ref.name'];
  if (typeof ref !== 'string' || ref === '') return undefined;
  return /[/:]/.test(ref) ? ref : `:${ref}`;
}

const repositoryPattern =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const nameMax = 200;

export const isRepository = (project: string, text: string): boolean =>
  repositoryPattern.test(text) && `${project}/${text}`.length <= nameMax;

/** Tags as one types them, separated by commas or spaces. */
export const splitTags = (text: string): string[] => [
  ...new Set(text.split(/[\s,，]+/).filter((tag) => tag !== '')),
];
export const isTag = (text: string): boolean => tagPattern.test(text);

/** A repository's name made of a file's: `My App 1.0.tar.gz` becomes `my-app-1.0`. */
export function repositoryFromFile(fileName: string): string {
  const base = fileName.replace(/\.(?:tar(?:\.(?:gz|zst|zstd))?|tgz|tzst)$/i, '');
  return base
    .toLowerCase()
    .replaceAll(/[^a-z0-9]*[^a-z0-9._-][^a-z0-9]*/g, '-')
    .replaceAll(/[._-]{2,}/g, '-')
    .replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}
