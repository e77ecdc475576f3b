/** A name as an archive gives it, in its parts. */
export interface GivenName {
  /** Without the host; null where the archive names a tag alone. */
  readonly repository: string | null;
  readonly tag: string | null;
}

/** Annotations of an index's entry that name the image: containerd's, with the whole name, and OCI's. */
const WHOLE_NAME = 'io.containerd.image.name';
const REF_NAME = 'org.opencontainers.image.ref.name';

const isHost = (part: string): boolean => /[.:]/.test(part) || part === 'localhost';

/**
 * The repository and the tag in `registry.example/team/app:1.2`. The host is dropped: this registry is another one. So is
 * the `library/` that Docker writes before its own images, and a digest. Anything may be in the text: what comes of it is
 * checked where it is used.
 */
export function parseGivenName(text: string): GivenName {
  const [name = ''] = text.split('@', 1);
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const path = colon < 0 ? name : name.slice(0, colon);
  const tag = colon < 0 ? '' : name.slice(colon + 1);
  const parts = path.split('/');
  const hasHost = parts.length > 1 && isHost(parts[0] ?? '');
  const isDockers = hasHost && ['docker.io', 'index.docker.io'].includes(parts[0] ?? '');
  const own = hasHost ? parts.slice(1) : parts;
  const named = isDockers && own[0] === 'library' && own.length > 1 ? own.slice(1) : own;
  const repository = named.join('/');
  return { repository: repository === '' ? null : repository, tag: tag === '' ? null : tag };
}

/** What an entry of an index is called; undefined where it is not. */
export function givenNameOf(annotations: Readonly<Record<string, string>>): string | undefined {
  const whole = annotations[WHOLE_NAME];
  if (whole !== undefined && whole !== '') return whole;
  const ref = annotations[REF_NAME];
  if (ref === undefined || ref === '') return undefined;
  // The specification has a tag there; many tools write a whole name.
  return /[/:]/.test(ref) ? ref : `:${ref}`;
}

/** The same for this project: its own name at the front is left out, since an image of it may come back. */
export function nameFor(project: string, given: string): GivenName {
  const { repository, tag } = parseGivenName(given);
  const own = `${project}/`;
  return {
    repository:
      repository?.startsWith(own) === true && repository.length > own.length
        ? repository.slice(own.length)
        : repository,
    tag,
  };
}
