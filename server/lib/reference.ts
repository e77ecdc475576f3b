import { AppError } from './errors.ts';
import { parseDigest, type Digest } from './digest.ts';

// OCI distribution spec, "Pulling manifests": the name and tag grammars.
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
/** Clients limit host and name together to 255; 200 leaves room for the host. */
const NAME_MAX = 200;

export interface RepositoryName {
  /** First path part: the project. */
  readonly project: string;
  /** The rest, without the project. */
  readonly path: string;
  /** `project/path`. */
  readonly full: string;
}

/** Splits `project/path`; throws `name_invalid` when the grammar or the project part is missing. */
export function parseRepositoryName(full: string): RepositoryName {
  if (full.length > NAME_MAX || !NAME.test(full)) {
    throw new AppError(
      'name_invalid',
      `repository name ${JSON.stringify(full.slice(0, NAME_MAX))}: use lower-case letters, digits and . _ - between them, at most ${NAME_MAX} characters`,
    );
  }
  const slash = full.indexOf('/');
  if (slash < 0) {
    throw new AppError('name_invalid', `repository name "${full}" names no project: push to PROJECT/${full}`);
  }
  return { project: full.slice(0, slash), path: full.slice(slash + 1), full };
}

/** Whether the text can be a repository's name without its project. */
export function isRepositoryPath(text: string): boolean {
  return text.length <= NAME_MAX && NAME.test(text);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The tag in `text`; throws `tag_invalid`. */
export function parseTag(text: string): string {
  if (isTag(text)) return text;
  throw new AppError(
    'tag_invalid',
    `tag ${JSON.stringify(text.slice(0, 140))}: use letters, digits and _ . - (not first), at most 128 characters`,
  );
}

export type Reference =
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'digest'; readonly digest: Digest };

/** A tag or a digest: anything with a colon is meant as a digest. */
export function parseReference(text: string): Reference {
  return text.includes(':')
    ? { kind: 'digest', digest: parseDigest(text) }
    : { kind: 'tag', tag: parseTag(text) };
}
