import { isTag } from '../../lib/reference.ts';

/** What somebody typed or pasted into the search field, as far as it tells by itself what it is. */
export interface SearchWords {
  /** Part of the name of a project, repository or person; empty where only a digest was given. */
  readonly words: string;
  /** Begin of a tag: what follows a colon, or the words themselves where they can be one. */
  readonly tag?: string;
  /** The colon was there: tags are looked for in repositories of that name only. */
  readonly inRepository: boolean;
  /** Begin of a digest, with its algorithm. */
  readonly digest?: string;
}

/** Verbs of the commands that one copies from a terminal: what they act on follows. */
const VERBS: ReadonlySet<string> = new Set(['pull', 'push', 'inspect', 'tag', 'rmi']);
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
/** The first part of a reference that can be a host: it has a dot or a port, or is this machine. */
const HOST = /^(?:localhost|[^/\s]*[.:][^/\s]*)\//i;
/** Fewer digits than a table's short digest, but enough that not every second artifact begins so. */
const BARE_HEX = /^[0-9a-f]{6,64}$/i;
const DIGEST = /^(?:(?<name>[^@]*)@)?(?<algorithm>sha256|sha512):(?<hex>[0-9a-f]{4,})$/i;

/** The reference of a pasted command; of anything else all of it. */
function withoutCommand(text: string): string {
  const parts = text.split(/\s+/);
  const verb = parts.findIndex((part) => VERBS.has(part));
  return (verb > 0 && parts.slice(verb + 1).find((part) => !part.startsWith('-'))) || text;
}

/**
 * Takes apart what was typed: names, `project/repository:tag`, `...@sha256:...`, a digest or its begin. Where it may begin
 * with a host there are two readings, all of it first: a project may have a dot in its name too.
 */
export function readSearchWords(typed: string): readonly [SearchWords, ...SearchWords[]] {
  const text = withoutCommand(typed.trim()).replace(SCHEME, '');
  return HOST.test(text) ? [readText(text), readText(text.replace(HOST, ''))] : [readText(text)];
}

function readText(text: string): SearchWords {
  const digest = DIGEST.exec(text)?.groups;
  if (digest) {
    const begin = `${digest['algorithm']}:${digest['hex']}`.toLowerCase();
    // Of an image named by both, the digest decides; its tag may have moved.
    const words = (digest['name'] ?? '').replace(/:[^/:]*$/, '');
    return { words, inRepository: false, digest: begin };
  }
  const colon = text.lastIndexOf(':');
  if (colon > text.lastIndexOf('/') && colon > 0) {
    const tag = text.slice(colon + 1);
    return { words: text.slice(0, colon), inRepository: true, ...(tag === '' || isTag(tag) ? { tag } : {}) };
  }
  const isHex = BARE_HEX.test(text);
  return {
    words: text,
    inRepository: false,
    ...(isTag(text) ? { tag: text } : {}),
    ...(isHex ? { digest: `sha256:${text.toLowerCase()}` } : {}),
  };
}
