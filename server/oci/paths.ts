/** What a path below /v2 names (OCI distribution spec, "Endpoints"). Names hold slashes, so it is read from the right. */
export type OciPath =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly id: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'referrers'; readonly name: string; readonly digest: string };

/** Without the slashes at its end. */
function trimSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path.codePointAt(end - 1) === 0x2f) end--;
  return path.slice(0, end);
}

/** Reads the part of the path after `/v2`, already percent-decoded; undefined when it is no endpoint. */
export function matchOciPath(rest: string): OciPath | undefined {
  // A slash too many or too few at the end is taken at /v2 and on uploads, as docker's own registry does.
  const trimmed = trimSlashes(rest);
  if (trimmed === '') return { kind: 'base' };
  if (rest === '/_catalog') return { kind: 'catalog' };
  if (trimmed.endsWith('/blobs/uploads')) {
    const name = trimmed.slice(1, -'/blobs/uploads'.length);
    if (name !== '') return { kind: 'uploads', name };
  }
  const parts = rest.slice(1).split('/');
  const last = parts.at(-1) ?? '';
  const size = parts.length;
  const name = (count: number): string => parts.slice(0, size - count).join('/');
  if (size >= 4 && parts[size - 2] === 'uploads' && parts[size - 3] === 'blobs')
    return { kind: 'upload', name: name(3), id: last };
  if (size < 3) return undefined;
  switch (parts[size - 2]) {
    case 'blobs':
      return { kind: 'blob', name: name(2), digest: last };
    case 'manifests':
      return { kind: 'manifest', name: name(2), reference: last };
    case 'referrers':
      return { kind: 'referrers', name: name(2), digest: last };
    case 'tags':
      return last === 'list' ? { kind: 'tags', name: name(2) } : undefined;
    default:
      return undefined;
  }
}
